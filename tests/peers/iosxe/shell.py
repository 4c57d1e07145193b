"""One user's place at the command line: mode and privilege, and the commands of exec mode."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from . import epc_commands, exec_files, exec_show, guestshell
from .config_mode import ConfigMode
from .words import Ambiguous, Help, Incomplete, Invalid, Refused, Words, complaint

if TYPE_CHECKING:
    from .device import Device


class Gone(Exception):
    """Nobody is there any more."""


class Interrupted(Exception):
    """Ctrl-C or Ctrl-^."""


class Closed(Exception):
    """The user has logged out, or the device hangs up."""


class Talk(Protocol):
    """How a command speaks with its user."""

    echoes: bool

    def write(self, text: str) -> None: ...
    def confirm(self, question: str) -> bool: ...
    def ask(self, question: str, default: str) -> str: ...
    def secret(self, question: str) -> str: ...
    def interject(self, text: str) -> None: ...
    def pause(self, seconds: float | None, hard: bool = False) -> None: ...
    def cut_after(self, octets: int) -> None: ...
    def among_output(self, line: str) -> None: ...


_UNKNOWN = "% Bad IP address or host name% Unknown command or computer name, or unable to find computer address\n"


class Shell:
    def __init__(self, device: "Device", io: Talk, user: str, privilege: int) -> None:
        self.device = device
        self.io = io
        self.user = user
        self.privilege = privilege
        self.mode: ConfigMode | None = None
        self.timestamp = False
        self.is_applet = False  # whom nobody asks for a secret

    @property
    def prompt(self) -> str:
        host = self.device.config.hostname
        if self.mode:
            return f"{host[:20]}{self.mode.prompt}#" if self.device.config.prompt_config else ""
        return host + (self.device.quirk("prompt_suffix") or "") + ("#" if self.privilege == 15 else ">")

    def execute(self, line: str) -> None:
        """A line as typed, with whatever the device is told to do wrong."""
        line = line.strip()
        if not line or line.startswith("!"):
            return
        device, faults = self.device, self.device.faults
        device.said.append(line)
        faults.hold(line, "before", self.io.pause)
        if fault := faults.of_command("delay", line):
            self.io.pause(fault.get("seconds", 1))
        if fault := faults.of_command("reload", line):
            device.reload(fault.get("down", 1))
            raise Closed
        if fault := faults.of_command("syslog", line):
            self.io.among_output(fault.get("line", "%LINK-3-UPDOWN: Interface GigabitEthernet2, changed state to up"))
        if fault := faults.of_command("cut", line):
            self.io.cut_after(fault.get("after", 10))
        hang = faults.of_command("hang", line)
        if hang and hang.get("when", "before") == "before":
            self.io.pause(None, hang.get("hard", False))
        if fault := faults.of_command("refuse", line):
            self.io.write(fault.get("reply", "% Error") + "\n")
        else:
            self._run(line)
        if faults.of_command("lose_acl", line):
            device.config.access_lists.clear()
        faults.hold(line, "after", self.io.pause)
        if hang and hang.get("when") == "after":
            self.io.pause(None, hang.get("hard", False))

    def _run(self, line: str) -> None:
        try:
            if self.mode:
                if not self.mode.run(line):
                    self.leave_config()
            else:
                self.exec_line(line)
        except (Invalid, Incomplete, Ambiguous, Refused) as error:
            refused_config = self.mode and not self.io.echoes and not isinstance(error, Refused)
            self.io.write("CLI syntax error or execution failure\n" if refused_config else
                          complaint(error, line, len(self.prompt) if self.io.echoes else None))

    def leave_config(self) -> None:
        self.mode = None
        self.device.configured()
        self.device.log(f"%SYS-5-CONFIG_I: Configured from console by {self.user} on vty0")

    def help(self, line: str) -> str:
        """What a question mark behind `line` shows."""
        try:
            if self.mode:
                self.mode.run(line, asking=True)
            else:
                self._command(Words(line, asking=True))
        except Help as found:
            return "".join(f"  {choice}\n" for choice in found.choices) or "% Unrecognized command\n"
        except (Invalid, Incomplete, Ambiguous, Refused):
            pass
        return "% Unrecognized command\n"

    def exec_line(self, line: str) -> None:
        words = Words(line)
        if words.count == 1 and not self._known(words.peek()):
            raise Refused(_UNKNOWN)
        self._command(words)

    def _known(self, word: str) -> bool:
        return any(name.startswith(word.lower()) for name in self._commands())

    def _commands(self) -> dict[str, Callable[["Shell", Words], None]]:
        always = {"enable": _enable, "disable": _disable, "exit": _exit, "logout": _exit, "quit": _exit,
                  "show": exec_show.show, "terminal": _terminal}
        if self.privilege < 15:
            return always
        return always | {"configure": _configure, "copy": exec_files.copy, "delete": exec_files.delete,
                         "dir": exec_files.dir_, "guestshell": guestshell.command, "mkdir": exec_files.mkdir, "monitor": epc_commands.monitor,
                         "no": _no, "reload": _reload, "write": _write}

    def _command(self, words: Words) -> None:
        commands = self._commands()
        commands[words.keyword(*commands)](self, words)


def _enable(shell: Shell, words: Words) -> None:
    words.maybe("15")
    words.end()
    if shell.privilege == 15:
        return
    if shell.is_applet:
        shell.privilege = 15
        return
    secret = shell.device.enable_secret
    if not secret:
        raise Refused("% No password set\n")
    for _ in range(3):
        if shell.io.secret("Password: ") == secret:
            shell.privilege = 15
            return
    raise Refused("% Bad secrets\n\n")


def _disable(shell: Shell, words: Words) -> None:
    words.end()
    shell.privilege = 1


def _exit(shell: Shell, words: Words) -> None:
    words.end()
    raise Closed


def _terminal(shell: Shell, words: Words) -> None:
    what = words.keyword("exec", "length", "monitor", "no", "width")
    if what == "exec":
        words.keyword("prompt")
        words.keyword("timestamp")
        words.end()
        shell.timestamp = True
    elif what == "no":
        words.keyword("monitor")
        words.end()
        shell.io.monitors = False
    elif what == "monitor":
        words.end()
        shell.io.monitors = True
    else:
        number = words.number(0, 512)
        words.end()
        setattr(shell.io, what, number)


def _configure(shell: Shell, words: Words) -> None:
    words.keyword("terminal")
    words.end()
    shell.mode = ConfigMode(shell)
    if shell.io.echoes:
        shell.io.write("Enter configuration commands, one per line.  End with CNTL/Z.\n")


def _no(shell: Shell, words: Words) -> None:
    words.keyword("monitor")
    epc_commands.no_monitor(shell, words)


def _reload(shell: Shell, words: Words) -> None:
    words.end()
    if shell.io.confirm("Proceed with reload? [confirm]"):
        shell.device.reload(1)
        raise Closed


def _write(shell: Shell, words: Words) -> None:
    if words.more:
        words.keyword("memory")
    words.end()
    shell.device.save()
    shell.io.write("Building configuration...\n[OK]\n")


def batches(argument: str) -> list[str]:
    """The commands in one argument of dohost: a space and a semicolon stand between them."""
    return re.split(r" ;\s*", argument)
