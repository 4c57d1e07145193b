"""The laboratory: a cable, a generator at its far end, and a counter for the files. The networks have
no names, so that nothing collides, and nothing is left however the bench ends."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import net

from . import processes

GENERATOR = Path("build/release/bench/generator/xpc-generator")
COUNTER = Path("build/release/bench/generator/xpc-count")

# Bytes of a frame by the generator's name of its size; IMIX is 64, 570 and 1,514 as 7:4:1.
FRAME_BYTES = {"64": 64.0, "570": 570.0, "1514": 1514.0, "imix": (7 * 64 + 4 * 570 + 1514) / 12}
RECORD_BYTES = 44  # at most, of a file's format for each frame: pcapng's packet block, with padding
KEPT_FREE_BYTES = 4 << 30


@dataclass(frozen=True)
class Traffic:
    size: str
    rate: int = 0  # frames a second; 0: as fast as the generator can
    count: int | None = None
    seconds: int | None = None
    flows: int = 1

    def arguments(self) -> list[str]:
        made = ["--size", self.size, "--rate", str(self.rate), "--flows", str(self.flows)]
        made += ["--count", str(self.count)] if self.count else []
        return made + (["--seconds", str(self.seconds)] if self.seconds else [])

    def file_bytes(self, full_rate: float) -> float:
        """What a file of all of it takes, where the generator's full rate is `full_rate`."""
        frames = self.count or (self.rate or full_rate) * (self.seconds or 0)
        return frames * (FRAME_BYTES[self.size] + RECORD_BYTES)


@dataclass
class Sent:
    sent: int
    bytes: int
    seconds: float
    rate: float
    refused: int
    kernel_seconds: float  # sending, and what all captures do before a frame is in their ring


@dataclass
class Counted:
    """What xpc-count finds in a file."""
    frames: int
    distinct: int
    other: int
    duplicates: int
    gaps: int
    missing: int
    disorder: int
    first: int
    last: int
    first_time_ns: int
    last_time_ns: int
    captured_bytes: int
    cut: bool


class Lab:
    """To be made once, in a process without threads: it moves to a network of its own."""

    def __init__(self, folder: Path) -> None:
        net.isolate()
        self.cable = net.Cable(near="bench0")
        self.interface = self.cable.near
        self.folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        self._full_rates: dict[str, float] = {}

    def close(self) -> None:
        for process in self._running:
            processes.end(process)
        self._running.clear()

    def start(self, traffic: Traffic) -> subprocess.Popen[bytes]:
        command = [str(GENERATOR.absolute()), "--interface", self.cable.far, *traffic.arguments()]
        with self.cable.peer.inside():
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       start_new_session=True, preexec_fn=processes.die_with_parent)
        self._running.append(process)
        return process

    def finish(self, process: subprocess.Popen[bytes], stop: bool = False,
               meanwhile: Callable[[], None] | None = None) -> Sent:
        """Waits for its end, or stops it. `meanwhile` is called every 50 ms."""
        while meanwhile and process.poll() is None:
            meanwhile()
            time.sleep(0.05)
        if stop:
            process.terminate()
        out, _ = process.communicate()
        self._running.remove(process)
        if process.returncode != 0:
            raise processes.Unusable(f"xpc-generator failed with code {process.returncode}")
        return Sent(**json.loads(out))

    def send(self, traffic: Traffic, meanwhile: Callable[[], None] | None = None) -> Sent:
        return self.finish(self.start(traffic), meanwhile=meanwhile)

    def full_rate(self, size: str, seconds: int) -> float:
        """What the generator can send while nobody captures."""
        if size not in self._full_rates:
            self._full_rates[size] = self.send(Traffic(size, seconds=seconds)).rate
        return self._full_rates[size]

    def count(self, files: list[Path]) -> list[Counted]:
        done = subprocess.run([str(COUNTER), *map(str, files)], capture_output=True, text=True)
        if done.returncode != 0:
            raise processes.Unusable(done.stderr.strip()[:200] or "xpc-count failed")
        lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
        return [Counted(**line) for line in lines]

    def need_room(self, traffic: Traffic, full_rate: float) -> None:
        free = shutil.disk_usage(self.folder).free
        wanted = traffic.file_bytes(full_rate)
        if wanted + KEPT_FREE_BYTES > free:
            raise processes.Unusable(f"needs {wanted / 1e9:.0f} GB and {KEPT_FREE_BYTES / 1e9:.0f} GB to spare, "
                                     f"and {free / 1e9:.0f} GB are free")

    def readers(self) -> int:
        """Packet sockets of this network that take every protocol and are bound; /proc/net/packet."""
        rows = Path(f"/proc/{os.getpid()}/net/packet").read_text().splitlines()[1:]
        return sum(1 for row in rows if row.split()[3] == "0003" and row.split()[5] == "1")
