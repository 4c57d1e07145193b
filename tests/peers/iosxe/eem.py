"""The embedded event manager: applets with a timer, and what they type."""

import threading
import time
from typing import TYPE_CHECKING

from .config_sections import Applet
from .shell import Closed, Gone, Shell
from .unattended import Unattended

if TYPE_CHECKING:
    from .device import Device


class Overdue(Exception):
    """EEM ends an applet that has run for so long."""


class _Line(Unattended):
    """The vty line of an applet. Nobody answers a question there but the applet's end."""

    echoes = monitors = False
    length = width = 0

    def __init__(self, device: "Device", last: float) -> None:
        self._device, self._last = device, last
        self.said = ""

    def write(self, text: str) -> None:
        self.said += text
        self.pause(0)

    def confirm(self, question: str) -> bool:
        self.said += question
        self.pause(None)
        return False

    def interject(self, text: str) -> None:
        """It reads what its own commands answer."""

    def pause(self, seconds: float | None, hard: bool = False) -> None:
        until = self._last if seconds is None else min(self._last, time.monotonic() + seconds)
        time.sleep(max(0.0, until - time.monotonic()))
        if time.monotonic() >= self._last:
            raise Overdue

    def cut_after(self, octets: int) -> None:
        """There is no connection that could be cut."""

    def among_output(self, line: str) -> None:
        self.said += line


class EventManager:
    def __init__(self, device: "Device") -> None:
        self._device = device
        self._running: dict[str, Applet] = {}
        self.history: list[tuple[str, str]] = []  # an applet's name, and what came of it

    def changed(self) -> None:
        """When config mode is left."""
        for name, applet in self._device.config.applets.items():
            if applet.event and self._running.get(name) is not applet:
                self._running[name] = applet
                threading.Thread(target=self._repeat, args=[applet], daemon=True).start()

    def _is_there(self, applet: Applet) -> bool:
        return self._device.config.applets.get(applet.name) is applet

    def _repeat(self, applet: Applet) -> None:
        """A watchdog begins anew when it has gone off; one run at a time."""
        pause = applet.every
        while True:
            until = time.monotonic() + pause
            pause = max(applet.every, applet.apart)
            while time.monotonic() < until:
                time.sleep(0.05)
                if not self._is_there(applet):
                    return
            self.history.append((applet.name, self._run(applet)))

    def _run(self, applet: Applet) -> str:
        device = self._device
        if device.quirk("aaa") and not applet.bypasses:
            return "nothing"  # what AAA does not authorize is done by nobody, and told nobody
        line = _Line(device, time.monotonic() + applet.longest)
        if not device.sessions.take_line(line, ""):
            return "no line"
        try:
            shell = Shell(device, line, "", 1)
            shell.is_applet = True
            for _, command in sorted(applet.actions.items()):
                shell.execute(command)
        except Overdue:
            return "overdue"
        except (Gone, Closed):
            return "closed"
        finally:
            device.sessions.give_back(line)
        return "success"
