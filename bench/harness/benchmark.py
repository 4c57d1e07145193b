"""What the benchmarks have in common: their command line, their steps in order, the table, the JSON."""

import argparse
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any, Protocol

from . import machine
from .processes import Unusable
from .report import NOT_MET, NOT_RUN, Step, table

RESULTS = Path("build/bench")


class Bench(Protocol):
    """What every step is given."""

    def time_is_up(self) -> bool:
        """No step begins from now on."""

    def close(self) -> None:
        """Nothing that was started for it runs any more."""


@dataclass(frozen=True)
class Benchmark:
    """Steps run in the order of `steps`. `begin` is given a folder for the run's files, and whether it is to be
    quick; `clear` what a run that was killed has left in its own."""
    name: str
    about: str
    quick: str
    steps: dict[str, Callable[[Any], Step]]
    begin: Callable[[Path, bool], Bench]
    versions: dict[str, str]
    not_measured: dict[str, str]
    clear: Callable[[Path], None] = shutil.rmtree

    @property
    def command(self) -> str:
        return f"./dev bench {self.name}"

    def run(self) -> int:
        options = self._arguments()
        if os.geteuid() != 0:
            print(f"{self.command}: needs root: it makes network namespaces and captures in them", file=sys.stderr)
            return 1
        signal.signal(signal.SIGTERM, _stop_in_order)
        signal.signal(signal.SIGHUP, _stop_in_order)
        folder = self._own_folder()
        began = time.monotonic()
        steps: list[Step] = []
        complete = False
        bench = None
        try:
            bench = self.begin(folder, options.quick)
            for name in options.only or self.steps:
                steps.append(self._run_step(bench, name))
            complete = True
        except KeyboardInterrupt:
            print("\ninterrupted: what follows is what there was until then", file=sys.stderr)
            for name in list(options.only or self.steps)[len(steps):]:
                steps.append(Step(name))
                steps[-1].not_run("all", "interrupted")
        except Unusable as reason:
            steps.append(Step("all"))
            steps[-1].not_run("all", str(reason))
            complete = True
        finally:
            if bench:
                bench.close()
            self._show(steps, folder, options.quick)
            file = self._write(folder, options.quick, steps, complete, time.monotonic() - began)
            shutil.rmtree(folder, ignore_errors=True)
        print(f"\n{file}, after {time.monotonic() - began:.0f} s")
        missed = any(row.verdict in (NOT_MET, NOT_RUN) for step in steps for row in step.rows)
        return 130 if not complete else 1 if missed else 0

    def _arguments(self) -> argparse.Namespace:
        parser = argparse.ArgumentParser(prog=self.command, description=self.about)
        parser.add_argument("--quick", action="store_true", help=self.quick)
        parser.add_argument("--only", action="append", choices=list(self.steps), metavar="STEP",
                            help="one step (may be given again): " + ", ".join(self.steps))
        return parser.parse_args()

    def _own_folder(self) -> Path:
        """For this run's files. What one that was killed has left goes now."""
        for old in RESULTS.glob(f"{self.name}.*[0-9]"):
            if not Path(f"/proc/{old.suffix[1:]}").exists():
                self.clear(old)
        folder = RESULTS / f"{self.name}.{os.getpid()}"
        folder.mkdir(parents=True)
        return folder

    def _run_step(self, bench: Bench, name: str) -> Step:
        began = time.monotonic()
        if bench.time_is_up():
            step = Step(name)
            step.not_run("all", "no time was left")
            return step
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            step = self.steps[name](bench)
        except Unusable as reason:
            step = Step(name)
            step.not_run("all", str(reason))
        step.seconds = round(time.monotonic() - began, 1)
        for row in step.rows:
            print(f"    {row.program:44} {row.value:16} {row.verdict:8} {row.note}", file=sys.stderr, flush=True)
        return step

    def _write(self, folder: Path, quick: bool, steps: list[Step], complete: bool, seconds: float) -> Path:
        file = RESULTS / f"{self.name}.json"
        result = {"machine": machine.describe(folder, self.versions), "quick": quick, "complete": complete,
                  "seconds": round(seconds, 1), "steps": steps, "not_measured": self.not_measured}
        file.write_text(json.dumps(result, default=_plain, indent=1, ensure_ascii=False) + "\n")
        return file

    def _show(self, steps: list[Step], folder: Path, quick: bool) -> None:
        here = machine.describe(folder, {})
        print(f"\n{here.cores} cores, {here.model}, Linux {here.kernel}, {here.file_system}"
              f"{'; a virtual machine' if here.hypervisor else ''}{'; quick: figures of short runs' if quick else ''}\n")
        rows = [row for step in steps for row in step.rows]
        print(table(rows))
        print("\nNot measured:")
        for what, why in self.not_measured.items():
            print(f"- {what}: {why}")
        for row in rows:
            if row.verdict == NOT_RUN:
                print(f"- {row.step}, {row.program}: {row.note}")


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def _stop_in_order(*_: object) -> None:
    raise KeyboardInterrupt
