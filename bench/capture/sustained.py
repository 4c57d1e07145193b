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
# A long run that lost less may have met a moment in which the host of a virtual machine gave it no processor, or no disk,
# and one from which the host took so much of the processors certainly has: it is run once more at the same rate, whoever's
# it is, where there is time for another one after that.
NEARLY_NONE = 0.01
MUCH_STOLEN = 0.01
FILE_BYTES = 1530  # of a frame, with what stands before it
# A disk that took so much for two seconds does not for thirty.
OF_THE_DISK = 0.75
STEP_UP = 1.25  # after a run without loss, where nothing says how far it goes
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
    """`rate`: the highest that was sent in a run of full length without loss; 0 where there was none."""
    program: str
    rate: float = 0.0
    at_limit: bool = False
    run_seconds: int = 0
    trials: list[Trial] = field(default_factory=list)
    failure: str = ""


class Search:
    """For one program: a bisection by runs of full length, since a short one says what memory can take. Its time is bounded.
    `fastest`: no file grows by more frames a second; `disk`: what the disk takes of them."""

    def __init__(self, bench: Bench, recorder: Recorder, share_seconds: float, fastest: float, disk: float) -> None:
        self._bench = bench
        self._recorder = recorder
        self._fastest = fastest
        self._disk = disk
        self._ends = time.monotonic() + share_seconds
        self._longest = 0.0
        self._bad = float("inf")
        self.found = Sustained(recorder.name)

    def run(self, asked: float, seconds: int) -> Trial:
        """`asked` 0: as fast as the generator can."""
        made = trial(self._bench.lab, self._recorder, Traffic(SIZE, rate=int(asked), seconds=seconds),
                     self._fastest)
        self.found.trials.append(made)
        return made

    def first(self) -> float:
        """What to ask for first: 0 where all that the generator can may be kept up."""
        fastest = self.run(0, self._bench.plan.probe_seconds)
        for_long = self._disk * OF_THE_DISK if self._disk else float("inf")
        if fastest.lost == 0 and fastest.sent.rate <= for_long:
            return 0.0
        return max(LOWEST, min(fastest.kept / fastest.sent.seconds, for_long))

    def has_time_for(self, runs: int) -> bool:
        return time.monotonic() + runs * self._longest <= self._ends

    def full_run(self, asked: float) -> Trial:
        began = time.monotonic()
        made = self.run(asked, self._bench.plan.confirm_seconds)
        self._longest = max(self._longest, time.monotonic() - began)
        return made

    def next(self, asked: float, made: Trial) -> float | None:
        """What to ask for after that run; nothing where the answer is found."""
        if made.lost == 0:
            self.found.rate = made.sent.rate
            self.found.at_limit = asked == 0 or made.sent.rate < asked * CLOSE_TO_ASKED
            self.found.run_seconds = self._bench.plan.confirm_seconds
        else:
            self._bad = min(self._bad, made.sent.rate)
        if good := self.found.rate:
            if self.found.at_limit or self._bad / good < RESOLUTION:
                return None
            return min(good * STEP_UP, (good * self._bad) ** 0.5)
        # What it kept of too much, page cache and all, is more than it can keep up.
        asked = min(made.sent.rate * 0.8, made.kept / made.sent.seconds * 0.9)
        return asked if asked >= LOWEST else None

    def find(self) -> None:
        asked: float | None = self.first()
        was_repeated = False
        for _ in range(self._bench.plan.confirms):
            if asked is None or not self.has_time_for(1):
                return
            made = self.full_run(asked)
            disturbed = made.lost > 0 and (made.lost_share < NEARLY_NONE or made.stolen_share > MUCH_STOLEN)
            if disturbed and not was_repeated and not self.found.rate and self.has_time_for(2):
                was_repeated = True
                continue
            was_repeated = False
            asked = self.next(asked, made)


def lost_of(made: Trial) -> str:
    """What it lost, and whether somebody else is to be thought of."""
    stolen = f" ({share(made.stolen_share)} of the processors stolen)" if made.stolen_share > MUCH_STOLEN else ""
    return f"{share(made.lost_share)} of {rate(made.sent.rate)}{stolen}"


def search(bench: Bench, recorder: Recorder, share_seconds: float, fastest: float, disk: float) -> Sustained:
    one = Search(bench, recorder, share_seconds, fastest, disk)
    try:
        one.find()
    except Unusable as reason:
        one.found.failure = str(reason)
    return one.found


def sustained(bench: Bench) -> Step:
    step = Step("sustained")
    found: dict[str, Sustained] = {}
    recorders = bench.all_programs()
    limit, disk_bytes = bench.full_rate(SIZE), disk_rate(bench.lab.folder)
    disk = disk_bytes / FILE_BYTES
    fastest = min(limit, disk * BESIDE_THE_DISK) if disk else limit
    for done, recorder in enumerate(recorders):
        found[recorder.name] = search(bench, recorder, bench.remaining_seconds() / (len(recorders) - done), fastest,
                                      disk)
    step.raw = list(found.values())
    best = max((f.rate for f in found.values() if f.program != OURS), default=0.0)
    step.add("(disk)", f"{disk_bytes / 1e6:,.0f} MB/s", note=f"2 GB in large direct writes: {rate(disk)} of these frames")
    step.add("(generator)", rate(limit), note=f"while nobody captures; {limit * 1514 / 1e6:,.0f} MB/s")
    for one in found.values():
        ours = one.program == OURS
        if one.failure:
            step.not_run(one.program, one.failure, GOAL if ours else "")
            continue
        note = f"the generator's limit beside it: {one.rate / limit:.0%} of alone" if one.at_limit else ""
        if not one.rate:
            last = min(one.trials, key=lambda t: t.sent.rate)
            note = f"lost {lost_of(last)}"
        elif missed := [t for t in one.trials if t.traffic.seconds == one.run_seconds and t.lost]:
            note = "; ".join(filter(None, [note, f"it lost {', '.join(map(lost_of, missed))}"]))
        step.add(one.program, rate(one.rate) if one.rate else "none found",
                 ratio=f"{one.rate / best:.2f} × best" if ours and best else "", goal=GOAL if ours else "",
                 verdict=verdict(one.rate > 0 and (one.at_limit or one.rate >= 4 * best)) if ours else "", note=note)
    return step
