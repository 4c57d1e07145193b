"""`export`: the buffer becomes a file. Routers do it at once, switches later, and say so whenever it is done."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import pcap_file
from .epc import Point
from .flash import Flash, NoSpace, NoSuchFile
from .words import Refused, Words

if TYPE_CHECKING:
    from .device import Device
    from .shell import Shell


def export(shell: "Shell", words: Words) -> Callable[["Shell", str], None]:
    switch = shell.device.family.is_switch
    if switch:
        if words.keyword("location", "status") == "status":
            return lambda shell, name: shell.io.write(f"Export status of {name} : {_known(shell, name).export_state}\n")
        url = words.word("flash:FILE")
    else:
        url = words.word("flash:FILE")
        if ":" not in url:
            raise words.wrong()

    def step(shell: "Shell", name: str) -> None:
        point = _known(shell, name)
        if point.file:
            raise Refused("Export not supported for capture configured with file options\n")
        if not _may_write(shell, url):
            return
        if not switch:
            refusal = write(shell.device, point, url)
            if refusal:
                raise Refused(f"{refusal}\nFailed to Export\n")
            shell.io.write("Exported Successfully\n")
            return
        _check_folder(shell, url)
        point.export_state = "in progress"
        shell.io.write("Export Started Successfully\n")
        later = threading.Timer(shell.device.export_seconds, _finish, [shell, point, url])
        later.daemon = True
        later.start()

    return step


def _known(shell: "Shell", name: str) -> Point:
    point = shell.device.points.get(name)
    if point is None:
        raise Refused(f"Capture point does not exist : {name}\n")
    return point


def _may_write(shell: "Shell", url: str) -> bool:
    if not Flash.is_local(url):
        raise Refused(f"%Error opening {url} (Timed out)\nFailed to Export\n")
    exists = bool(_check_folder(shell, url).exists())
    if not exists or shell.device.config.file_prompt_quiet:
        return True
    return shell.io.confirm("A file by the name already exists, overwrite?[confirm]")


def _check_folder(shell: "Shell", url: str):
    device = shell.device
    try:
        path = device.flash.path(url)
        if device.quirk("no_export_to_folder") and path.parent != device.flash.root:
            raise NoSuchFile(url)
        return path
    except NoSuchFile:
        raise Refused(f"%Error opening {url} (No such file or directory)\nFailed to Export\n") from None


def _finish(shell: "Shell", point: Point, url: str) -> None:
    refusal = write(shell.device, point, url)
    point.export_state = "failed" if refusal else "completed"
    if shell.device.points.get(point.name) is point:
        shell.io.interject(f"{refusal}\nFailed to Export\n" if refusal else
                           f"Export completed for capture point {point.name}\n")


def _keep(device: "Device", url: str, data: bytes) -> None:
    """For tests, beside the flash: what was exported last under that name, whatever becomes of the file."""
    folder = device.folder / "exported"
    folder.mkdir(exist_ok=True)
    (folder / device.flash.split(url)[1].rpartition("/")[2]).write_bytes(data)


def write(device: "Device", point: Point, url: str) -> str:
    """What went wrong, in the device's words."""
    data = pcap_file.encode(point.stored())
    _keep(device, url, data)
    if cut := device.faults.of_device("truncate"):
        data = data[:max(0, len(data) - cut.get("bytes", 1))]
    try:
        device.flash.write(url, data)
    except NoSpace:
        return f"%Error writing {url} (No space left on device)"
    except NoSuchFile:
        return f"%Error opening {url} (No such file or directory)"
    return ""
