"""The running configuration, and the commands of config mode that change it."""

import copy
import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import acl
from .acl import AccessList, Address
from .config_sections import (Applet, AppletSection, Hosting, HostingSection, InterfaceSection, Port, Section,
                              StandardListSection, ip_address)
from .nat import Forward
from .words import Ambiguous, Incomplete, Invalid, Refused, Words

if TYPE_CHECKING:
    from .shell import Shell


@dataclass
class Configuration:
    hostname: str
    file_prompt_quiet: bool = False
    scp_server: bool = False
    prompt_config: bool = True  # `no service prompt config`: config mode has no prompt
    exec_timestamp: bool = False
    iox: bool = False
    users: dict[str, int] = field(default_factory=dict)  # those made here, and their privilege
    access_lists: dict[str, AccessList] = field(default_factory=dict)
    standard_lists: dict[str, list[tuple[bool, Address]]] = field(default_factory=dict)
    ports: dict[str, Port] = field(default_factory=dict)
    hosting: Hosting = field(default_factory=Hosting)
    applets: dict[str, Applet] = field(default_factory=dict)
    forwards: list[Forward] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # lines that are only shown

    def copy(self) -> "Configuration":
        lists = {name: one.copy() for name, one in list(self.access_lists.items())}
        rest = {name: copy.deepcopy(getattr(self, name)) for name in ("users", "standard_lists", "ports", "hosting", "applets",
                                                                      "forwards", "others")}
        return dataclasses.replace(self, access_lists=lists, **rest)

    def lists_named(self, name: str) -> list[AccessList]:
        found = self.access_lists.get(name)
        return [found] if found else []

    def text(self, release: str) -> str:
        lines = ["!", f"version {'.'.join(release.split('.')[:2])}", "!", f"hostname {self.hostname}", "!"]
        lines += ["file prompt quiet"] if self.file_prompt_quiet else []
        lines += ["ip scp server enable"] if self.scp_server else []
        lines += ["iox"] if self.iox else []
        lines += [f"username {name} privilege {privilege} secret 9 $9$" for name, privilege in self.users.items()]
        for head, inside in self._sections():
            lines += ["!", head, *(f" {line}" for line in inside)]
        lines += ["!", *self.others, *(one.text() for one in self.forwards)]
        for one in list(self.access_lists.values()):
            lines += ["!", *one.configuration(numbered=int(release.split(".")[0]) >= 17)]
        return "\n".join([*lines, "!", "line vty 0 15", " transport input ssh", "!", "end", ""])

    def _sections(self) -> list[tuple[str, list[str]]]:
        found = [(f"interface {port.name}", port.lines) for port in self.ports.values()]
        if self.hosting.lines:
            found.append(("app-hosting appid guestshell", self.hosting.lines))
        for name, entries in self.standard_lists.items():
            found.append((f"ip access-list standard {name}", [f"{'permit' if on else 'deny'} {one.text}" for on, one in entries]))
        for applet in self.applets.values():
            head = f"event manager applet {applet.name}{' authorization bypass' if applet.bypasses else ''}"
            actions = [f'action {label} cli command "{command}"' for label, command in sorted(applet.actions.items())]
            found.append((head, [applet.event, *actions]))
        return found


class ConfigMode:
    """One user's place in it."""

    def __init__(self, shell: "Shell") -> None:
        self._shell = shell
        self._section: Section | None = None
        self._list: AccessList | None = None
        self._line = False

    @property
    def prompt(self) -> str:
        if self._section:
            return self._section.prompt
        if self._list:
            return "(config-ext-nacl)" if self._list.version == 4 else "(config-ipv6-acl)"
        return "(config-line)" if self._line else "(config)"

    def run(self, line: str, asking: bool = False) -> bool:
        """False: it has been left."""
        words = Words(line, asking)
        if self._section or self._list or self._line:
            try:
                return self._in_section(line, asking) if self._section else self._inside(words)
            except (Invalid, Ambiguous, Incomplete):
                # A command of the mode above leaves this one.
                try:
                    keep = self._global(Words(line, asking))
                except (Invalid, Ambiguous):
                    keep = None
                if keep is not None:
                    return keep
                raise
        return self._global(words)

    def _in_section(self, line: str, asking: bool) -> bool:
        """What a section does not know is for the one above it."""
        words = Words(line, asking)
        if words.peek().lower() in ("end", "exit"):
            leaves = words.word().lower() == "end"
            words.end()
            assert self._section
            self._enter(self._section.above)
            return not leaves
        section = self._section
        while True:
            assert section
            words = Words(line, asking)
            on = words.peek().lower() != "no"
            if not on:
                words.word()
            try:
                self._enter(section.line(words, on) or section)
                return True
            except (Invalid, Ambiguous):
                section = section.above
                if not section:
                    raise

    def _enter(self, section: Section | None) -> None:
        self._section, self._list, self._line = section, None, False

    def _inside(self, words: Words) -> bool:
        if self._line:
            what = words.keyword("end", "exec", "exec-timeout", "exit", "length", "logging", "no", "transport", "width")
            if what in ("end", "exit"):
                words.end()
                self._line = False
                return what == "exit"
            if what == "exec":
                words.keyword("prompt")
                words.keyword("timestamp")
                words.end()
                self._shell.device.config.exec_timestamp = True
            else:
                words.rest()
            return True
        chosen = self._list
        assert chosen
        sequence = None
        if chosen.version == 6 and words.maybe("sequence"):
            sequence = words.number(1, 4294967294)
        elif chosen.version == 4 and words.peek().isdigit():
            sequence = words.number(1, 2147483647)
        if sequence is not None:
            chosen.add(acl.entry(words, chosen.version), sequence)
            return True
        first = words.peek().lower()
        if first and any(one.startswith(first) for one in ("permit", "deny")):
            chosen.add(acl.entry(words, chosen.version), None)
            return True
        what = words.keyword("deny", "end", "exit", "no", "permit", "remark", *(["sequence"] if chosen.version == 6 else []))
        if what == "no":
            self._remove_line(words, chosen)
        elif what == "remark":
            words.rest()
        else:
            words.end()
            self._list = None
            return what == "exit"
        return True

    def _remove_line(self, words: Words, chosen: AccessList) -> None:
        if words.maybe("sequence") or words.peek().isdigit():
            number = words.number(1, 4294967294)
            words.end()
            chosen.entries.pop(number, None)
            return
        entry = acl.entry(words, chosen.version)
        chosen.entries = {n: one for n, one in chosen.entries.items() if one != entry}

    def _global(self, words: Words) -> bool:
        config = self._shell.device.config
        what = words.keyword("aaa", "app-hosting", "do", "end", "event", "exit", "file", "hostname", "interface", "iox", "ip",
                             "ipv6", "line", "logging", "no", "service", "username")
        if what in ("end", "exit"):
            words.end()
            return False
        if what == "do":
            rest = words.rest()
            self._shell.exec_line(rest)
        elif what == "hostname":
            name = words.matching("WORD", r"[A-Za-z][A-Za-z0-9._-]{0,62}")
            words.end()
            config.hostname = name
        elif what == "line":
            words.keyword("console", "vty")
            words.rest()
            self._enter(None)
            self._line = True
        elif what == "logging":
            words.rest()
        elif what == "no":
            self._no(words)
        elif what == "ip":
            self._ip(words)
        elif what == "ipv6":
            words.keyword("access-list")
            self._list_of(words, 6)
        elif what in ("app-hosting", "event", "interface"):
            self._enter(self._section_of(what, words))
        else:
            self._switch(what, words, True)
        return True

    def _ip(self, words: Words) -> None:
        what = words.keyword("access-list", "nat", "scp", "ssh")
        if what == "access-list":
            if words.keyword("extended", "standard") == "extended":
                return self._list_of(words, 4)
            name = acl.name(words, 4)
            words.end()
            lists = self._shell.device.config.standard_lists
            return self._enter(StandardListSection(lists.setdefault(name, [])))
        return self._switch("ip " + what, words, True)

    def _list_of(self, words: Words, version: int) -> None:
        config = self._shell.device.config
        name = acl.name(words, version)
        words.end()
        made = config.access_lists.setdefault(name, AccessList(name, version))
        if made.version != version:
            raise Refused(f"%Error: access list {name} of another kind already exists\n")
        self._enter(None)
        self._list = made

    def _section_of(self, what: str, words: Words) -> Section:
        device, config = self._shell.device, self._shell.device.config
        if what == "interface":
            name = self._port(words)
            words.end()
            return InterfaceSection(device, config.ports.setdefault(name, Port(name)))
        if what == "app-hosting":
            words.keyword("appid")
            words.keyword("guestshell")
            words.end()
            return HostingSection(device, config.hosting)
        words.keyword("manager")
        words.keyword("applet")
        name = words.word()
        bypasses = bool(words.maybe("authorization")) and words.keyword("bypass") == "bypass"
        words.end()
        # what has the name already is edited, and registered anew
        known = config.applets.get(name, Applet(name, bypasses))
        config.applets[name] = dataclasses.replace(known, bypasses=bypasses, actions=dict(known.actions))
        return AppletSection(config.applets[name])

    def _port(self, words: Words) -> str:
        """One that there is, or that is made by being named."""
        device = self._shell.device
        virtual = "AppGigabitEthernet1/0/1" if device.family.is_switch else "VirtualPortGroup0"
        if words.peek().lower() == virtual.lower():
            words.word()
            return virtual
        return device.interfaces.read(words)

    def _no(self, words: Words) -> None:
        config = self._shell.device.config
        what = words.keyword("event", "file", "iox", "ip", "ipv6", "logging", "service", "username")
        if what == "logging":
            words.rest()
        elif what == "event":
            words.keyword("manager")
            words.keyword("applet")
            name = words.word()
            words.end()
            config.applets.pop(name, None)
        elif what in ("ip", "ipv6"):
            kind = words.keyword("access-list", *(["nat", "scp"] if what == "ip" else []))
            if kind != "access-list":
                return self._switch("ip " + kind, words, False)
            if what == "ip" and words.keyword("extended", "standard") == "standard":
                name = words.word()
                words.end()
                config.standard_lists.pop(name, None)
                return None
            name = words.word()
            words.end()
            found = config.access_lists.get(name)
            if found and found.version == (4 if what == "ip" else 6):
                config.access_lists.pop(name, None)
        else:
            self._switch(what, words, False)
        return None

    def _switch(self, what: str, words: Words, on: bool) -> None:
        device, config = self._shell.device, self._shell.device.config
        if what == "file":
            words.keyword("prompt")
            words.keyword("quiet")
            words.end()
            config.file_prompt_quiet = on
        elif what == "iox":
            words.end()
            config.iox = on
            device.guestshell.iox(on)
        elif what == "ip scp":
            words.keyword("server")
            words.keyword("enable")
            words.end()
            config.scp_server = on
        elif what == "ip ssh":
            words.keyword("version")
            self._shown(f"ip ssh version {words.number(1, 2)}", words, on)
        elif what == "ip nat":
            self._nat(words, on)
        elif what == "aaa":
            what = words.keyword("authentication", "authorization", "new-model")
            self._shown(f"aaa {what} {words.rest() if what != 'new-model' else ''}".rstrip(), words, on)
        elif what == "username":
            self._user(words, on)
        elif what == "service":
            words.keyword("prompt")
            words.keyword("config")
            words.end()
            config.prompt_config = on
        else:
            raise words.wrong()
        self._enter(None)

    def _shown(self, line: str, words: Words, on: bool) -> None:
        words.end()
        others = self._shell.device.config.others
        others[:] = [one for one in others if one != line] + ([line] if on else [])

    def _nat(self, words: Words, on: bool) -> None:
        config = self._shell.device.config
        words.keyword("inside")
        words.keyword("source")
        if words.keyword("list", "static") == "list":
            name = words.word()
            words.keyword("interface")
            outside = self._port(words)
            words.keyword("overload")
            return self._shown(f"ip nat inside source list {name} interface {outside} overload", words, on)
        words.keyword("tcp")
        guest, guest_port = ip_address(words), words.number(1, 65535)
        words.keyword("interface")
        outside, port = self._port(words), words.number(1, 65535)
        words.end()
        forward = Forward(guest, guest_port, outside, port)
        config.forwards[:] = [one for one in config.forwards if one != forward] + ([forward] if on else [])
        return None

    def _user(self, words: Words, on: bool) -> None:
        device = self._shell.device
        name, privilege = words.word(), 1
        if not on:
            words.rest()
            device.config.users.pop(name, None)
            return device.remove_user(name)
        if words.maybe("privilege"):
            privilege = words.number(0, 15)
        if words.maybe("algorithm-type"):
            words.keyword("md5", "scrypt", "sha256")
        words.keyword("password", "secret")
        if words.peek() == "0":
            words.word()
        password = words.rest() or words.word("LINE")
        device.config.users[name] = privilege
        return device.add_user(name, password, privilege)
