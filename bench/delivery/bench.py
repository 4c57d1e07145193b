"""What every step is given."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from bench.harness.lab import Lab
from bench.harness.report import Step, verdict

from .plan import Plan
from .store import Store


@dataclass
class Data:
    """A file of random bytes."""
    file: Path
    size: int
    sha256: str


@dataclass
class Bench:
    lab: Lab
    store: Store
    plan: Plan
    _data: Data | None = None

    def close(self) -> None:
        self.lab.close()
        self.store.close()

    def time_is_up(self) -> bool:
        return False

    @property
    def data(self) -> Data:
        if not self._data:
            self._data = random_file(self.lab.folder / "data", self.plan.upload_bytes)
        return self._data

    def judge(self, step: Step, program: str, value: str, ratio: str, goal: str, met: bool, note: str = "") -> None:
        """A row with a goal. In a quick run there is none: what a delivery costs once would decide."""
        step.add(program, value, ratio=ratio, goal="" if self.plan.quick else goal,
                 verdict="" if self.plan.quick else verdict(met), note=note)


def random_file(file: Path, size: int) -> Data:
    digest = hashlib.sha256()
    piece = 1 << 20
    with open(file, "wb") as out:
        for _ in range(size // piece):
            block = os.urandom(piece)
            digest.update(block)
            out.write(block)
    return Data(file, size, digest.hexdigest())
