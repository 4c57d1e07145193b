"""Ethernet frames with a number in each, so that a file can be asked which ones it has."""

import socket
import struct
from ipaddress import IPv4Address, IPv6Address, ip_address

FAR_MAC = bytes.fromhex("020000000002")
NEAR_MAC = bytes.fromhex("020000000001")

ICMP, TCP, UDP, EIGRP, ICMPV6, OSPF = 1, 6, 17, 88, 58, 89

# A port that no dissector of tshark claims.
PORT = 40404


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip_packet(source: str, destination: str, protocol: int, payload: bytes) -> bytes:
    src, dst = ip_address(source), ip_address(destination)
    if isinstance(src, IPv6Address):
        assert isinstance(dst, IPv6Address)
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + src.packed + dst.packed + payload
    assert isinstance(dst, IPv4Address)
    length = 20 + len(payload)
    blank = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0, 64, protocol, 0) + src.packed + dst.packed
    return blank[:10] + struct.pack("!H", _checksum(blank)) + blank[12:] + payload


def ethernet(packet: bytes, vlan: int | None = None) -> bytes:
    ethertype = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
    tag = b"" if vlan is None else struct.pack("!HH", 0x8100, vlan)
    return NEAR_MAC + FAR_MAC + tag + ethertype + packet


def udp(number: int, source: str = "10.0.0.2", destination: str = "10.0.0.1", size: int = 64,
        port: int = PORT, vlan: int | None = None) -> bytes:
    """A frame whose UDP payload is `number` in eight bytes, and zeros up to `size`."""
    payload = struct.pack("!Q", number).ljust(size, b"\0")
    length = 8 + len(payload)
    src, dst = ip_address(source).packed, ip_address(destination).packed
    header = struct.pack("!HHHH", port, port, length, 0)
    pseudo = src + dst + struct.pack("!IHBB", length, 0, 0, UDP)
    header = header[:6] + struct.pack("!H", _checksum(pseudo + header + payload) or 0xFFFF)
    return ethernet(ip_packet(source, destination, UDP, header + payload), vlan)


def tcp(number: int, source: str = "10.0.0.2", destination: str = "10.0.0.1") -> bytes:
    """A TCP segment (ACK, no state behind it) whose sequence number is `number`."""
    header = struct.pack("!HHIIBBHHH", PORT, PORT, number, 0, 5 << 4, 0x10, 1024, 0, 0)
    return ethernet(ip_packet(source, destination, TCP, header))


def icmp(number: int, source: str = "10.0.0.2", destination: str = "10.0.0.1") -> bytes:
    """An echo request (or ICMPv6's) with `number` as its sequence number."""
    if ":" in source:
        return ethernet(ip_packet(source, destination, ICMPV6, struct.pack("!BBHHH", 128, 0, 0, 1, number)))
    blank = struct.pack("!BBHHH", 8, 0, 0, 1, number)
    checked = struct.pack("!BBHHH", 8, 0, _checksum(blank), 1, number)
    return ethernet(ip_packet(source, destination, ICMP, checked))


def other(protocol: int, number: int, source: str = "10.0.0.2", destination: str = "10.0.0.1") -> bytes:
    """An IP packet of any protocol, with `number` as its payload."""
    return ethernet(ip_packet(source, destination, protocol, struct.pack("!Q", number)))


def arp(number: int) -> bytes:
    """A request for 10.x.x.x, where x.x.x is `number`."""
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + FAR_MAC + socket.inet_aton("10.0.0.2")
    body += bytes(6) + struct.pack("!I", 10 << 24 | number)
    return b"\xff" * 6 + FAR_MAC + b"\x08\x06" + body
