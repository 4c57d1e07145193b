"""From sending POST to the first packet that is captured, on a stream with a packet every 50 µs."""

import time
from dataclasses import dataclass, field
from statistics import median

from bench.harness.lab import Traffic
from bench.harness.processes import Unusable
from bench.harness.report import Step, verdict
from bench.harness.server import OURS, Server, request, serving

from .bench import Bench

RATE = 20_000
GOAL_MS = 10.0
GOAL = "≤ 10 ms, median"


@dataclass
class Start:
    case: str
    milliseconds: list[float] = field(default_factory=list)
    post_milliseconds: list[float] = field(default_factory=list)  # until the reply was there
    resolution: str = "the time stamps of the capture file"


def one_start(bench: Bench, server: Server, found: Start) -> None:
    """Both clocks are this machine's CLOCK_REALTIME."""
    body = request(bench.lab.interface)
    asked = time.time_ns()
    job = server.begin(body)
    found.post_milliseconds.append((time.time_ns() - asked) / 1e6)
    server.wait_for(job, "running", lambda j: j["state"] == "running")
    # A ring gives a block to its reader when it is full or 100 ms old.
    server.wait_for(job, "its first packet", lambda j: j["counters"]["captured"] > 0)
    server.stop(job)
    file = server.object_file(server.delivered(job))
    counted = bench.lab.count([file])[0]
    server.remove(job)
    if not counted.frames:
        raise Unusable("a job captured nothing of a steady stream")
    found.milliseconds.append((counted.first_time_ns - asked) / 1e6)


def starts(bench: Bench, case: str, beside: bool) -> Start:
    found = Start(case)
    with serving(bench.lab) as server:
        stream = bench.lab.start(Traffic("64", rate=RATE))
        try:
            if beside:
                other = server.begin(request(bench.lab.interface))
                server.wait_for(other, "running", lambda j: j["state"] == "running")
            for _ in range(bench.plan.start_rounds):
                one_start(bench, server, found)
        finally:
            bench.lab.finish(stream, stop=True)
    return found


def start(bench: Bench) -> Step:
    step = Step("start")
    for case, beside in (("first job on an interface", False), ("job beside a running one", True)):
        try:
            found = starts(bench, case, beside)
        except Unusable as reason:
            step.not_run(f"{OURS}, {case}", str(reason), GOAL)
            continue
        step.raw.append(found)
        middle = median(found.milliseconds)
        step.add(f"{OURS}, {case}", f"{middle:.2f} ms", ratio=f"{middle / GOAL_MS:.2f} × goal", goal=GOAL,
                 verdict=verdict(middle <= GOAL_MS), note=f"{len(found.milliseconds)} jobs, from "
                 f"{min(found.milliseconds):.2f} to {max(found.milliseconds):.2f} ms; the reply to POST after "
                 f"{median(found.post_milliseconds):.2f} ms")
    return step
