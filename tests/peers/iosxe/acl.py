"""Access lists of IPv4 (extended) and IPv6: their lines as written, as shown, and as applied to packets."""

import re
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from .packet import Packet
from .words import Refused, Words

_COMMON = {"ahp": 51, "esp": 50, "icmp": 1, "tcp": 6, "udp": 17}
# An IPv6 list knows fewer names: OSPF and EIGRP go by their numbers there.
PROTOCOLS = {
    4: _COMMON | {"ip": None, "eigrp": 88, "gre": 47, "igmp": 2, "ipinip": 4, "nos": 94, "ospf": 89, "pcp": 108, "pim": 103},
    6: _COMMON | {"ipv6": None, "icmp": 58, "hbh": 0, "pcp": 108, "sctp": 132},
}
_PORTS = {"www": 80, "domain": 53, "telnet": 23, "smtp": 25, "bgp": 179, "ftp": 21, "ftp-data": 20, "tftp": 69,
          "snmp": 161, "snmptrap": 162, "ntp": 123, "syslog": 514, "bootps": 67, "bootpc": 68, "isakmp": 500}
_WITH_PORTS = {6, 17, 132}
_OPERATORS = {"eq": lambda port, low, _: port == low, "neq": lambda port, low, _: port != low,
              "gt": lambda port, low, _: port > low, "lt": lambda port, low, _: port < low,
              "range": lambda port, low, high: low <= port <= high}


@dataclass(frozen=True)
class Address:
    text: str = "any"
    value: int = 0
    care: int = 0  # the bits that count

    def matches(self, address: int) -> bool:
        return (address ^ self.value) & self.care == 0


@dataclass(frozen=True)
class Ports:
    operator: str
    low: int
    high: int = 0

    def matches(self, port: int) -> bool:
        return _OPERATORS[self.operator](port, self.low, self.high)

    def text(self) -> str:
        names = {number: name for name, number in _PORTS.items()}
        numbers = [self.low, self.high] if self.operator == "range" else [self.low]
        return " ".join([self.operator, *(names.get(number, str(number)) for number in numbers)])


@dataclass(frozen=True)
class Entry:
    permit: bool
    version: int
    protocol: str
    number: int | None  # None: all
    source: Address
    source_ports: Ports | None
    destination: Address
    destination_ports: Ports | None

    def matches(self, packet: Packet) -> bool:
        if packet.version != self.version or (self.number is not None and packet.protocol != self.number):
            return False
        if not self.source.matches(packet.source) or not self.destination.matches(packet.destination):
            return False
        if not self.source_ports and not self.destination_ports:
            return True
        if packet.later_fragment:
            # What has no ports passes a line that permits ports, and is not stopped by one that denies.
            return self.permit
        return all(wanted is None or (port is not None and wanted.matches(port)) for wanted, port in
                   ((self.source_ports, packet.source_port), (self.destination_ports, packet.destination_port)))

    def text(self) -> str:
        parts = ["permit" if self.permit else "deny", self.protocol, self.source.text,
                 self.source_ports and self.source_ports.text(), self.destination.text,
                 self.destination_ports and self.destination_ports.text()]
        return " ".join(part for part in parts if part)


@dataclass
class AccessList:
    name: str
    version: int
    entries: dict[int, Entry] = field(default_factory=dict)

    def permits(self, packet: Packet | None) -> bool:
        """What no line speaks of is denied, but a list without lines denies nothing."""
        if packet is None or packet.version != self.version:
            return False
        for _, entry in sorted(self.entries.items()):
            if entry.matches(packet):
                return entry.permit
        return not self.entries

    def copy(self) -> "AccessList":
        return AccessList(self.name, self.version, dict(self.entries))

    def add(self, entry: Entry, sequence: int | None) -> None:
        if entry in self.entries.values():
            return
        if sequence in self.entries:
            raise Refused("% Duplicate sequence number\n")
        self.entries[sequence or max(self.entries, default=0) + 10] = entry

    def shown(self) -> list[str]:
        if self.version == 6:
            return [f"IPv6 access list {self.name}",
                    *(f"    {entry.text()} sequence {n}" for n, entry in sorted(self.entries.items()))]
        return [f"Extended IP access list {self.name}",
                *(f"    {n} {entry.text()}" for n, entry in sorted(self.entries.items()))]

    def configuration(self, numbered: bool) -> list[str]:
        head = "ipv6 access-list" if self.version == 6 else "ip access-list extended"
        lines = [f"{head} {self.name}"]
        for n, entry in sorted(self.entries.items()):
            number = f"sequence {n} " if self.version == 6 else f"{n} "
            lines.append(f" {number if numbered else ''}{entry.text()}")
        return lines


def entry(words: Words, version: int) -> Entry:
    """From the action to the end of the line."""
    permit = words.keyword("permit", "deny") == "permit"
    protocol, number = protocol_of(words, version)
    with_ports = number in _WITH_PORTS
    source = address(words, version)
    source_ports = ports(words) if with_ports else None
    destination = address(words, version)
    destination_ports = ports(words) if with_ports else None
    words.maybe("log")
    words.end()
    return Entry(permit, version, protocol, number, source, source_ports, destination, destination_ports)


def protocol_of(words: Words, version: int) -> tuple[str, int | None]:
    names = PROTOCOLS[version]
    if words.peek().isdigit():
        number = words.number(0, 255)
        name = next((name for name, known in names.items() if known == number), str(number))
        return name, number
    name = words.keyword(*names, "<0-255>")
    return name, names[name]


def address(words: Words, version: int, prefix_length: bool | None = None) -> Address:
    """any, host A, and: A WILDCARD of IPv4, A/LENGTH of IPv6, or whatever `prefix_length` says."""
    everything = 2 ** (32 if version == 4 else 128) - 1
    choice = words.maybe("any", "host")
    if choice == "any":
        return Address()
    if choice == "host":
        one = _number(words, version)
        return Address(f"host {address_text(one, version)}", one, everything)
    if prefix_length is None:
        prefix_length = version == 6
    if not prefix_length:
        value, wildcard = _number(words, version), _number(words, version)
        care = everything & ~wildcard
        if not care:
            return Address()
        if care == everything:
            return Address(f"host {address_text(value, version)}", value, care)
        return Address(f"{address_text(value & care, version)} {address_text(wildcard, version)}", value & care, care)
    written = words.word("X:X:X:X::X/<0-128>" if version == 6 else "A.B.C.D/nn")
    found = re.fullmatch(r"([^/]+)/(\d{1,3})", written)
    bits = 128 if version == 6 else 32
    if not found or int(found[2]) > bits:
        raise words.wrong()
    try:
        value = int(IPv6Address(found[1]) if version == 6 else IPv4Address(found[1]))
    except AddressValueError:
        raise words.wrong() from None
    care = everything & ~(everything >> int(found[2]))
    if not care:
        return Address()
    return Address(f"{address_text(value & care, version)}/{found[2]}", value & care, care)


def _number(words: Words, version: int) -> int:
    try:
        written = words.word("A.B.C.D" if version == 4 else "X:X:X:X::X")
        return int(IPv4Address(written) if version == 4 else IPv6Address(written))
    except AddressValueError:
        raise words.wrong() from None


def address_text(value: int, version: int) -> str:
    return str(IPv4Address(value)) if version == 4 else str(IPv6Address(value)).upper()


def ports(words: Words) -> Ports | None:
    operator = words.maybe("eq", "neq", "gt", "lt", "range")
    if not operator:
        return None
    return Ports(operator, _port(words), _port(words) if operator == "range" else 0)


def _port(words: Words) -> int:
    if words.peek().isdigit():
        return words.number(0, 65535)
    return _PORTS[words.keyword(*_PORTS, "<0-65535>")]


def name(words: Words, version: int) -> str:
    """Of a list that is made: a letter first, or a number that extended lists have."""
    written = words.word()
    numbered = version == 4 and written.isdigit() and (100 <= int(written) <= 199 or 2000 <= int(written) <= 2699)
    if not numbered and not re.fullmatch(r"[A-Za-z][!-~]{0,63}", written):
        raise Refused("% Invalid access list name.\n")
    return written
