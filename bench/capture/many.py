"""What many overlapping captures cost over one. Half of them want a source each and half a destination
each, so that every frame is wanted by two."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.harness.lab import Traffic
from bench.harness.report import Step, rate, share, verdict
from bench.harness.server import OURS

from .bench import Bench
from .recorders import Recorder, tcpdump, tcpdumps
from .trial import Trial, attempt
from .xepacketcap import Xepacketcap

RATE = 100_000
SIZE = "imix"
GOAL = "≤ 4 × one job"


def flow_count(bench: Bench) -> int:
    """Each is wanted by two jobs."""
    return bench.plan.many_jobs // 2


def source(flow: int) -> str:
    """The generator's, see frames.hpp."""
    return f"10.99.{(flow + 1) >> 8}.{(flow + 1) & 255}"


def destination(flow: int) -> str:
    return f"10.98.{(flow + 1) >> 8}.{(flow + 1) & 255}"


def jobs(flows: int) -> Recorder:
    wanted: list[dict[str, Any]] = [{"src": source(f), "bidirectional": False} for f in range(flows)]
    wanted += [{"dst": destination(f), "bidirectional": False} for f in range(flows)]
    return Xepacketcap(*wanted)


def filters(flows: int) -> list[str]:
    return ([f"udp and src host {source(f)}" for f in range(flows)]
            + [f"udp and dst host {destination(f)}" for f in range(flows)])


@dataclass
class Made:
    """By one program, once with one filter and once with many, in each round."""
    single: list[Trial] = field(default_factory=list)
    several: list[Trial] = field(default_factory=list)
    failure: str = ""

    def seconds(self) -> tuple[float, float]:
        return median(t.cpu_seconds for t in self.single), median(t.cpu_seconds for t in self.several)


def rounds(bench: Bench, one: Recorder, several: Recorder) -> Made:
    traffic = Traffic(SIZE, rate=RATE, seconds=bench.plan.many_seconds, flows=flow_count(bench))
    made = Made()
    for _ in range(bench.plan.many_rounds):
        for recorder, trials in ((one, made.single), (several, made.several)):
            tried = attempt(bench.lab, recorder, traffic)
            if isinstance(tried, str):
                made.failure = tried
                return made
            trials.append(tried)
    return made


def lost_share(trials: list[Trial], wanted: int) -> float:
    """Of all rounds together, where each frame is wanted so often."""
    sent = sum(t.sent.sent for t in trials) * wanted
    return (sent - sum(t.kept for t in trials)) / sent


def sent_rate(trials: list[Trial]) -> str:
    return rate(median(t.sent.rate for t in trials))


def tell(bench: Bench, step: Step, program: str, made: Made, goal: str) -> None:
    step.raw += made.single + made.several
    jobs_of_it = flow_count(bench) * 2
    if made.failure:
        step.not_run(f"{program}, {jobs_of_it}", made.failure, goal)
        return
    single, several = made.seconds()
    ratio = several / max(single, 0.01)
    step.add(f"{program}, 1", f"{single:.2f} s", note=f"IMIX at {sent_rate(made.single)} for "
             f"{bench.plan.many_seconds} s; lost {share(lost_share(made.single, 1))}")
    step.add(f"{program}, {jobs_of_it}", f"{several:.2f} s", ratio=f"{ratio:.2f} × one", goal=goal,
             verdict=verdict(ratio <= 4) if goal else "", note=f"at {sent_rate(made.several)}; every frame wanted twice; "
             f"lost {share(lost_share(made.several, 2))}")


def many(bench: Bench) -> Step:
    step = Step("many")
    flows = flow_count(bench)
    theirs = rounds(bench, tcpdump(), tcpdumps(filters(flows)))
    ours = rounds(bench, Xepacketcap(), jobs(flows))
    tell(bench, step, tcpdump().name, theirs, "")
    tell(bench, step, OURS, ours, GOAL)
    if not ours.failure and not theirs.failure:
        step.rows[-1].note += f"; {ours.seconds()[1] / max(theirs.seconds()[1], 0.01):.2f} × that many tcpdumps"
    return step
