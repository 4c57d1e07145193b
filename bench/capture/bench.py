"""What every step is given."""

import time
from dataclasses import dataclass, field

from bench.harness.lab import Lab

from .plan import Plan
from .recorders import CommandLine, Recorder, others
from .xepacketcap import Xepacketcap


@dataclass
class Bench:
    lab: Lab
    plan: Plan
    began: float = field(default_factory=time.monotonic)

    def others(self) -> list[CommandLine]:
        return others()

    def all_programs(self) -> list[Recorder]:
        return [*others(), Xepacketcap()]

    def close(self) -> None:
        self.lab.close()

    def time_is_up(self) -> bool:
        return self.remaining_seconds() == 0

    def remaining_seconds(self) -> float:
        return max(0.0, self.plan.whole_seconds - (time.monotonic() - self.began))

    def full_rate(self, size: str) -> float:
        return self.lab.full_rate(size, self.plan.limit_seconds)
