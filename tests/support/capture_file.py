"""Reads pcap and pcapng by the book, in a few lines, for tests that have a hundred files to look at.
(One that is about the file itself asks Wireshark's tools: support.pcap.)"""

import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support import frames

SECTION, INTERFACE, STATISTICS, PACKET = 0x0A0D0D0A, 1, 5, 6  # draft-ietf-opsawg-pcapng, 11.1
ZSTD = 0xFD2FB528  # RFC 8878, 3.1.1


@dataclass
class Packet:
    when: int  # nanoseconds since the Unix epoch
    data: bytes
    wire_length: int
    interface: int = 0


def packets(path: Path) -> list[Packet]:
    """Also of a capture that is compressed."""
    data = path.read_bytes()
    if data[:4] == struct.pack("<I", ZSTD):
        data = subprocess.run(["zstd", "--decompress", "--stdout", path], check=True, capture_output=True).stdout
    return list(_pcapng(data) if data[:4] == struct.pack("<I", SECTION) else _pcap(data))


def numbers(path: Path) -> list[int]:
    """The numbers of frames made by `frames.udp` without a tag, in the file's order."""
    at = len(frames.udp(0, size=8)) - 8
    return [int.from_bytes(packet.data[at:at + 8], "big") for packet in packets(path)]


@dataclass
class Block:
    """`options`: of each code its values, in the file's order."""

    kind: int
    fixed: bytes
    options: dict[int, list[bytes]]

    def text(self, code: int) -> str:
        """The option's one value."""
        (value,) = self.options[code]
        return value.decode()

    def count(self, code: int) -> int:
        """Likewise, of 64 bits."""
        (value,) = self.options[code]
        return struct.unpack("<Q", value)[0]

    def time(self, code: int) -> int:
        """Likewise, nanoseconds since the Unix epoch."""
        (value,) = self.options[code]
        high, low = struct.unpack("<II", value)
        return high << 32 | low


def blocks(path: Path, kind: int) -> list[Block]:
    """The blocks of a pcapng file that are about it: sections, interfaces, statistics."""
    fixed = {SECTION: 16, INTERFACE: 8, STATISTICS: 12}[kind]
    found = []
    for block, body in _blocks(path.read_bytes()):
        if block == kind:
            found.append(Block(kind, body[:fixed], dict(_options(body[fixed:]))))
    return found


def _options(data: bytes) -> Iterator[tuple[int, list[bytes]]]:
    found: dict[int, list[bytes]] = {}
    at = 0
    while at < len(data):
        code, length = struct.unpack_from("<HH", data, at)
        if code == 0:
            break
        found.setdefault(code, []).append(data[at + 4:at + 4 + length])
        at += 4 + (length + 3) // 4 * 4
    yield from found.items()


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
    for kind, body in _blocks(data):
        if kind == PACKET:
            interface, high, low, captured, wire = struct.unpack_from("<IIIII", body)
            yield Packet(high << 32 | low, body[20:20 + captured], wire, interface)


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert length % 4 == 0 and at + length <= len(data), "the file ends within a block"
        assert struct.unpack_from("<I", data, at + length - 4)[0] == length
        yield kind, data[at + 8:at + length - 4]
        at += length
