"""The running configuration, and the commands of config mode that change it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import acl
from .acl import AccessList
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
    access_lists: dict[str, AccessList] = field(default_factory=dict)

    def copy(self) -> "Configuration":
        lists = {name: one.copy() for name, one in list(self.access_lists.items())}
        return Configuration(self.hostname, self.file_prompt_quiet, self.scp_server, self.prompt_config,
                             self.exec_timestamp, lists)

    def lists_named(self, name: str) -> list[AccessList]:
        found = self.access_lists.get(name)
        return [found] if found else []

    def text(self, release: str) -> str:
        lines = ["!", f"version {'.'.join(release.split('.')[:2])}", "!", f"hostname {self.hostname}", "!"]
        lines += ["file prompt quiet"] if self.file_prompt_quiet else []
        lines += ["ip scp server enable"] if self.scp_server else []
        for one in list(self.access_lists.values()):
            lines += ["!", *one.configuration(numbered=int(release.split(".")[0]) >= 17)]
        return "\n".join([*lines, "!", "line vty 0 15", " transport input ssh", "!", "end", ""])


class ConfigMode:
    """One user's place in it."""

    def __init__(self, shell: "Shell") -> None:
        self._shell = shell
        self._list: AccessList | None = None
        self._line = False

    @property
    def prompt(self) -> str:
        if self._list:
            return "(config-ext-nacl)" if self._list.version == 4 else "(config-ipv6-acl)"
        return "(config-line)" if self._line else "(config)"

    def run(self, line: str, asking: bool = False) -> bool:
        """False: it has been left."""
        words = Words(line, asking)
        if self._list or self._line:
            try:
                return self._inside(words)
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
        what = words.keyword("do", "end", "exit", "file", "hostname", "ip", "ipv6", "line", "logging", "no", "service")
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
            self._list, self._line = None, True
        elif what == "logging":
            words.rest()
        elif what == "no":
            self._no(words)
        elif what in ("ip", "ipv6") and self._is_list(words):
            version = 4 if what == "ip" else 6
            if version == 4:
                words.keyword("extended")
            name = acl.name(words, version)
            words.end()
            made = config.access_lists.setdefault(name, AccessList(name, version))
            if made.version != version:
                raise Refused(f"%Error: access list {name} of another kind already exists\n")
            self._list, self._line = made, False
        else:
            self._switch(what, words, True)
        return True

    @staticmethod
    def _is_list(words: Words) -> bool:
        return words.keyword("access-list", "scp") == "access-list"

    def _no(self, words: Words) -> None:
        config = self._shell.device.config
        what = words.keyword("file", "ip", "ipv6", "logging", "service")
        if what == "logging":
            words.rest()
        elif what in ("ip", "ipv6") and self._is_list(words):
            if what == "ip":
                words.keyword("extended")
            name = words.word()
            words.end()
            found = config.access_lists.get(name)
            if found and found.version == (4 if what == "ip" else 6):
                config.access_lists.pop(name, None)
        else:
            self._switch(what, words, False)

    def _switch(self, what: str, words: Words, on: bool) -> None:
        config = self._shell.device.config
        if what == "file":
            words.keyword("prompt")
            words.keyword("quiet")
            words.end()
            config.file_prompt_quiet = on
        elif what == "ip":
            words.keyword("server")
            words.keyword("enable")
            words.end()
            config.scp_server = on
        elif what == "service":
            words.keyword("prompt")
            words.keyword("config")
            words.end()
            config.prompt_config = on
        else:
            raise words.wrong()
