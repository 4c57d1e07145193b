"""`show …`, and the filters behind its pipe."""

import re
from typing import TYPE_CHECKING

from . import epc_show
from .acl import AccessList
from .flash import NoSpace, NoSuchFile
from .words import Refused, Words

if TYPE_CHECKING:
    from .shell import Shell


def show(shell: "Shell", words: Words) -> None:
    command, pipe, rest = words.line.partition("|")
    if pipe:
        # Read again, so that a word is not looked for beyond the pipe.
        through = _pipe(Words(" " * len(command) + " " + rest, words.asking))
        words = Words(command)
        words.keyword("show")
    else:
        through = None
    text = _text(shell, words)
    if shell.timestamp or shell.device.config.exec_timestamp:
        text = ("Load for five secs: 2%/0%; one minute: 7%; five minutes: 8%\n"
                f"Time source is NTP, {epc_show.clock()}\n{text}")
    if through:
        kind, argument = through
        if kind in ("redirect", "append", "tee"):
            _to_file(shell, kind, argument, text)
            if kind != "tee":
                return
        else:
            text = _filtered(kind, argument, text)
    shell.io.write(text)


def _text(shell: "Shell", words: Words) -> str:
    device, config = shell.device, shell.device.config
    privileged = ["running-config", "startup-config"] if shell.privilege == 15 else []
    what = words.keyword("access-lists", "app-hosting", "clock", "event", "file", "interfaces", "ip", "ipv6", "monitor", "privilege", "users",
                         "version", *privileged)
    if what == "monitor":
        return epc_show.show(shell, words)
    if what in ("ip", "ipv6"):
        if what == "ip" and words.keyword("access-lists", "interface") == "interface":
            words.keyword("brief")
            words.end()
            return _brief(shell)
        if what == "ipv6":
            words.keyword("access-list")
        return _lists(words, [one for one in list(config.access_lists.values()) if one.version == (4 if what == "ip" else 6)])
    if what == "access-lists":
        standard = [] if words.more else list(config.standard_lists.items())
        return "".join(_standard(*one) for one in standard) + _lists(words, list(config.access_lists.values()))
    if what == "file":
        words.keyword("systems")
        words.end()
        prefixes = "flash: bootflash:" if device.family.is_switch else "bootflash: flash:"
        return ("File Systems:\n\n       Size(b)       Free(b)      Type  Flags  Prefixes\n"
                f"             -             -    opaque     rw   system:\n"
                f"*{device.flash.size:14} {device.flash.free():13}      disk     rw   {prefixes}\n\n")
    if what == "interfaces":
        names = [device.interfaces.read(words)] if words.more else list(device.interfaces.cables)
        words.end()
        return "".join(f"{name} is up, line protocol is up \n  Hardware is Virtual, address is 0200.0000.0001\n"
                       "  MTU 1500 bytes, BW 1000000 Kbit/sec, DLY 10 usec, \n" for name in names)
    if what == "event":
        words.keyword("manager")
        words.keyword("policy")
        words.keyword("registered")
        words.end()
        return "No.  Class     Type    Event Type          Trap  Time Registered           Name\n" + "".join(
            f"{n:<4} applet    user    timer watchdog      Off   {epc_show.clock()} {name}\n"
            for n, name in enumerate(config.applets, 1))
    if what == "app-hosting":
        words.keyword("list")
        words.end()
        return ("App id                                   State\n" + "-" * 57 + "\n"
                f"guestshell                               {'RUNNING' if device.guestshell.is_running else 'DEPLOYED'}\n")
    words.end()
    if what == "clock":
        return f"*{epc_show.clock()}\n"
    if what == "privilege":
        return f"Current privilege level is {shell.privilege}\n"
    if what == "users":
        return ("    Line       User       Host(s)              Idle       Location\n"
                f"*  1 vty 0     {shell.user:<10} idle                 00:00:00 127.0.0.1\n")
    if what == "version":
        return device.family.version(config.hostname, device.uptime())
    chosen = config if what == "running-config" else device.saved
    text = chosen.text(device.family.release)
    head = "Building configuration...\n\nCurrent" if what == "running-config" else "Using"
    return f"{head} configuration : {len(text)} bytes\n{text}"


def _lists(words: Words, lists: list[AccessList]) -> str:
    if words.more:
        wanted = words.word()
        lists = [one for one in lists if one.name == wanted]
    words.end()
    return "".join(f"{line}\n" for one in lists for line in one.shown())


def _standard(name: str, entries: list) -> str:
    lines = [f"    {n * 10} {'permit' if on else 'deny'}   {one.text.replace(' ', ', wildcard bits ')}"
             for n, (on, one) in enumerate(entries, 1)]
    return "\n".join([f"Standard IP access list {name}", *lines, ""])


def _brief(shell: "Shell") -> str:
    lines = ["Interface              IP-Address      OK? Method Status                Protocol"]
    lines += [f"{name:<22} unassigned      YES NVRAM  up                    up      " for name in shell.device.interfaces.cables]
    return "\n".join(lines) + "\n"


def _pipe(words: Words) -> tuple[str, str]:
    kind = words.keyword("append", "begin", "count", "exclude", "include", "redirect", "section", "tee")
    argument = words.rest()
    if not argument:
        words.word()
    return kind, argument


def _filtered(kind: str, argument: str, text: str) -> str:
    try:
        wanted = re.compile(argument)
    except re.error:
        raise Refused("% Failed to compile regular expression.\n") from None
    lines = text.splitlines(keepends=True)
    if kind == "include":
        kept = [line for line in lines if wanted.search(line)]
    elif kind == "exclude":
        kept = [line for line in lines if not wanted.search(line)]
    elif kind == "begin":
        first = next((n for n, line in enumerate(lines) if wanted.search(line)), len(lines))
        kept = lines[first:]
    elif kind == "count":
        kept = [f"Number of lines which match regexp = {sum(bool(wanted.search(line)) for line in lines)}\n"]
    else:
        kept, inside = [], False
        for line in lines:
            inside = bool(wanted.search(line)) or (inside and line[:1] == " ")
            kept += [line] if inside else []
    return "".join(kept)


def _to_file(shell: "Shell", kind: str, url: str, text: str) -> None:
    flash = shell.device.flash
    try:
        before = flash.path(url).read_bytes() if kind == "append" and flash.path(url).exists() else b""
        flash.write(url, before + text.encode())
    except (NoSuchFile, NoSpace):
        raise Refused(f"%Error opening {url} (No such file or directory)\n") from None
