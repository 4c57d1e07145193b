"""The highest rate that a program keeps up without losing a frame, at 1,514 bytes, to a file on disk."""

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.harness.lab import Traffic
from bench.harness.processes import Unusable
from bench.harness.report import Step, rate, share, verdict
from bench.harness.server import OURS

from .bench import Bench
from .recorders import Recorder
from .trial import Trial, trial

SIZE = "1514"
GOAL = "≥ 4 × best, or the limit"

# The generator is at its limit where it sends less than this share of what it was asked for.
CLOSE_TO_ASKED = 0.97
RESOLUTION = 1.1  # a bisection ends when what is kept up and what is not are this close
LOWEST = 5_000.0
# A long run that lost less may have met a moment in which the host of a virtual machine gave it no processor, or no disk:
# it is run once more at the same rate, whoever's it is, where there is time for another one after that.
NEARLY_NONE = 0.01
FILE_BYTES = 1530  # of a frame, with what stands before it
# A file grows no faster than the disk, but for what the page cache takes besides.
BESIDE_THE_DISK = 1.3


def disk_rate(folder: Path) -> float:
    """Bytes a second; what no program can do better for long."""
    file = folder / "disk"
    blocks, block_bytes = 250, 8 << 20
    began = time.monotonic()
    done = subprocess.run(["dd", "if=/dev/zero", f"of={file}", f"bs={block_bytes}", f"count={blocks}", "oflag=direct",
                           "conv=fsync"], capture_output=True, text=True)
    took = time.monotonic() - began
    file.unlink(missing_ok=True)
    return blocks * block_bytes / took if done.returncode == 0 else 0.0


@dataclass
class Sustained:
    """`rate`: as sent in a run of full length without loss; 0 where there was none."""
    program: str
    rate: float = 0.0
    at_limit: bool = False
    run_seconds: int = 0
    trials: list[Trial] = field(default_factory=list)
    failure: str = ""


class Search:
    """For one program. The time is bounded by the plan. `fastest`: no file grows by more frames a second."""

    def __init__(self, bench: Bench, recorder: Recorder, share_seconds: float, fastest: float) -> None:
        self._bench = bench
        self._recorder = recorder
        self._fastest = fastest
        self._probes_end = time.monotonic() + min(bench.plan.probing_seconds, share_seconds / 2)
        self._ends = time.monotonic() + share_seconds
        self.found = Sustained(recorder.name)

    def run(self, asked: float, seconds: int) -> Trial:
        """`asked` 0: as fast as the generator can."""
        made = trial(self._bench.lab, self._recorder, Traffic(SIZE, rate=int(asked), seconds=seconds),
                     self._fastest)
        self.found.trials.append(made)
        return made

    def candidate(self) -> tuple[float, bool]:
        """The highest rate without loss in probes, and whether that is as fast as it goes."""
        plan = self._bench.plan
        fastest = self.run(0, plan.probe_seconds)
        if fastest.lost == 0:
            return fastest.sent.rate, True
        good, bad = 0.0, fastest.sent.rate
        # What it kept of too much is a fair guess at what it can keep.
        middle = max(LOWEST, fastest.kept / fastest.sent.seconds)
        for _ in range(plan.probes - 1):
            if (good and bad / good < RESOLUTION) or time.monotonic() > self._probes_end:
                break
            probe = self.run(min(middle, bad * 0.95), plan.probe_seconds)
            if probe.lost == 0:
                good = max(good, probe.sent.rate)
            else:
                bad = min(bad, probe.sent.rate)
            middle = (good * bad) ** 0.5 if good else bad / 2
            if middle < LOWEST:
                break
        return good or bad / 2, False

    def confirm(self, candidate: float, at_limit: bool) -> None:
        plan = self._bench.plan
        asked = 0.0 if at_limit else candidate
        longest = 0.0
        was_repeated = False
        for attempt in range(plan.confirms):
            if attempt and time.monotonic() + longest > self._ends:
                return
            began = time.monotonic()
            run = self.run(asked, plan.confirm_seconds)
            if run.lost == 0:
                self.found.rate = run.sent.rate
                self.found.run_seconds = plan.confirm_seconds
                self.found.at_limit = asked == 0 or run.sent.rate < asked * CLOSE_TO_ASKED
                return
            longest = max(longest, time.monotonic() - began)
            has_time_for_two = time.monotonic() + 2 * longest <= self._ends
            if run.lost_share < NEARLY_NONE and has_time_for_two and not was_repeated:
                was_repeated = True
                continue
            # The disk's cache fills in a long run: what then still went through is the next guess.
            asked = min(run.sent.rate * 0.8, run.kept / run.sent.seconds * 0.9)
            was_repeated = False
            if asked < LOWEST:
                return


def search(bench: Bench, recorder: Recorder, share_seconds: float, fastest: float) -> Sustained:
    one = Search(bench, recorder, share_seconds, fastest)
    try:
        one.confirm(*one.candidate())
    except Unusable as reason:
        one.found.failure = str(reason)
    return one.found


def sustained(bench: Bench) -> Step:
    step = Step("sustained")
    found: dict[str, Sustained] = {}
    recorders = bench.all_programs()
    limit, disk = bench.full_rate(SIZE), disk_rate(bench.lab.folder)
    fastest = min(limit, disk * BESIDE_THE_DISK / FILE_BYTES) if disk else limit
    for done, recorder in enumerate(recorders):
        found[recorder.name] = search(bench, recorder, bench.remaining_seconds() / (len(recorders) - done), fastest)
    step.raw = list(found.values())
    best = max((f.rate for f in found.values() if f.program != OURS), default=0.0)
    step.add("(disk)", f"{disk / 1e6:,.0f} MB/s", note=f"2 GB in large direct writes: {rate(disk / FILE_BYTES)} of these frames")
    step.add("(generator)", rate(limit), note=f"while nobody captures; {limit * 1514 / 1e6:,.0f} MB/s")
    for one in found.values():
        ours = one.program == OURS
        if one.failure:
            step.not_run(one.program, one.failure, GOAL if ours else "")
            continue
        last = one.trials[-1]
        note = f"the generator's limit beside it: {one.rate / limit:.0%} of alone" if one.at_limit else ""
        if not one.rate:
            note = f"lost {share(last.lost_share)} of {rate(last.sent.rate)}"
        elif missed := [t for t in one.trials[:-1] if t.traffic.seconds == one.run_seconds]:
            before = ", ".join(f"{share(t.lost_share)} of {rate(t.sent.rate)}" for t in missed)
            note = "; ".join(filter(None, [note, f"before it lost {before}"]))
        step.add(one.program, rate(one.rate) if one.rate else "none found",
                 ratio=f"{one.rate / best:.2f} × best" if ours and best else "", goal=GOAL if ours else "",
                 verdict=verdict(one.rate > 0 and (one.at_limit or one.rate >= 4 * best)) if ours else "", note=note)
    return step
