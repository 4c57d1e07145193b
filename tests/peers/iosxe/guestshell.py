"""The guestshell: a Linux that IOx starts, here the machine that the device's process is on. Programs that IOS starts in it
have a session with IOS; those that the guestshell's own systemd starts have none."""

import os
import pwd
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .words import Refused, Words

if TYPE_CHECKING:
    from .device import Device
    from .shell import Shell

USER = "guestshell"
_NOT_YET = "The process for the command is not responding or is otherwise unavailable\n"
_DONE = """Interface will be selected if configured in app-hosting
Please wait for completion
guestshell installed successfully
Current state is: DEPLOYED
guestshell activated successfully
Current state is: ACTIVATED
guestshell started successfully
Current state is: RUNNING
Guestshell enabled successfully
"""


class Guestshell:
    """`root`: what is "/" for the guest; "": there is no guestshell on this device."""

    def __init__(self, device: "Device", root: str, iox_seconds: float) -> None:
        self._device = device
        self._root = Path(root) if root else None
        self._iox_seconds = iox_seconds
        self._iox_ready: float | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        self.is_running = False

    def iox(self, on: bool) -> None:
        if not on:
            self._iox_ready = None
        elif self._iox_ready is None:
            self._iox_ready = time.monotonic() + self._iox_seconds

    def enable(self) -> str:
        """What is said then. Errors: Refused."""
        hosting, root = self._device.config.hosting, self._root
        if self._iox_ready is None or root is None:
            raise Refused("% Error: IOx is not enabled\n")
        if time.monotonic() < self._iox_ready:
            raise Refused(_NOT_YET)
        if not hosting.guest:
            raise Refused("% Error: guestshell has no interface in app-hosting\n")
        if not self.is_running:
            self._mount(root)
            subprocess.run(["ip", "address", "replace", f"{hosting.guest}/32", "dev", "lo"], check=True)
            self.is_running = True
            self._device.nat.changed()
        return _DONE

    def _mount(self, root: Path) -> None:
        """It is bound now: a folder that is made later, the guest never sees."""
        family = self._device.family
        seen = root / ("flash" if family.is_switch else "bootflash")
        shared = self._device.flash.root / family.mount
        if not family.mount:
            seen.symlink_to(shared)
            return
        seen.mkdir()
        if shared.is_dir():
            (seen / family.mount).symlink_to(shared)
        else:
            (seen / family.mount).mkdir()
        if family.is_switch:
            (root / "bootflash").symlink_to(seen)

    def start(self, command: str, session: str) -> subprocess.Popen[bytes]:
        """As the user of the guestshell, with what IOS gives along."""
        try:
            about = pwd.getpwnam(USER)
            who: dict[str, Any] = {"user": about.pw_uid, "group": about.pw_gid,
                                   "extra_groups": os.getgrouplist(USER, about.pw_gid), "cwd": about.pw_dir}
        except KeyError:  # for a test of no more than this
            who = {"cwd": str(self._root)}
        environment = {"HOME": who["cwd"], "USER": USER, "LANG": "C", "PATH": "/usr/local/bin:/usr/bin:/bin", "IOSP_SESSION": session,
                       "IOSP_TOKEN": "1", "IOSP_SOCKET": "/cisco/.iosp_socket", "IOSP_TIMEOUT": "3600"}
        process = subprocess.Popen(command.split(), env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, **who)
        self._processes = [one for one in self._processes if one.poll() is None] + [process]
        return process

    def run(self, shell: "Shell", command: str) -> None:
        """Up to its end, or that of who waits for it: the process goes on then, its session does not."""
        if not self.is_running:
            raise Refused("% Error: guestshell is not enabled\n")
        session = self._device.new_iosp_session(3600)
        try:
            process = self.start(command, session)
        except FileNotFoundError:
            shell.io.write(f"guestshell: {command.split()[0]}: No such file or directory\n")
            return
        output: list[bytes] = []
        assert process.stdout
        reader = threading.Thread(target=lambda pipe=process.stdout: output.extend(pipe), daemon=True)
        reader.start()
        try:
            while process.poll() is None:
                shell.io.pause(0.05)
            reader.join(2)
            shell.io.write(b"".join(output).decode("utf-8", "replace"))
        finally:
            self._device.end_iosp_session(session)

    def close(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
                process.wait(10)


def command(shell: "Shell", words: Words) -> None:
    guest = shell.device.guestshell
    if words.keyword("enable", "run") == "enable":
        words.end()
        return shell.io.write(guest.enable())
    if not words.more:
        words.word("LINE")
    return guest.run(shell, words.rest())
