"""`show monitor capture …`: what a capture point is, and what it holds."""

import time
from typing import TYPE_CHECKING

from . import packet as packets
from . import pcap_file
from .acl import address_text
from .epc import Point
from .flash import NoSuchFile
from .pcap_file import Stored
from .words import Refused, Words

if TYPE_CHECKING:
    from .shell import Shell

_PROTOCOLS = {1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 47: "GRE", 58: "ICMPv6", 88: "EIGRP", 89: "OSPF"}
_CLASSES = {0: "BE", 8: "CS1", 16: "CS2", 24: "CS3", 26: "AF31", 32: "CS4", 40: "CS5", 46: "EF", 48: "CS6", 56: "CS7"}


def show(shell: "Shell", words: Words) -> str:
    words.keyword("capture")
    switch = shell.device.family.is_switch
    if not words.more:
        words.end()
        return "".join(_status(shell, point) for _, point in sorted(shell.device.points.items()))
    if switch and words.peek() == "file":
        words.word()
        url = words.word()
        words.end()
        return _file(shell, url)
    name = words.word()
    what = words.maybe("buffer", "parameter", *(["capture-statistics"] if switch else []))
    detail = words.maybe("brief", "detailed", "dump") if what == "buffer" else ""
    words.end()
    point = shell.device.points.get(name)
    if point is None:
        raise Refused(f"Capture point does not exist : {name}\n")
    if what == "parameter":
        return "".join(f"   {line}\n" for line in _parameters(shell, point))
    if what == "capture-statistics":
        return _statistics(point)
    if what == "buffer":
        if detail == "dump":
            return _dump(point)
        if switch:
            return _summary(point.stored())
        return _table(point.stored()) if detail else _counters(point)
    return _status(shell, point)


def _limit(value: int, none: str = "no limit") -> str:
    return str(value) if value else f"0 ({none})"


def _direction(shell: "Shell", direction: str) -> str:
    return direction.upper() if shell.device.family.capitals and direction != "both" else direction


def _status(shell: "Shell", point: Point) -> str:
    switch = shell.device.family.is_switch
    lines = ["", f"Status Information for Capture {point.name}", "  Target Type: "]
    for target, direction in point.attachments:
        colon = " :" if target == "Control Plane" else ":"
        indent = " " if shell.device.family.capitals and direction != "both" else "   "
        lines.append(f"{indent}Interface: {target}, Direction{colon} {_direction(shell, direction)}")
    if not point.attachments:
        lines.append("   Interface unattached ")
    lines += [f"   Status : {'Active' if point.active else 'Inactive'}", "  Filter Details: "]
    lines += _filter(point)
    kind = "CIRCULAR" if point.buffer.circular else "LINEAR (default)"
    lines += ["  Buffer Details: ", f"   Buffer Type: {kind}"]
    if point.attachments and not point.file:
        lines.append(f"   Buffer Size (in MB): {point.buffer.megabytes}")
    if point.file:
        lines += ["  File Details: ", f"   Associated file name: {point.file.url}"]
        lines += [f"   Total size of files(in MB): {point.file.megabytes}"] if point.file.megabytes else []
        lines += [f"   Number of files in ring: {point.file.ring}"] if point.file.ring else []
        lines += [f"   Size of buffer(in MB): {point.file.buffer_megabytes}"] if point.file.buffer_megabytes else []
    limits = point.limits
    lines += ["  Limit Details: ",
              f"   Number of Packets to capture: {_limit(limits.get('packets', 0))}",
              f"   Packet Capture duration: {_limit(limits.get('duration', 0))}",
              f"   Packet Size to capture: {_limit(limits.get('packet-len', 0))}"]
    if switch:
        lines.append(f"   Packets per second: {_limit(point.pps)}")
    elif point.pps:
        lines.append(f"   Maximum number of packets to capture per second: {point.pps}")
    lines.append(f"   Packet sampling rate: {_limit(limits.get('every', 0), 'no sampling')}")
    return "\n".join(lines) + "\n"


def _filter(point: Point) -> list[str]:
    chosen = point.filter
    if chosen and chosen.access_list:
        return [f"   Access-list: {chosen.access_list}"]
    if chosen and chosen.entry:
        entry = chosen.entry
        return [f"   IPv{entry.version} ", f"    Source IP:  {entry.source.text}",
                f"    Destination IP:  {entry.destination.text}",
                f"   Protocol: {'any' if entry.number is None else entry.protocol}"]
    return ["    Capture all packets"]


def _parameters(shell: "Shell", point: Point) -> list[str]:
    start = f"monitor capture {point.name}"
    lines = [f"{start} interface {target} {_direction(shell, direction).upper()}" if target != "Control Plane" else
             f"{start} control-plane {direction.upper()}" for target, direction in point.attachments]
    if point.filter:
        lines.append(f"{start} {point.filter.line}")
    if point.file:
        lines.append(f"{start} file location {point.file.url}")
    elif point.attachments or point.buffer_was_set:
        circular = "circular " if point.buffer.circular else ""
        lines.append(f"{start} buffer {circular}size {point.buffer.megabytes}")
    limits = dict(point.limits) | ({"pps": point.pps} if point.pps else {})
    if limits:
        lines.append(f"{start} limit " + " ".join(f"{name} {value}" for name, value in limits.items()))
    return lines


def _counters(point: Point) -> str:
    buffer, seconds = point.buffer, max(1, point.seconds())
    return (f" buffer size (KB) : {buffer.capacity >> 10}\n"
            f" buffer used (KB) : {(buffer.used + 1023) >> 10}\n"
            f" packets in buf   : {len(buffer.packets)}\n"
            f" packets dropped  : {buffer.dropped}\n"
            f" packets per sec  : {len(buffer.packets) // seconds}\n\n")


def _statistics(point: Point) -> str:
    stored = point.stored()
    octets = sum(len(one.data) for one in stored)
    return ("Capture statistics collected at software:\n"
            f"        Capture duration - {point.seconds()} seconds\n"
            f"        Packets received - {len(stored) + point.buffer.dropped}\n"
            f"        Packets dropped - {point.buffer.dropped}\n"
            f"        Packets oversized - {point.oversized}\n"
            "        Packets errored - 0\n"
            f"        Packets sent - {len(stored)}\n"
            f"        Bytes received - {octets}\n"
            "        Bytes dropped - 0\n        Bytes oversized - 0\n        Bytes errored - 0\n"
            f"        Bytes sent - {octets}\n")


def _addresses(one: Stored) -> tuple[str, str, str, int]:
    """source, destination, protocol, DSCP"""
    seen = packets.parse(one.data)
    if seen is None:
        return one.data[6:12].hex(":"), one.data[:6].hex(":"), "UNKNOWN", 0
    name = _PROTOCOLS.get(seen.protocol, str(seen.protocol))
    return address_text(seen.source, seen.version), address_text(seen.destination, seen.version), name, seen.dscp


def _since(stored: list[Stored], one: Stored) -> float:
    return (one.when - stored[0].when) / 1e9


def _table(stored: list[Stored]) -> str:
    rule = " " + "-" * 76
    lines = [rule, " #   size   timestamp     source             destination      dscp    protocol", rule]
    for number, one in enumerate(stored):
        source, destination, protocol, dscp = _addresses(one)
        lines.append(f"{number:4} {one.wire_length:4}  {_since(stored, one):10.6f}   {source:<15}  ->  "
                     f"{destination:<16} {dscp} {_CLASSES.get(dscp, ''):>3}  {protocol}")
    return "\n".join(lines) + "\n"


def _summary(stored: list[Stored]) -> str:
    lines = ["Starting the packet display ........ Press Ctrl + Shift + 6 to exit", ""]
    for number, one in enumerate(stored, 1):
        source, destination, protocol, _ = _addresses(one)
        lines.append(f"{number:5} {_since(stored, one):10.6f} {source:>12} -> {destination:<12} {protocol} {one.wire_length}")
    return "\n".join(lines) + "\n"


def _dump(point: Point) -> str:
    text = []
    for number, one in enumerate(point.stored()):
        text.append(f"{number}\n")
        for at in range(0, len(one.data), 16):
            piece = one.data[at:at + 16]
            groups = " ".join(piece[k:k + 4].hex().upper() for k in range(0, len(piece), 4))
            printed = "".join(chr(byte) if 32 < byte < 127 else "." for byte in piece)
            text.append(f"  {at:04X}:  {groups:<35}   {printed}\n")
        text.append("\n")
    return "".join(text)


def _file(shell: "Shell", url: str) -> str:
    try:
        data = shell.device.flash.path(url).read_bytes()
    except (NoSuchFile, OSError):
        raise Refused(f"%Error opening {url} (No such file or directory)\n") from None
    return _summary(pcap_file.decode(data))


def clock() -> str:
    now = time.time()
    return time.strftime("%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03} UTC " + \
        time.strftime("%a %b %-d %Y", time.gmtime(now))
