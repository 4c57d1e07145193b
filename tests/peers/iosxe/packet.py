"""What an access list can see of a frame."""

import struct
from dataclasses import dataclass

_TAGS = {0x8100, 0x88A8, 0x9100}
_IPV4, _IPV6 = 0x0800, 0x86DD
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _OPTIONS = 0, 43, 44, 51, 60
_WITH_PORTS = {6, 17, 132}


@dataclass
class Packet:
    version: int
    source: int
    destination: int
    protocol: int
    later_fragment: bool = False  # not the first, so that it has no ports
    source_port: int | None = None
    destination_port: int | None = None
    dscp: int = 0


def parse(frame: bytes) -> Packet | None:
    """None: no IP, or cut off within its headers."""
    try:
        at = 12
        (ethertype,) = struct.unpack_from("!H", frame, at)
        while ethertype in _TAGS:
            at += 4
            (ethertype,) = struct.unpack_from("!H", frame, at)
        if ethertype == _IPV4:
            return _ipv4(frame, at + 2)
        if ethertype == _IPV6:
            return _ipv6(frame, at + 2)
    except struct.error:
        pass
    return None


def _ipv4(frame: bytes, at: int) -> Packet:
    first, tos, _, _, fragment, _, protocol, _, source, destination = struct.unpack_from("!BBHHHBBHII", frame, at)
    packet = Packet(4, source, destination, protocol, bool(fragment & 0x1FFF), dscp=tos >> 2)
    return _ports(packet, frame, at + (first & 15) * 4)


def _ipv6(frame: bytes, at: int) -> Packet:
    first, _, following, _ = struct.unpack_from("!IHBB", frame, at)
    source, destination = (int.from_bytes(frame[at + k:at + k + 16], "big") for k in (8, 24))
    later = False
    at += 40
    while following in (_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _OPTIONS) and not later:
        header = following
        following, length = struct.unpack_from("!BB", frame, at)
        if header == _FRAGMENT:
            later = bool(struct.unpack_from("!H", frame, at + 2)[0] >> 3)
            length = 0
        at += (length + 2) * 4 if header == _AUTHENTICATION else (length + 1) * 8
    return _ports(Packet(6, source, destination, following, later, dscp=first >> 22 & 63), frame, at)


def _ports(packet: Packet, frame: bytes, at: int) -> Packet:
    if packet.protocol in _WITH_PORTS and not packet.later_fragment and len(frame) >= at + 4:
        packet.source_port, packet.destination_port = struct.unpack_from("!HH", frame, at)
    return packet
