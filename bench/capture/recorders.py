"""What all programs that capture have in common, and the ones that are started from a command line."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bench.harness import processes
from bench.harness.lab import Lab
from bench.harness.processes import Unusable, Usage
from bench.harness.tcpdump import TCPDUMP


# tcpdump lets the kernel hold a block that is not full for a second, and loses it where it is stopped before.
LONGEST_HELD_SECONDS = 1.3


@dataclass
class Kept:
    """A recording that has ended: its files (for the caller to count and delete) and what it cost."""
    files: list[Path]
    usage: Usage
    most_resident_kib: int
    said: dict[str, Any] = field(default_factory=dict)  # what the program says of itself


class Recording(Protocol):
    """A capture that has begun: all that is sent from now on should be in its files."""

    def sample(self) -> None:
        """Called now and then while frames are sent."""

    def finish(self) -> Kept:
        """Lets the program write what it holds, and ends the capture."""


class Recorder(Protocol):
    name: str

    @contextmanager
    def record(self, lab: Lab) -> Iterator[Recording]:
        """Files and processes are gone afterwards, also where something failed."""


def size_of(files: list[Path]) -> int:
    return sum(file.stat().st_size for file in files if file.exists())


class CommandLineRecording:
    """One process for each command, and one file for each process."""

    def __init__(self, lab: Lab, commands: list[list[str]], files: list[Path], log: Path) -> None:
        self._files = files
        self._log = log
        before = lab.readers()
        self._processes = [processes.start(command, log) for command in commands]
        try:
            processes.wait_until(f"{commands[0][0]} to listen",
                                 lambda: self._alive() and lab.readers() >= before + len(commands), 20)
            time.sleep(0.3)  # the socket is there before the filter is, and nothing tells when that is
            self._alive()
        except BaseException:
            self.close()
            raise
        self._began = [processes.usage(p.pid) for p in self._processes]

    def _alive(self) -> bool:
        for process in self._processes:
            if process.poll() is not None:
                raise Unusable(f"it ended with code {process.returncode}: {processes.tail(self._log)}")
        return True

    def sample(self) -> None:
        pass

    def finish(self) -> Kept:
        self._alive()
        pids = [p.pid for p in self._processes]
        processes.wait_until_steady(lambda: size_of(self._files), pids, LONGEST_HELD_SECONDS)
        self._alive()
        used = Usage(0, 0)
        resident = 0
        for process, began in zip(self._processes, self._began):
            used = used + (processes.usage(process.pid) - began)
            resident += processes.memory_kib(process.pid).get("VmHWM", 0)
        for process in self._processes:
            processes.end(process)
        return Kept(self._files, used, resident, {"says": self._log.read_text(errors="replace")[-400:]})

    def close(self) -> None:
        for process in self._processes:
            processes.end(process, patience=5)
        for file in self._files:
            file.unlink(missing_ok=True)


class CommandLine:
    """A program that writes what one filter lets through to one file. In its command, INTERFACE, FILE and
    FILTER stand for the real ones."""

    def __init__(self, name: str, command: list[str], suffix: str = ".pcap", filters: list[str] | None = None) -> None:
        self.name = name
        self._command = command
        self._suffix = suffix
        self._filters = filters or ["udp and dst port 9999"]

    def _filled_in(self, lab: Lab, file: Path, expression: str) -> list[str]:
        words = {"INTERFACE": lab.interface, "FILE": str(file), "FILTER": expression}
        return [words.get(word, word) for word in self._command]

    @contextmanager
    def record(self, lab: Lab) -> Iterator[Recording]:
        if not shutil.which(self._command[0]):
            raise Unusable(f"{self._command[0]} is not installed")
        files = [lab.folder / f"{self.name}-{n}{self._suffix}" for n in range(len(self._filters))]
        commands = [self._filled_in(lab, file, f) for file, f in zip(files, self._filters)]
        recording = CommandLineRecording(lab, commands, files, lab.folder / f"{self.name}.log")
        try:
            yield recording
        finally:
            recording.close()


# A buffer of 64 MiB for each, as for tcpdump; everything else as it comes.
DUMPCAP = ["dumpcap", "-q", "-i", "INTERFACE", "-B", "64", "-f", "FILTER", "-w", "FILE"]
# Without --no-sock-mem it would change the machine's settings for sockets.
NETSNIFF = ["netsniff-ng", "--in", "INTERFACE", "--out", "FILE", "--ring-size", "64MiB", "--silent", "--no-sock-mem",
            "--filter", "FILTER"]


def tcpdumps(filters: list[str]) -> CommandLine:
    return CommandLine(f"{len(filters)} tcpdumps", TCPDUMP, filters=filters)


def tcpdump() -> CommandLine:
    return CommandLine("tcpdump", TCPDUMP)


def others() -> list[CommandLine]:
    """Whom xepacketcap is compared with."""
    return [tcpdump(), CommandLine("dumpcap", DUMPCAP, ".pcapng"), CommandLine("netsniff-ng", NETSNIFF)]
