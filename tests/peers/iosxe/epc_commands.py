"""`monitor capture NAME …` and `no monitor capture NAME …`: what is said, and what comes of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import acl, epc_export
from .epc import CONTROL_PLANE, FileMode, Filter, Point
from .flash import NoSuchFile
from .words import Refused, Words

if TYPE_CHECKING:
    from .shell import Shell

LIMITS = {"duration": (1, 1_000_000, "Duration limit"), "packets": (1, 100_000, "Packet count limit"),
          "packet-len": (64, 9500, "Packet Size limit"), "every": (2, 100_000, "Packet sampling limit"),
          "pps": (1, 1_000_000, "Packets per second limit")}

# One part of a line, already understood.
Step = Callable[["Shell", str], None]


def monitor(shell: "Shell", words: Words) -> None:
    words.keyword("capture")
    name = words.matching("WORD", r"[A-Za-z0-9_]+")
    steps = [_step(shell, words)]
    while words.more:
        steps.append(_step(shell, words))
    words.end()
    for step in steps:
        step(shell, name)


def no_monitor(shell: "Shell", words: Words) -> None:
    words.keyword("capture")
    name = words.matching("WORD", r"[A-Za-z0-9_]+")
    what = words.maybe("access-list", "buffer", "file", "interface", "limit", "match")
    rest = words.rest().split() if what else []
    words.end()
    points = shell.device.points
    point = points.get(name)
    if point is None:
        raise Refused("Capture does not exist\n")
    _refuse_if_active(point)
    if what in ("access-list", "match"):
        point.filter = None
    elif what == "buffer":
        point.buffer.megabytes, point.buffer.circular, point.buffer_was_set = 10, False, False
    elif what == "file":
        point.file = None
    elif what == "limit":
        for limit in rest or list(point.limits):
            point.limits.pop(limit, None)
    elif what == "interface":
        point.attachments = [one for one in point.attachments if rest and one[0] != shell.device.interfaces.find(rest[0])]
    else:
        points.pop(name, None)


def _step(shell: "Shell", words: Words) -> Step:
    choices = ["access-list", "buffer", "class-map", "clear", "control-plane", "export", "interface", "limit", "match",
               "start", "stop"]
    if shell.device.family.is_switch:
        choices.append("file")
    return {"access-list": _access_list, "buffer": _buffer, "class-map": _class_map, "clear": _clear,
            "control-plane": _control_plane, "export": epc_export.export, "file": _file, "interface": _interface,
            "limit": _limit, "match": _match, "start": _start, "stop": _stop}[words.keyword(*choices)](shell, words)


def point_of(shell: "Shell", name: str) -> Point:
    """Made, if need be."""
    points = shell.device.points
    if name not in points:
        if len(points) >= shell.device.max_captures():
            raise Refused("Maximum number of capture points reached. Unable to create capture.\n")
        points[name] = Point(name, shell.device.family.default_pps)
    return points[name]


def known(shell: "Shell", name: str) -> Point:
    point = shell.device.points.get(name)
    if point is None:
        raise Refused(f"Capture point does not exist : {name}\n")
    return point


def _refuse_if_active(point: Point) -> None:
    if point.active:
        raise Refused(f"Capture {point.name} is active. Stop the capture before changing it.\n")


def _changed(shell: "Shell", name: str) -> Point:
    point = point_of(shell, name)
    _refuse_if_active(point)
    return point


def _interface(shell: "Shell", words: Words) -> Step:
    long_name = shell.device.interfaces.read(words)
    return _attach(long_name, words.keyword("both", "in", "out"))


def _control_plane(shell: "Shell", words: Words) -> Step:
    return _attach(CONTROL_PLANE, words.keyword("both", "in", "out"))


def _attach(target: str, direction: str) -> Step:
    def step(shell: "Shell", name: str) -> None:
        point = _changed(shell, name)
        if any(target == one and (direction == way or "both" in (direction, way)) for one, way in point.attachments):
            raise Refused(f"Interface {target} direction {direction.upper()} is already attached to the capture\n")
        point.attachments.append((target, direction))

    return step


def _set_filter(shell: "Shell", name: str, chosen: Filter) -> None:
    point = _changed(shell, name)
    if point.filter:
        space = "" if shell.device.family.is_switch else " "
        question = f"A filter is already attached to the capture{space}. Replace with specified filter?"
        if not shell.io.confirm(question + "[confirm]"):
            return
    point.filter = chosen


def _access_list(shell: "Shell", words: Words) -> Step:
    wanted = words.word()

    def step(shell: "Shell", name: str) -> None:
        if not shell.device.config.lists_named(wanted):
            raise Refused("Non-existent access-list specified\n\nFailed to attach existing ACL\n")
        _set_filter(shell, name, Filter(f"access-list {wanted}", access_list=wanted))

    return step


def _class_map(shell: "Shell", words: Words) -> Step:
    wanted = words.word()

    def step(shell: "Shell", name: str) -> None:
        raise Refused(f"Class-map {wanted} not found\nFailed to attach existing class-map\n")

    return step


def _match(shell: "Shell", words: Words) -> Step:
    kind = words.keyword("any", "ipv4", "ipv6")
    if kind == "any":
        chosen = Filter("match any")
    else:
        version = int(kind[-1])
        protocol, number = f"ip{'' if version == 4 else 'v6'}", None
        if words.maybe("protocol"):
            protocol, number = acl.protocol_of(words, version)
        source = acl.address(words, version, prefix_length=True)
        source_ports = acl.ports(words) if number in (6, 17) else None
        destination = acl.address(words, version, prefix_length=True)
        destination_ports = acl.ports(words) if number in (6, 17) else None
        entry = acl.Entry(True, version, protocol, number, source, source_ports, destination, destination_ports)
        said = f"match {kind} " + (f"protocol {protocol} " if number is not None else "") + \
            " ".join(entry.text().split()[2:])
        chosen = Filter(said, entry=entry)
    return lambda shell, name: _set_filter(shell, name, chosen)


def _buffer(shell: "Shell", words: Words) -> Step:
    circular, size = False, None
    while words.more or (not circular and size is None):
        what = words.maybe("circular", "size") if circular or size else words.keyword("circular", "size")
        if what == "circular" and not circular:
            circular = True
        elif what == "size" and size is None:
            size = words.number(1, 100)
        else:
            break

    def step(shell: "Shell", name: str) -> None:
        point = _changed(shell, name)
        if point.buffer_was_set and not shell.io.confirm("Buffer size was  already specified, replace?[confirm]"):
            return
        point.buffer.megabytes = size or point.buffer.megabytes
        point.buffer.circular = circular
        point.buffer_was_set = True

    return step


def _limit(shell: "Shell", words: Words) -> Step:
    asked = {}
    what = words.keyword(*LIMITS)
    while what:
        asked[what] = words.number(*LIMITS[what][:2])
        what = words.maybe(*LIMITS) if words.more else ""

    def step(shell: "Shell", name: str) -> None:
        point = _changed(shell, name)
        for limit, value in asked.items():
            again = limit in point.limits or (limit == "pps" and point.pps and shell.device.quirk("pps_asks"))
            if not again or shell.io.confirm(f"{LIMITS[limit][2]} is already set, replace?[confirm]"):
                point.limits[limit] = value

    return step


def _file(shell: "Shell", words: Words) -> Step:
    words.keyword("location")
    file = FileMode(words.word("flash:FILE"))
    sizes = {"ring": (2, 10), "size": (1, 100), "buffer-size": (1, 100)}
    while words.more and (what := words.maybe(*sizes)):
        setattr(file, {"ring": "ring", "size": "megabytes", "buffer-size": "buffer_megabytes"}[what],
                words.number(*sizes[what]))

    def step(shell: "Shell", name: str) -> None:
        point = _changed(shell, name)
        if point.file and not shell.io.confirm("A file name has already been associated, replace?[confirm]"):
            return
        try:
            if shell.device.flash.path(file.url).exists() and \
                    not shell.io.confirm("A file by the name already exists, overwrite?[confirm]"):
                return
        except NoSuchFile:
            raise Refused(f"%Error opening {file.url} (No such file or directory)\n") from None
        point.file = file

    return step


def _start(shell: "Shell", words: Words) -> Step:
    def step(shell: "Shell", name: str) -> None:
        device, point = shell.device, known(shell, name)
        if point.active:
            raise Refused(f"Capture {name} is already active\nUnable to activate Capture.\n")
        if not point.attachments:
            raise Refused("No Target is attached to the capture\nUnable to activate Capture.\n")
        if not point.filter:
            raise Refused("No Filter is attached to the capture\nUnable to activate Capture.\n")
        busy = {one for other in list(device.points.values()) if other.active for one in other.attachments}
        if device.quirk("one_per_interface") and busy & set(point.attachments):
            raise Refused("Unable to activate Capture.\n")
        lists = device.config.lists_named(point.filter.access_list)
        if point.filter.access_list and not lists:
            raise Refused("Non-existent access-list specified\nUnable to activate Capture.\n")
        cables = [(device.interfaces.cables[one], way) for one, way in point.attachments if one in device.interfaces.cables]
        try:
            point.start(cables, [one.copy() for one in lists], device.drop_every(), device.capture_ended)
        except OSError as failure:
            raise Refused(f"Unable to activate Capture. ({failure})\n") from None
        style = device.quirk("start_reply")
        if style in (None, "text"):
            shell.io.write(f"Started capture point : {name}\n")
        if style != "none":
            device.log(f"%BUFCAP-6-ENABLE: Capture Point {name} enabled.")

    return step


def _stop(shell: "Shell", words: Words) -> Step:
    def step(shell: "Shell", name: str) -> None:
        point = known(shell, name)
        if not point.active:
            raise Refused(f"Capture {name} is not active\nUnable to deactivate Capture.\n")
        point.stop()
        shell.device.capture_stopped(point)
        if shell.device.family.is_switch:
            shell.io.write("Capture statistics collected at software:\n"
                           f"        Capture duration - {point.seconds()} seconds\n"
                           f"        Packets received - {point.taken}\n"
                           f"        Packets dropped - {point.buffer.dropped}\n"
                           f"        Packets oversized - {point.oversized}\n\n"
                           "Bytes dropped in asic - 0\n\n")
        shell.io.write(f"Stopped capture point : {name}\n")
        shell.device.log(f"%BUFCAP-6-DISABLE: Capture Point {name} disabled.")

    return step


def _clear(shell: "Shell", words: Words) -> Step:
    def step(shell: "Shell", name: str) -> None:
        point = known(shell, name)
        if point.file:
            raise Refused("Clear not supported for capture configured with file options\n")
        if shell.io.confirm("Captured data will be deleted [clear]?[confirm]"):
            point.buffer.clear()
            shell.io.write(f"cleared buffer : {name}\n")

    return step
