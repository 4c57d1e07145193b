"""How long a read takes while a capture runs as fast as the generator sends, and whether that costs the capture a packet.

The reader asks for a job of its own 200 times a second, on one connection. By turns: the reader alone, the capture with the
reader, the capture alone; the last one says whether a packet that is lost was lost by the reader."""

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles

from bench.harness.lab import Sent, Traffic
from bench.harness.processes import Unusable
from bench.harness.report import Step, share
from bench.harness.server import OURS, Server, request, serving

from .bench import Bench

READS_A_SECOND = 200
FRAME = "1514"
GOAL = 5


@dataclass
class Beside:
    idle_us: list[float] = field(default_factory=list)
    loaded_us: list[float] = field(default_factory=list)
    lost_with: list[int] = field(default_factory=list)
    lost_without: list[int] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)


def p99(microseconds: list[float]) -> float:
    return quantiles(microseconds, n=100)[98]


class Reader:
    def __init__(self, server: Server, path: str) -> None:
        self._connection = http.client.HTTPConnection(*server.address, timeout=30)
        self._path = path

    def read(self) -> float:
        began = time.perf_counter_ns()
        self._connection.request("GET", self._path)
        reply = self._connection.getresponse()
        reply.read()
        if reply.status != 200:
            raise Unusable(f"a read got {reply.status}")
        return (time.perf_counter_ns() - began) / 1000

    def read_while(self, goes_on: Callable[[], bool]) -> list[float]:
        found = []
        due = time.monotonic()
        while goes_on():
            found.append(self.read())
            due = max(due + 1 / READS_A_SECOND, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))
        return found

    def close(self) -> None:
        self._connection.close()


def capture(bench: Bench, server: Server, reader: Reader | None, found: Beside) -> None:
    job = server.begin(request(bench.lab.interface))
    server.wait_for(job, "running", lambda j: j["state"] == "running")
    generator = bench.lab.start(Traffic(FRAME, count=bench.plan.beside_frames))
    if reader:
        found.loaded_us += reader.read_while(lambda: generator.poll() is None)
    sent = bench.lab.finish(generator)
    server.wait_for(job, "the last frames", lambda j: j["counters"]["received"] >= sent.sent)
    server.stop(job)
    ended = server.delivered(job)
    server.remove(job)
    (found.lost_with if reader else found.lost_without).append(sent.sent - ended["counters"]["captured"])
    found.sent.append(sent)


def beside(bench: Bench) -> Step:
    step = Step("beside")
    found = Beside()
    bench.lab.need_room(Traffic(FRAME, count=bench.plan.beside_frames), 0)
    with serving(bench.lab) as server:
        old = server.delivered(server.begin(request(bench.lab.interface, duration=1)))
        reader = Reader(server, f"/api/v1/jobs/{old['id']}")
        for _ in range(bench.plan.beside_rounds):
            end = time.monotonic() + 5
            found.idle_us += reader.read_while(lambda: time.monotonic() < end)
            capture(bench, server, reader, found)
            capture(bench, server, None, found)
        reader.close()
    step.raw.append(found)
    idle, loaded = p99(found.idle_us), p99(found.loaded_us)
    rate = median(sent.rate for sent in found.sent)
    total = bench.plan.beside_frames * bench.plan.beside_rounds

    def note(reads: list[float]) -> str:
        return f"median {median(reads) / 1000:.2f} ms, at most {max(reads) / 1000:.1f} ms, of {len(reads):,} reads"

    step.add(f"{OURS}, idle", f"{idle / 1000:.2f} ms", ratio="1.00 × idle", note=note(found.idle_us))
    bench.judge(step, f"{OURS}, beside a capture", f"{loaded / 1000:.2f} ms", f"{loaded / idle:.2f} × idle", f"≤ {GOAL} × idle",
                loaded <= GOAL * idle, f"{note(found.loaded_us)}; {FRAME} bytes at {rate:,.0f}/s")
    lost, without = sum(found.lost_with), sum(found.lost_without)
    bench.judge(step, f"{OURS}, packets lost", share(lost / total), "", "none by it", lost <= without,
                f"of {total:,} with reads; {share(without / total)} without")
    return step
