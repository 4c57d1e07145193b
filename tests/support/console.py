"""The examples of the documents, run as they stand there: what a person would type, and what came of it."""

import os
import pwd
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# What differs each time, and is the same thing wherever the examples have it: a token, an id of a job or a token, a
# fingerprint, a number or a time. As the documents write it, and as it is.
SHAPES = {r"SHA256:[A-Za-z0-9+/]{43}": r"SHA256:[A-Za-z0-9+/]{43}",
          r"xpc_[0-9a-f]{12}_…": r"xpc_[0-9a-f]{12}_[\w-]+",
          r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
          r"\b[0-9a-f]{12}\b": r"[0-9a-f]{12}",
          r"\b[0-9]{6,}\b": r"[0-9]+"}
NAME = re.compile("|".join(f"({shape})" for shape in SHAPES))


@dataclass
class Example:
    command: str
    output: str  # as the document has it: `…` stands for anything, and white space is there to read it


def examples(document: str, heading: str) -> list[Example]:
    """Those of the ```console blocks below that heading, up to the next one of its rank or above."""
    return [example for block in steps(document, heading) if isinstance(block, list) for example in block]


def steps(document: str, heading: str) -> Iterator[list[Example] | str]:
    """Likewise, block by block, and between them those of ```ios: what is typed at a device."""
    for kind, block in _blocks((ROOT / document).read_text(), heading):
        yield "\n".join(block) if kind == "ios" else list(_examples(block))


def _blocks(text: str, heading: str) -> Iterator[tuple[str, list[str]]]:
    fence, inside, block = "", False, []
    for line in text.split("\n"):
        if line.startswith("```"):
            if fence in ("```console", "```ios") and inside:
                yield fence[3:], block
            fence, block = ("" if fence else line), []
        elif fence:
            block.append(line)
        elif line == heading:
            inside = True
        elif inside and re.match(rf"#{{1,{len(heading.split()[0])}}} ", line):
            return
    assert inside, f"there is no {heading!r}"


def _examples(block: list[str]) -> Iterator[Example]:
    """A command may go on behind a `\\`, and have a document of its own (`<<'END'`)."""
    at = 0
    while at < len(block):
        begin = at
        while block[at].endswith("\\"):
            at += 1
        if here := re.search(r"<<'(\w+)'", block[at]):
            at = block.index(here[1], at)
        command, at = block[begin:at + 1], at + 1
        begin = at
        while at < len(block) and not re.match("[$#] ", block[at]):
            at += 1
        yield Example("\n".join(command)[2:], "\n".join(block[begin:at]))


def as_user(name: str) -> dict[str, Any]:
    """What subprocess wants for that; "": nobody else."""
    if not name:
        return {}
    about = pwd.getpwnam(name)
    return {"user": about.pw_uid, "group": about.pw_gid, "extra_groups": os.getgrouplist(name, about.pw_gid)}


@dataclass
class Console:
    """A shell in which one example after the other is run, with the names that those before brought."""

    folder: Path
    environment: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)  # what is here for what the document has
    replaced: dict[str, str] = field(default_factory=dict)  # programs that need a screen, by ones that do not
    user: str = ""  # whose it is, where that is another

    def script(self, example: Example) -> str:
        command = NAME.sub(lambda found: self.names.get(found[0], found[0]), example.command)
        for program, other in self.replaced.items():
            command = command.replace(program, other)
        state = self.folder / ".state"
        return f"set -e; touch {state}; . {state}\n{command}\n{{ export -p; echo cd $PWD; }} > {state}\n"

    def run(self, example: Example, patience: float = 60) -> str:
        """To its end. What it printed, on both streams. The next one has the variables that it exports, and its folder."""
        script = self.script(example)
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment, timeout=patience, **as_user(self.user),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, f"{script}\nended with {done.returncode}: {done.stdout}"
        return done.stdout

    def expect(self, example: Example, patience: float = 0) -> str:
        """Likewise, and it is what the document has, where that has any; what only asks may be asked for so many seconds."""
        deadline = time.monotonic() + patience
        while True:
            output = self.run(example)
            if not example.output or self.shows(example, output):
                return output
            assert time.monotonic() < deadline, f"{example.command}\nshows\n{output}\nand not\n{example.output}"
            time.sleep(0.3)

    def shows(self, example: Example, output: str) -> bool:
        """Whether that is what the document has. Names that are new in it are known from then on."""
        wanted, pattern, at = " ".join(example.output.split()), "", 0
        new: list[str] = []
        for found in NAME.finditer(wanted):
            pattern += _plain(wanted[at:found.start()])
            at = found.end()
            if found[0] in self.names:
                pattern += re.escape(self.names[found[0]])
            elif found[0] in new:
                pattern += f"(?P=name{new.index(found[0])})"
            else:
                pattern += f"(?P<name{len(new)}>{list(SHAPES.values())[found.lastindex - 1]})"
                new.append(found[0])
        match = re.fullmatch(pattern + _plain(wanted[at:]), output.strip(), re.DOTALL)
        if match:
            self.names |= {name: match[f"name{n}"] for n, name in enumerate(new)}
        return match is not None


def _plain(text: str) -> str:
    return ".*?".join(r"\s*".join(re.escape(word) for word in piece.split(" ")) for piece in text.split("…"))
