"""What many overlapping captures cost over one. Half of them want a source each and half a destination
each, so that every frame is wanted by two."""

from typing import Any

from bench.harness.lab import Traffic
from bench.harness.report import Step, share, verdict
from bench.harness.server import OURS

from .bench import Bench
from .recorders import Recorder, tcpdump, tcpdumps
from .trial import Trial, attempt
from .xepacketcap import Xepacketcap

RATE = 100_000
SIZE = "imix"
GOAL = "≤ 4 × one job"


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


def compare(bench: Bench, step: Step, one: Recorder, several: Recorder, goal: str) -> None:
    flows = bench.plan.many_jobs // 2
    traffic = Traffic(SIZE, rate=RATE, seconds=bench.plan.many_seconds, flows=flows)
    count = f"{flows * 2} {'jobs' if goal else 'tcpdumps'}"
    single = attempt(bench.lab, one, traffic)
    many = attempt(bench.lab, several, traffic)
    step.raw += [made for made in (single, many) if isinstance(made, Trial)]
    if isinstance(single, str) or isinstance(many, str):
        why = single if isinstance(single, str) else many
        step.not_run(f"{one.name}, {count}", str(why), goal)
        return
    # Every frame is wanted twice by many.
    lost = (many.sent.sent * 2 - many.kept) / (many.sent.sent * 2)
    ratio = many.cpu_seconds / max(single.cpu_seconds, 0.01)
    step.add(f"{one.name}, 1", f"{single.cpu_seconds:.2f} s", note=f"IMIX at {single.sent.rate:,.0f}/s for "
             f"{traffic.seconds} s; lost {share(single.lost_share)}")
    step.add(f"{one.name}, {flows * 2}", f"{many.cpu_seconds:.2f} s", ratio=f"{ratio:.2f} × one", goal=goal,
             verdict=verdict(ratio <= 4) if goal else "", note=f"at {many.sent.rate:,.0f}/s; every frame wanted twice; "
             f"lost {share(lost)}")


def many(bench: Bench) -> Step:
    step = Step("many")
    flows = bench.plan.many_jobs // 2
    compare(bench, step, tcpdump(), tcpdumps(filters(flows)), "")
    compare(bench, step, Xepacketcap(), jobs(flows), GOAL)
    ours, theirs = ([t.cpu_seconds for t in step.raw if t.program.endswith(name)] for name in (OURS, "tcpdumps"))
    if len(ours) == 2 and theirs:
        step.rows[-1].note += f"; {ours[1] / max(theirs[0], 0.01):.2f} × that many tcpdumps"
    return step
