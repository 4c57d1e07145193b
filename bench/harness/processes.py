"""Child processes: started so that none outlives the bench, measured, and ended by their own id."""

import ctypes
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1  # linux/prctl.h

_libc = ctypes.CDLL(None)
_TICKS = os.sysconf("SC_CLK_TCK")


class Unusable(Exception):
    """What was to be measured could not be: the reason goes into the table."""


def die_with_parent() -> None:
    """In the child, before it becomes the program: also a bench that is killed leaves nothing."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command: list[str], log: Path, environment: dict[str, str] | None = None, stdin: IO[bytes] | None = None,
          stdout: IO[bytes] | int | None = None) -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C in the terminal is for the bench, which ends its children in order.
    What it says goes to `log`, and what it reads is nothing, unless told otherwise."""
    with open(log, "wb") as out:
        try:
            return subprocess.Popen(command, stdin=stdin or subprocess.DEVNULL, stdout=stdout or out, stderr=out,
                                    env=environment, start_new_session=True, preexec_fn=die_with_parent)
        except OSError as failure:
            raise Unusable(f"{command[0]} does not start: {failure.strerror}") from failure


def end(process: subprocess.Popen[bytes], gently: int = signal.SIGINT, patience: float = 30) -> None:
    """`gently`, and when that does not help in time, for good."""
    if process.poll() is None:
        process.send_signal(gently)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass
class Usage:
    """What a process has used since it began."""
    user_seconds: float
    system_seconds: float

    @property
    def seconds(self) -> float:
        return self.user_seconds + self.system_seconds

    def __sub__(self, before: "Usage") -> "Usage":
        return Usage(self.user_seconds - before.user_seconds, self.system_seconds - before.system_seconds)

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.user_seconds + other.user_seconds, self.system_seconds + other.system_seconds)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state (field 3) on; proc(5)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def usage(pid: int) -> Usage:
    """Of all threads together, also of those that have ended."""
    fields = _stat(pid)
    return Usage(int(fields[11]) / _TICKS, int(fields[12]) / _TICKS)


def memory_kib(pid: int) -> dict[str, int]:
    """VmRSS, what is resident now; RssAnon and RssFile, of which that is; and VmHWM, the most that ever was.
    Nothing of a process that has ended."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)
            if name in ("VmRSS", "VmHWM", "RssAnon", "RssFile")}


def collect(process: subprocess.Popen[bytes], patience: float) -> tuple[Usage, int]:
    """Waits for its end. What it and the children it has waited for used, and the most that was resident of it in
    KiB. That is sampled: the kernel's own account (ru_maxrss) begins with what the bench had when it forked."""
    ended = os.pidfd_open(process.pid)
    deadline = time.monotonic() + patience
    resident = 0
    try:
        while not select.select([ended], [], [], 0.02)[0]:
            resident = max(resident, memory_kib(process.pid).get("VmHWM", 0))
            if time.monotonic() > deadline:
                end(process)
                raise Unusable(f"it did not end within {patience:.0f} s")
    finally:
        os.close(ended)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(used.ru_utime, used.ru_stime), resident


def resting(pid: int) -> bool:
    """No thread runs, or waits for the disk."""
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            if stat.read_text().rpartition(")")[2].split()[0] in "RD":
                return False
        except OSError:
            continue  # the thread has ended meanwhile
    return True


def wait_until(what: str, condition: Callable[[], bool], patience: float) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise Unusable(f"waited {patience:.0f} s in vain for {what}")
        time.sleep(0.02)


def wait_until_steady(state: Callable[[], object], pids: list[int], steady: float, patience: float = 60) -> None:
    """Until `state()` has not changed for `steady` seconds in which no thread of `pids` was busy: what a
    program still had in its ring and buffers is in its file. Programs that never rest are given up on."""
    deadline = time.monotonic() + patience
    last, since = state(), time.monotonic()
    while time.monotonic() - since < steady and time.monotonic() < deadline:
        time.sleep(0.05)
        now = state()
        if now != last or not all(resting(pid) for pid in pids):
            last, since = now, time.monotonic()


def tail(log: Path) -> str:
    """The last line that a program wrote, for the table."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1][:160] if lines else "no output"
