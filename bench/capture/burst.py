"""What is lost of a burst at the generator's full speed."""

from functools import partial
from statistics import median

from bench.harness.lab import Traffic
from bench.harness.report import Step, rate, share, verdict
from bench.harness.server import OURS

from .bench import Bench
from .trial import Trial, attempt


def burst_of(name: str, size: str, goal: str, bench: Bench) -> Step:
    step = Step(name)
    losses: dict[str, float] = {}
    notes: dict[str, str] = {}
    for recorder in bench.all_programs():
        tried = []
        for _ in range(bench.plan.burst_rounds):
            tried.append(attempt(bench.lab, recorder, Traffic(size, count=bench.plan.burst_frames)))
            if isinstance(tried[-1], str):
                break
        made = [t for t in tried if isinstance(t, Trial)]
        step.raw += made
        if not made:
            step.not_run(recorder.name, str(tried[-1]), goal if recorder.name == OURS else "")
            continue
        losses[recorder.name] = median(t.lost_share for t in made)
        notes[recorder.name] = (f"of {bench.plan.burst_frames:,} frames at {rate(median(t.sent.rate for t in made))}"
                                + (f"; then {tried[-1]}" if isinstance(tried[-1], str) else ""))
    best = min((loss for program, loss in losses.items() if program != OURS), default=None)
    for program, loss in losses.items():
        note = notes[program]
        if program != OURS:
            step.add(program, f"lost {share(loss)}", note=note)
            continue
        met = loss == 0 if goal == "none lost" else loss == 0 or (best is not None and loss <= best)
        step.add(program, f"lost {share(loss)}", ratio=f"{loss / best:.2f} × best" if best else "", goal=goal,
                 verdict=verdict(met), note=note)
    return step


burst = partial(burst_of, "burst", "1514", "none lost")
burst64 = partial(burst_of, "burst64", "64", "none, or ≤ the best")
burst_imix = partial(burst_of, "burst-imix", "imix", "none, or ≤ the best")
