"""What is resident, idle and while frames come at full rate."""

import time
from dataclasses import dataclass

from bench.harness import processes
from bench.harness.lab import Traffic
from bench.harness.processes import Unusable
from bench.harness.report import Step, share, verdict
from bench.harness.server import MEMORY_MIB, OURS, serving

from .bench import Bench
from .trial import Trial, attempt
from .xepacketcap import Xepacketcap

IDLE_GOAL_MIB = 20
FULL_GOAL_MIB = MEMORY_MIB + 24


@dataclass
class Idle:
    resident_kib: int
    most_resident_kib: int


def idle(bench: Bench, step: Step) -> None:
    goal = f"≤ {IDLE_GOAL_MIB} MiB"
    try:
        with serving(bench.lab) as server:
            server.get("/healthz")
            time.sleep(1)
            found = processes.memory_kib(server.pid)
    except Unusable as reason:
        step.not_run(f"{OURS}, idle", str(reason), goal)
        return
    step.raw.append(Idle(found["VmRSS"], found["VmHWM"]))
    mib = found["VmRSS"] / 1024
    step.add(f"{OURS}, idle", f"{mib:.1f} MiB", ratio=f"{mib / IDLE_GOAL_MIB:.2f} × goal", goal=goal,
             verdict=verdict(mib <= IDLE_GOAL_MIB), note="VmRSS a second after the start")


def full_rate(bench: Bench, step: Step) -> None:
    goal = f"≤ {FULL_GOAL_MIB} MiB"
    for recorder in (*bench.others(), Xepacketcap()):
        ours = recorder.name == OURS
        traffic = Traffic("1514", seconds=bench.plan.memory_seconds)
        made = attempt(bench.lab, recorder, traffic, bench.full_rate("1514"))
        if not isinstance(made, Trial):
            step.not_run(f"{recorder.name}, full rate", made, goal if ours else "")
            continue
        step.raw.append(made)
        mib = made.most_resident_kib / 1024
        step.add(f"{recorder.name}, full rate", f"{mib:.1f} MiB", ratio=f"{mib / FULL_GOAL_MIB:.2f} × goal" if ours else "",
                 goal=goal if ours else "", verdict=verdict(mib <= FULL_GOAL_MIB) if ours else "",
                 note=f"VmHWM; 1,514 bytes at {made.sent.rate:,.0f}/s; lost {share(made.lost_share)}")


def memory(bench: Bench) -> Step:
    step = Step("memory")
    idle(bench, step)
    full_rate(bench, step)
    return step
