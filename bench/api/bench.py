"""What every step is given."""

from dataclasses import dataclass

from bench.harness.lab import Lab
from bench.harness.report import Step, verdict

from .plan import Plan


@dataclass
class Bench:
    lab: Lab
    plan: Plan

    def close(self) -> None:
        self.lab.close()

    def time_is_up(self) -> bool:
        return False

    def judge(self, step: Step, program: str, value: str, ratio: str, goal: str, met: bool, note: str = "") -> None:
        """A row with a goal. In a quick run there is none: it has too few requests for a percentile."""
        step.add(program, value, ratio=ratio, goal="" if self.plan.quick else goal,
                 verdict="" if self.plan.quick else verdict(met), note=note)
