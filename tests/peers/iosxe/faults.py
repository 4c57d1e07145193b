"""What a device is told to do wrong, by `Device.fault()` of a test.

Of one command (`command`: a regular expression that is looked for in the line; `times`: how often,
1 unless said otherwise, 0 for always):
  refuse   reply            answers with that text, and does nothing
  hang     when, hard       "before" or "after" it is done, no answer and no prompt; Ctrl-C and Ctrl-^ help, unless hard
  hold     when             "before" or "after" it is done, waits until `release`; what the client does meanwhile
                            is noticed as at any time
  delay    seconds          before it is done
  cut      after            closes the connection after so many bytes of the answer (the echo is none of it)
  reload   down             in place of it, the device starts again, and takes no connections for so many seconds
  syslog   line             a line of the log in the middle of the answer
  lose_acl                  after it, all access lists are gone
Of the device, until it is taken back by `clear_faults()`:
  lines_full   how          "refuse": connections are closed at once; "text": after the login, with a message
  no_session                every dohost answers that it has none
  slow         chunk, pause all output in pieces of so many bytes, so many seconds apart
  flash_full   free         so many bytes are free
  truncate     bytes        exported files lack their last bytes, and nothing says so
  wrong_size   extra        `dir` shows files as so many bytes longer
  drop         every        each so-many-th packet is dropped, and counted
  max_captures count
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

OF_A_COMMAND = {"refuse", "hang", "hold", "delay", "cut", "reload", "syslog", "lose_acl"}
OF_THE_DEVICE = {"lines_full", "no_session", "slow", "flash_full", "truncate", "wrong_size", "drop", "max_captures"}


@dataclass
class Fault:
    kind: str
    values: dict
    times: int

    def get(self, name: str, default=None):
        return self.values.get(name, default)


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Fault] = []
        self._released = 0
        self.held = 0  # so many commands wait

    def add(self, kind: str, values: dict) -> None:
        if kind not in OF_A_COMMAND | OF_THE_DEVICE:
            raise ValueError(f"no such fault: {kind}")
        if kind in OF_A_COMMAND and "command" not in values:
            raise ValueError(f"{kind}: of which command?")
        with self._lock:
            self._all.append(Fault(kind, values, values.get("times", 1 if kind in OF_A_COMMAND else 0)))

    def clear(self) -> None:
        with self._lock:
            self._all.clear()

    def release(self) -> None:
        """What waits goes on, and nothing is held from now on."""
        with self._lock:
            self._all = [fault for fault in self._all if fault.kind != "hold"]
            self._released += 1

    def hold(self, line: str, when: str, pause: Callable[[float], None]) -> None:
        """`pause` waits for so many seconds, unless its client goes."""
        with self._lock:
            fault = self._find("hold", line, when)
            if not fault:
                return
            self._count(fault)
            released = self._released
            self.held += 1
        try:
            while self._released == released:
                pause(0.02)
        finally:
            with self._lock:
                self.held -= 1

    def of_command(self, kind: str, line: str) -> Fault | None:
        """Counts as one of its times."""
        with self._lock:
            fault = self._find(kind, line)
            if fault:
                self._count(fault)
            return fault

    def _find(self, kind: str, line: str, when: str = "") -> Fault | None:
        for fault in self._all:
            if fault.kind == kind and re.search(fault.values["command"], line, re.IGNORECASE) and \
                    when in ("", fault.get("when", "before")):
                return fault
        return None

    def _count(self, fault: Fault) -> None:
        if fault.times == 1:
            self._all.remove(fault)
        fault.times -= fault.times > 0

    def of_device(self, kind: str) -> Fault | None:
        with self._lock:
            return next((fault for fault in reversed(self._all) if fault.kind == kind), None)
