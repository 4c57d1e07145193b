"""The interfaces of a device: how their names may be written, and which Linux interface each one is."""

import re
from dataclasses import dataclass

from .words import Words


@dataclass(frozen=True)
class Cable:
    """Where an interface's packets are. `netns`: a path, "" for the device's own network."""

    interface: str
    netns: str = ""


class Interfaces:
    def __init__(self, given: dict) -> None:
        """`given`: long name → name of a Linux interface, or {"interface": …, "netns": …}."""
        self.cables = {name: Cable(**one) if isinstance(one, dict) else Cable(one) for name, one in given.items()}

    def read(self, words: Words) -> str:
        """The long name; the number may be a word of its own."""
        written = words.matching("IFNAME", r"[A-Za-z][A-Za-z-]*[0-9/.:]*")
        if written[-1].isalpha():
            written += words.word("<0-999>")
        name = self.find(written)
        if not name:
            raise words.wrong()
        return name

    def find(self, written: str) -> str:
        """"" where there is none, or more than one."""
        found = re.fullmatch(r"([A-Za-z][A-Za-z-]*)([0-9][0-9/.:]*)", written)
        if not found:
            return ""
        kinds = {re.match(r"[A-Za-z-]+", name)[0] for name in self.cables}
        able = [kind for kind in kinds if kind.lower().startswith(found[1].lower())]
        names = [name for name in self.cables if name in [kind + found[2] for kind in able]]
        return names[0] if len(names) == 1 else ""
