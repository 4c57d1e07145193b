"""A classic pcap file, as EPC exports it."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

ETHERNET = 1  # LINKTYPE_ETHERNET


@dataclass
class Stored:
    when: int  # nanoseconds since the Unix epoch
    data: bytes
    wire_length: int


def encode(packets: Iterable[Stored]) -> bytes:
    pieces = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, ETHERNET)]
    for packet in packets:
        seconds, rest = divmod(packet.when, 10**9)
        pieces.append(struct.pack("<IIII", seconds, rest // 1000, len(packet.data), packet.wire_length))
        pieces.append(packet.data)
    return b"".join(pieces)


def decode(data: bytes) -> list[Stored]:
    packets, at = [], 24
    while at + 16 <= len(data):
        seconds, micro, length, wire = struct.unpack_from("<IIII", data, at)
        packets.append(Stored(seconds * 10**9 + micro * 1000, data[at + 16:at + 16 + length], wire))
        at += 16 + length
    return packets
