"""From the request to stop a capture, while frames still come, to an object that can be read."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench.harness import processes
from bench.harness.lab import Traffic
from bench.harness.processes import Unusable
from bench.harness.report import Step
from bench.harness.server import OURS, request, serving
from bench.harness.tcpdump import TCPDUMP

from .bench import Bench
from .clients import aws

FRAME_BYTES = 1514
FRAMES_A_SECOND = 66_050  # 100 MB/s
LONGEST_BEYOND = 20  # seconds that the generator would go on, where nobody stops it

PATIENCE = 120.0


@dataclass
class Stopped:
    """`share` is of the bytes that the generator was to have sent before the stop; the object has its format's heads
    beside."""
    program: str
    round: int
    seconds: float
    object_bytes: int
    share: float
    delivered_seconds: float | None = None  # until the server said so; seen every 20 ms


class Capture:
    """What is sent to it, for as long as the plan says, and then on until it is stopped."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.seconds = bench.plan.stop_bytes / (FRAME_BYTES * FRAMES_A_SECOND)
        self._stream = bench.lab.start(Traffic("1514", rate=FRAMES_A_SECOND,
                                               seconds=int(self.seconds) + LONGEST_BEYOND))
        time.sleep(self.seconds)
        self.stop_time = time.monotonic()

    def stopped(self) -> None:
        """The capture has been told to stop."""
        self._stream.terminate()

    def readable(self, program: str, number: int, key: str) -> Stopped:
        self._bench.store.wait_for(key, PATIENCE)
        seconds = time.monotonic() - self.stop_time
        self._bench.lab.finish(self._stream)
        size = self._bench.store.size_of(key) or 0
        return Stopped(program, number, seconds, size, size / self._bench.plan.stop_bytes)


def xepacketcap(bench: Bench, number: int) -> Stopped:
    with serving(bench.lab, bench.store.variables) as server:
        job = server.begin(request(bench.lab.interface) | {"bucket": bench.store.bucket})
        job = server.wait_for(job, "running", lambda j: j["state"] == "running")
        try:
            capture = Capture(bench)
            server.stop(job)
            capture.stopped()
            found = capture.readable(OURS, number, job["url"].rpartition("/")[2])
            server.delivered(job)
            found.delivered_seconds = time.monotonic() - capture.stop_time
            return found
        finally:
            bench.lab.close()


def listening(bench: Bench, command: list[str], log: Path, stdout: int | None = None) -> subprocess.Popen[bytes]:
    before = bench.lab.readers()
    process = processes.start(command, log, stdout=stdout)
    try:
        processes.wait_until("tcpdump to listen", lambda: bench.lab.readers() > before, 20)
    except Unusable:
        processes.end(process)
        raise
    time.sleep(0.3)  # the socket is there before the filter is
    return process


def tcpdump(bench: Bench, file: str) -> list[str]:
    words = {"INTERFACE": bench.lab.interface, "FILE": file, "FILTER": "udp and dst port 9999"}
    return [words.get(word, word) for word in TCPDUMP]


def finished(process: subprocess.Popen[bytes], log: Path) -> None:
    if process.wait(PATIENCE) != 0:
        raise Unusable(f"aws s3 cp ended with code {process.returncode}: {processes.tail(log)}")


def then_uploaded(bench: Bench, number: int) -> Stopped:
    folder = bench.lab.folder
    client, key, file = aws(bench.store, folder), f"then-{number}", folder / "then.pcap"
    recorder = listening(bench, tcpdump(bench, str(file)), folder / "tcpdump.log")
    try:
        capture = Capture(bench)
        recorder.send_signal(signal.SIGINT)
        capture.stopped()
        recorder.wait(PATIENCE)
        log = folder / "aws.log"
        finished(processes.start(client.command(client.from_file, file, key), log, client.environment), log)
        return capture.readable("tcpdump, then aws s3 cp", number, key)
    finally:
        processes.end(recorder)
        bench.lab.close()
        file.unlink(missing_ok=True)


def streamed(bench: Bench, number: int) -> Stopped:
    folder = bench.lab.folder
    client, key, log = aws(bench.store, folder), f"streamed-{number}", folder / "aws.log"
    recorder = listening(bench, tcpdump(bench, "-"), folder / "tcpdump.log", subprocess.PIPE)
    uploader = processes.start(client.command(client.from_pipe, Path(), key), log, client.environment,
                               stdin=recorder.stdout)
    try:
        assert recorder.stdout
        recorder.stdout.close()  # the uploader has it
        capture = Capture(bench)
        recorder.send_signal(signal.SIGINT)
        capture.stopped()
        finished(uploader, log)
        return capture.readable("tcpdump, into aws s3 cp", number, key)
    finally:
        processes.end(recorder)
        processes.end(uploader)
        bench.lab.close()


def stops(name: str, other: Callable[[Bench, int], Stopped], goal: float, bench: Bench) -> Step:
    step = Step(name)
    made: list[list[Stopped]] = [[], []]
    programs = [xepacketcap, other]
    for number in range(bench.plan.rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            made[which].append(programs[which](bench, number))
            step.raw.append(made[which][-1])
            bench.store.clear()
    ours, theirs = (median(one.seconds for one in some) for some in made)
    for which, seconds in ((1, theirs), (0, ours)):
        some = made[which]
        low, high = min(one.seconds for one in some), max(one.seconds for one in some)
        note = (f"from {low:.2f} to {high:.2f}; objects of {median(one.object_bytes for one in some) / (1 << 20):.0f} MiB, "
                f"{median(one.share for one in some):.0%} of what was to come")
        if which == 1:
            step.add(some[0].program, f"{seconds:.2f} s", note=note)
        else:
            bench.judge(step, OURS, f"{seconds:.2f} s", f"{ours / theirs:.3f} × it", f"≤ {goal} × it",
                        ours <= goal * theirs, note)
    return step


stop = partial(stops, "stop", then_uploaded, 0.1)
stop_streamed = partial(stops, "stop-streamed", streamed, 0.5)
