"""The device: its state, and the process that has it.

As a program: its configuration comes as one line of JSON on standard input, and it ends when standard
input does. It prints one line of JSON: where it can be reached."""

import json
import os
import sys
import threading
import time
from pathlib import Path

from . import listener, ssh_server
from .config_mode import Configuration, ConfigMode
from .eem import EventManager
from .epc import Point
from .epc_export import write
from .faults import Faults
from .families import family
from .flash import Flash
from .guestshell import Guestshell
from .interfaces import Interfaces
from .nat import Nat
from .sessions import Sessions
from .shell import Shell


class Device:
    """`given`: as tests/support/iosxe.py makes it."""

    def __init__(self, given: dict) -> None:
        self.folder = Path(given["folder"])
        self.family = family(given["family"], given.get("release", ""))
        self._quirks: dict = given["quirks"]
        self.interfaces = Interfaces(given["interfaces"])
        self.users: dict[str, dict] = given["users"]
        self.enable_secret: str = given["enable_secret"]
        self.greeting: str = given["motd"]
        self.ssh: dict = given["ssh"]
        self.is_started = False
        self.of_machine: dict[str, str] = {}  # files that the device's own are made of
        self.export_seconds: float = given["export_seconds"]
        self.exec_timeout: float = given["exec_timeout"]  # 0: nobody is thrown out
        self._max_captures: int = given["max_captures"]
        folders = [self.family.mount] if self.family.mount and not self.quirk("bare") else []
        self.flash = Flash(self.folder / "flash", given["flash_size"], folders)
        self.config = Configuration(given["hostname"])
        self.points: dict[str, Point] = {}
        self.faults = Faults()
        self.said: list[str] = []
        self.sessions = Sessions(given["lines"])
        self._iosp: dict[str, float] = {}  # when each of them ends
        self.guestshell = Guestshell(self, given["guest_root"], given["iox_seconds"])
        self.nat = Nat(self)
        self.events = EventManager(self)
        self._down_until = 0.0
        self._booted = time.monotonic() - given["uptime"]
        for line in given["config"]:
            self._configure(line)
        self.saved = self.config.copy()
        self._first_lists = set(self.config.access_lists)

    def _configure(self, line: str) -> None:
        """Of the start-up configuration; sub-mode lines follow theirs."""
        if not hasattr(self, "_mode"):
            self._mode = ConfigMode(Shell(self, None, "", 15))  # type: ignore[arg-type]
        self._mode.run(line)

    def quirk(self, name: str):
        return self._quirks.get(name)

    # Limits that faults move.

    def max_captures(self) -> int:
        fault = self.faults.of_device("max_captures")
        return fault.get("count", 0) if fault else self._max_captures

    def drop_every(self) -> int:
        fault = self.faults.of_device("drop")
        return fault.get("every", 2) if fault else 0

    # What happens.

    def stamped(self, text: str) -> str:
        now = time.time()
        return time.strftime("*%b %e %H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}: {text}"

    def log(self, text: str) -> None:
        """A line of the log, on the terminals that want it."""
        for terminal in self.sessions.terminals():
            if terminal.monitors:
                terminal.interject(f"\n{self.stamped(text)}\n")

    def capture_stopped(self, point: Point) -> None:
        if point.file:
            write(self, point, point.file.url)

    def capture_ended(self, point: Point, why: str) -> None:
        """By itself."""
        self.capture_stopped(point)
        reason = "Duration limit reached" if why == "duration" else "Buffer full or packet limit reached"
        self.log(f"%BUFCAP-6-DISABLE_ASYNC: Capture Point {point.name} disabled. Reason : {reason}")

    def save(self) -> None:
        self.saved = self.config.copy()

    def reload(self, down: float) -> None:
        """All that was not saved is gone, and everybody is thrown out."""
        self._down_until = self._booted = time.monotonic() + down
        self._iosp.clear()
        points, self.points = self.points, {}
        for point in points.values():
            point.stop()
        self.config = self.saved.copy()
        self.sessions.close_all()
        self.configured()

    @property
    def is_down(self) -> bool:
        return time.monotonic() < self._down_until

    def uptime(self) -> str:
        """As "show version" says it: no seconds, and only the units that count."""
        minutes = int(max(0.0, time.monotonic() - self._booted)) // 60
        parts = []
        for unit, length in (("week", 7 * 24 * 60), ("day", 24 * 60), ("hour", 60), ("minute", 1)):
            count, minutes = divmod(minutes, length)
            if count or (unit == "minute" and not parts):
                parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
        return ", ".join(parts)

    def configured(self) -> None:
        """Config mode was left."""
        self.nat.changed()
        self.events.changed()

    def add_user(self, name: str, password: str, privilege: int) -> None:
        self.users[name] = {"password": password, "privilege": privilege}
        if self.ssh["enabled"] and self.is_started:
            ssh_server.write_users(self)

    def remove_user(self, name: str) -> None:
        self.users.pop(name, None)
        if self.ssh["enabled"] and self.is_started:
            ssh_server.write_users(self)

    # Sessions of programs in the guestshell.

    def new_iosp_session(self, seconds: float) -> str:
        name = f"{int(time.monotonic())}-{os.urandom(4).hex()}"
        self._iosp[name] = time.monotonic() + seconds
        return name

    def end_iosp_session(self, name: str) -> None:
        self._iosp.pop(name, None)

    def has_iosp_session(self, name: str) -> bool:
        return not self.faults.of_device("no_session") and time.monotonic() < self._iosp.get(name, 0.0)

    def left(self) -> dict:
        return {"captures": sorted(self.points),
                "access_lists": sorted(set(self.config.access_lists) - self._first_lists),
                "files": self.flash.new_files()}

    def control(self, asked: dict):
        """What a test asks for."""
        what = asked.pop("what")
        if what == "fault":
            kind = asked.pop("kind")
            if kind == "reload" and "command" not in asked:
                self.reload(asked.get("down", 1))
                return None
            if kind == "lose_acl" and "command" not in asked:
                self.config.access_lists.clear()
                return None
            self.faults.add(kind, asked)
            self._set_flash()
        elif what == "clear_faults":
            self.faults.clear()
            self._set_flash()
        elif what == "release":
            self.faults.release()
        elif what == "held":
            return self.faults.held
        elif what == "left":
            return self.left()
        elif what == "said":
            return self.said
        elif what == "up":
            self._down_until = 0.0
            self._booted = min(self._booted, time.monotonic())
        elif what == "session":
            return self.new_iosp_session(asked["seconds"])
        elif what == "sessions":
            return self.sessions.count()
        elif what == "applets":
            return self.events.history
        elif what == "exported":
            return str(self.folder / "exported")
        elif what == "active":
            return sorted(name for name, point in list(self.points.items()) if point.active)
        else:
            raise ValueError(f"no such question: {what}")
        return None

    def _set_flash(self) -> None:
        full, wrong = self.faults.of_device("flash_full"), self.faults.of_device("wrong_size")
        self.flash.free_limit = full.get("free", 0) if full else None
        self.flash.reported_extra = wrong.get("extra", 1) if wrong else 0


def main() -> None:
    device = Device(json.loads(sys.stdin.readline()))
    told: dict = {"socket": str(listener.start(device))}
    if device.ssh["enabled"]:
        told |= ssh_server.start(device)
    device.is_started = True
    print(json.dumps(told), flush=True)
    sys.stdin.read()
    device.guestshell.close()
    device.sessions.close_all()
    for point in list(device.points.values()):
        point.stop()
    device.sessions.wait(2)
    os._exit(0)  # threads that wait for a client hold nothing


if __name__ == "__main__":
    threading.excepthook = lambda problem: (sys.__excepthook__(*problem[:3]), os._exit(3))
    main()
