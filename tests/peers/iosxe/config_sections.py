"""Sections of the configuration besides access lists: what a guestshell, its network and its applet are made of."""

import re
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address
from typing import TYPE_CHECKING, Protocol

from .acl import Address, address
from .words import Refused, Words

if TYPE_CHECKING:
    from .device import Device


class Section(Protocol):
    prompt: str
    above: "Section | None"

    def line(self, words: Words, on: bool) -> "Section | None":
        """`on`: without `no`. A section that is entered by it. Errors: of Words, where the line is none of this section's."""


@dataclass
class Port:
    """An interface, as far as others than captures ask."""

    name: str
    address: str = ""
    nat: str = ""  # "inside", "outside"
    lines: list[str] = field(default_factory=list)


@dataclass
class Hosting:
    """`app-hosting appid guestshell`."""

    vnic: str = ""
    guest: str = ""
    gateway: str = ""
    name_server: str = ""
    lines: list[str] = field(default_factory=list)


@dataclass
class Applet:
    name: str
    bypasses: bool
    every: float = 0
    longest: float = 20  # seconds that EEM gives an applet that asks for nothing
    apart: float = 0
    event: str = ""
    actions: dict[str, str] = field(default_factory=dict)  # by their labels


def ip_address(words: Words) -> str:
    written = words.word("A.B.C.D")
    try:
        return str(IPv4Address(written))
    except AddressValueError:
        raise words.wrong() from None


def mask(words: Words) -> str:
    written = ip_address(words)
    inverse = ~int(IPv4Address(written)) & 0xFFFFFFFF
    if inverse & (inverse + 1):
        raise Refused(f"Bad mask 0x{int(IPv4Address(written)):08X} for address\n")
    return written


def _replace(lines: list[str], key: str, line: str, on: bool) -> None:
    """One of a kind."""
    lines[:] = [one for one in lines if not one.startswith(key)] + ([line] if on else [])


class InterfaceSection:
    prompt = "(config-if)"
    above = None

    def __init__(self, device: "Device", port: Port) -> None:
        self._is_switch = device.family.is_switch
        self._port = port

    def line(self, words: Words, on: bool) -> None:
        port = self._port
        what = words.keyword("description", "ip", "shutdown", *(["switchport"] if self._is_switch else []))
        if what == "description":
            words.rest()
        elif what == "shutdown":
            words.end()
        elif what == "switchport":
            self._switchport(words, on)
        elif words.keyword("address", "nat") == "nat":
            side = words.keyword("inside", "outside")
            words.end()
            port.nat = side if on else ""
            _replace(port.lines, "ip nat", f"ip nat {side}", on)
        else:
            own, net = ip_address(words), mask(words)
            words.end()
            port.address = own if on else ""
            _replace(port.lines, "ip address", f"ip address {own} {net}", on)

    def _switchport(self, words: Words, on: bool) -> None:
        if words.keyword("mode", "trunk") == "mode":
            kind = words.keyword("access", "trunk")
            words.end()
            return _replace(self._port.lines, "switchport mode", f"switchport mode {kind}", on)
        words.keyword("allowed")
        words.keyword("vlan")
        adds = words.maybe("add")
        vlan = words.number(1, 4094)
        words.end()
        head = "switchport trunk allowed vlan"
        had = next((one.removeprefix(head).strip() for one in self._port.lines if one.startswith(head)), "")
        _replace(self._port.lines, head, f"{head} {f'{had},' if adds and had else ''}{vlan}", on)
        return None


class StandardListSection:
    prompt = "(config-std-nacl)"
    above = None

    def __init__(self, entries: list[tuple[bool, Address]]) -> None:
        self._entries = entries

    def line(self, words: Words, on: bool) -> None:
        permits = words.keyword("deny", "permit") == "permit"
        entry = permits, address(words, 4)
        words.end()
        if on and entry not in self._entries:
            self._entries.append(entry)
        elif not on and entry in self._entries:
            self._entries.remove(entry)


class HostingSection:
    prompt = "(config-app-hosting)"
    above = None

    def __init__(self, device: "Device", hosting: Hosting) -> None:
        self._is_switch = device.family.is_switch
        self._hosting = hosting

    def line(self, words: Words, on: bool) -> Section | None:
        hosting = self._hosting
        what = words.keyword("app-default-gateway", "app-resource", "app-vnic", "name-server0")
        if what == "app-vnic":
            return self._vnic(words)
        if what == "app-resource":
            words.keyword("profile")
            words.keyword("custom")
            words.end()
            hosting.lines.append("app-resource profile custom")
            return ResourceSection(hosting, self)
        given = ip_address(words)
        if what == "app-default-gateway":
            words.keyword("guest-interface")
            number = words.number(0, 3)
            words.end()
            hosting.gateway = given
            _replace(hosting.lines, what, f"{what} {given} guest-interface {number}", on)
        else:
            words.end()
            hosting.name_server = given
            _replace(hosting.lines, what, f"{what} {given}", on)
        return None

    def _vnic(self, words: Words) -> Section:
        if self._is_switch:
            words.keyword("appgigabitethernet")
            words.keyword("trunk")
            words.end()
            self._hosting.vnic = "AppGigabitEthernet trunk"
            self._hosting.lines.append("app-vnic AppGigabitEthernet trunk")
            return TrunkSection(self._hosting, self)
        words.keyword(*(f"gateway{n}" for n in range(4)))
        words.keyword("virtualportgroup")
        group = words.number(0, 31)
        words.keyword("guest-interface")
        words.number(0, 3)
        words.end()
        self._hosting.vnic = f"VirtualPortGroup{group}"
        self._hosting.lines.append(f"app-vnic gateway0 virtualportgroup {group} guest-interface 0")
        return GatewaySection(self._hosting, self)


class GatewaySection:
    prompt = "(config-app-hosting-gateway)"

    def __init__(self, hosting: Hosting, above: Section) -> None:
        self._hosting, self.above = hosting, above

    def line(self, words: Words, on: bool) -> None:
        words.keyword("guest-ipaddress")
        guest = ip_address(words)
        words.keyword("netmask")
        net = mask(words)
        words.end()
        self._hosting.guest = guest if on else ""
        _replace(self._hosting.lines, " guest-ip", f" guest-ipaddress {guest} netmask {net}", on)


class TrunkSection:
    prompt = "(config-config-app-hosting-trunk)"

    def __init__(self, hosting: Hosting, above: Section) -> None:
        self._hosting, self.above = hosting, above

    def line(self, words: Words, on: bool) -> Section:
        words.keyword("vlan")
        vlan = words.number(1, 4094)
        words.keyword("guest-interface")
        words.number(0, 3)
        words.end()
        self._hosting.lines.append(f" vlan {vlan} guest-interface 0")
        return GatewaySection(self._hosting, self)


class ResourceSection:
    prompt = "(config-app-resource-profile-custom)"
    # Cisco-IOS-XE-app-hosting-cfg.yang
    _MOST = {"cpu": 20_000, "memory": 16_384, "persist-disk": 65_535, "vcpu": 65_535}

    def __init__(self, hosting: Hosting, above: Section) -> None:
        self._hosting, self.above = hosting, above

    def line(self, words: Words, on: bool) -> None:
        what = words.keyword(*self._MOST)
        number = words.number(0, self._MOST[what])
        words.end()
        _replace(self._hosting.lines, f" {what}", f" {what} {number}", on)


class AppletSection:
    prompt = "(config-applet)"
    above = None

    def __init__(self, applet: Applet) -> None:
        self._applet = applet

    def line(self, words: Words, on: bool) -> None:
        applet = self._applet
        if words.keyword("action", "description", "event") == "event":
            return self._event(words)
        label = words.word()
        words.keyword("cli")
        words.keyword("command")
        quoted = re.fullmatch(r'"([^"]*)"', words.rest())
        if not quoted:
            raise words.wrong()
        applet.actions[label] = quoted[1]
        return None

    def _event(self, words: Words) -> None:
        words.keyword("timer")
        words.keyword("watchdog")
        words.keyword("time")
        given = {"time": _seconds(words), "maxrun": 20.0, "ratelimit": 0.0}
        while what := words.maybe("maxrun", "ratelimit"):
            given[what] = _seconds(words)
        words.end()
        self._applet.every, self._applet.longest, self._applet.apart = given.values()
        self._applet.event = "event timer watchdog " + " ".join(f"{name} {value:g}" for name, value in given.items())


def _seconds(words: Words) -> float:
    """Cisco-IOS-XE-eem.yang: up to 31536000.999"""
    return float(words.matching("<0-31536000.999>", r"\d{1,8}(?:\.\d{1,3})?"))
