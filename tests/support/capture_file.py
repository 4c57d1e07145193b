"""Reads pcap and pcapng by the book, in a few lines, for tests that have a hundred files to look at.
(One that is about the file itself asks Wireshark's tools: support.pcap.)"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECTION, INTERFACE, STATISTICS, PACKET = 0x0A0D0D0A, 1, 5, 6  # draft-ietf-opsawg-pcapng, 11.1


@dataclass
class Packet:
    when: int  # nanoseconds since the Unix epoch
    data: bytes
    wire_length: int
    interface: int = 0


def packets(path: Path) -> list[Packet]:
    data = path.read_bytes()
    return list(_pcapng(data) if data[:4] == struct.pack("<I", SECTION) else _pcap(data))


def _pcap(data: bytes) -> Iterator[Packet]:
    unit = {0xA1B23C4D: 1, 0xA1B2C3D4: 1000}[struct.unpack_from("<I", data)[0]]
    at = 24
    while at < len(data):
        seconds, fraction, length, wire_length = struct.unpack_from("<IIII", data, at)
        at += 16
        assert at + length <= len(data), "the file ends within a packet"
        yield Packet(seconds * 10**9 + fraction * unit, data[at:at + length], wire_length)
        at += length


def _pcapng(data: bytes) -> Iterator[Packet]:
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert length % 4 == 0 and at + length <= len(data), "the file ends within a block"
        assert struct.unpack_from("<I", data, at + length - 4)[0] == length
        if kind == PACKET:
            interface, high, low, captured, wire = struct.unpack_from("<IIIII", data, at + 8)
            yield Packet(high << 32 | low, data[at + 28:at + 28 + captured], wire, interface)
        at += length
