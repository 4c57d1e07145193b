"""CPU seconds for a million packets that are in the file in the end."""

from bench.harness.lab import Traffic
from bench.harness.report import Step, share, verdict
from bench.harness.server import OURS

from .bench import Bench
from .recorders import Recorder
from .trial import Trial, attempt

LOADS = (("64", 300_000), ("1514", 100_000))
GOAL = "≤ 0.4 × tcpdump"


def per_million(made: Trial) -> float | None:
    return made.cpu_seconds / made.kept * 1e6 if made.kept else None


def one_load(bench: Bench, step: Step, size: str, frames_a_second: int) -> None:
    def run(recorder: Recorder) -> Trial | str:
        compared = recorder.name in ("tcpdump", OURS)
        seconds = bench.plan.cpu_seconds if compared else bench.plan.cpu_seconds_others
        return attempt(bench.lab, recorder, Traffic(size, rate=frames_a_second, seconds=seconds))

    results = {recorder.name: run(recorder) for recorder in bench.all_programs()}
    step.raw += [r for r in results.values() if isinstance(r, Trial)]
    reference = results.get("tcpdump")
    theirs = per_million(reference) if isinstance(reference, Trial) else None
    for program, made in results.items():
        goal = GOAL if program == OURS else ""
        cost = per_million(made) if isinstance(made, Trial) else None
        if isinstance(made, str) or cost is None:
            step.not_run(program, made if isinstance(made, str) else "kept nothing", goal)
            continue
        ratio = cost / theirs if theirs else None
        note = f"{size} bytes at {made.sent.rate:,.0f}/s; lost {share(made.lost_share)}"
        judged = verdict(ratio <= 0.4) if goal and ratio is not None else ""
        step.add(program, f"{cost:.3f} s/M", ratio=f"{ratio:.2f} × tcpdump" if ratio is not None else "", goal=goal,
                 verdict=judged, note=note)


def cpu(bench: Bench) -> Step:
    step = Step("cpu")
    for size, frames_a_second in LOADS:
        one_load(bench, step, size, frames_a_second)
    return step
