"""`./dev bench capture`: measures capturing, prints a table, and writes build/bench/capture.json."""

import argparse
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from . import machine
from .bench import Bench
from .burst import burst, burst64, burst_imix
from .cpu import cpu
from .lab import Lab
from .many import many
from .memory import memory
from .plan import FULL, QUICK
from .processes import Unusable
from .report import NOT_MET, NOT_RUN, Step, table
from .start import start
from .sustained import sustained

# The short ones first: where the time is up, it is the longest that is missing, and says so.
STEPS: dict[str, Callable[[Bench], Step]] = {
    "memory": memory, "start": start, "cpu": cpu, "many": many, "burst": burst, "burst64": burst64,
    "burst-imix": burst_imix, "sustained": sustained,
}

RESULTS = Path("build/bench")

NOT_MEASURED = {
    "stenotype": "it writes files of its own format, which xpc-count does not read",
    "a network card": "the frames cross a virtual cable inside one kernel: no card, driver, interrupt or hardware time "
                      "stamp takes part, and the generator shares the cores with what it measures",
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench capture", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter and fewer: 3 minutes")
    parser.add_argument("--only", action="append", choices=list(STEPS), metavar="STEP",
                        help="one step (may be given again): " + ", ".join(STEPS))
    return parser.parse_args()


def own_folder() -> Path:
    """For this run's files. What a bench that was killed has left goes now."""
    for old in RESULTS.glob("run.*"):
        if not Path(f"/proc/{old.suffix[1:]}").exists():
            shutil.rmtree(old, ignore_errors=True)
    folder = RESULTS / f"run.{os.getpid()}"
    folder.mkdir(parents=True)
    return folder


def run_step(bench: Bench, name: str) -> Step:
    began = time.monotonic()
    if bench.time_is_up():
        step = Step(name)
        step.not_run("all", "no time was left")
        return step
    print(f"{name} ...", file=sys.stderr, flush=True)
    try:
        step = STEPS[name](bench)
    except Unusable as reason:
        step = Step(name)
        step.not_run("all", str(reason))
    step.seconds = round(time.monotonic() - began, 1)
    for row in step.rows:
        print(f"    {row.program:44} {row.value:16} {row.verdict:8} {row.note}", file=sys.stderr, flush=True)
    return step


def plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def write(folder: Path, quick: bool, steps: list[Step], complete: bool, seconds: float) -> Path:
    file = RESULTS / "capture.json"
    result = {"machine": machine.describe(folder), "quick": quick, "complete": complete, "seconds": round(seconds, 1),
              "steps": steps, "not_measured": NOT_MEASURED}
    file.write_text(json.dumps(result, default=plain, indent=1, ensure_ascii=False) + "\n")
    return file


def show(steps: list[Step], folder: Path, quick: bool) -> None:
    here = machine.describe(folder)
    print(f"\n{here.cores} cores, {here.model}, Linux {here.kernel}, {here.file_system}"
          f"{'; a virtual machine' if here.hypervisor else ''}{'; quick: figures of short runs' if quick else ''}\n")
    rows = [row for step in steps for row in step.rows]
    print(table(rows))
    print("\nNot measured:")
    for what, why in NOT_MEASURED.items():
        print(f"- {what}: {why}")
    for row in rows:
        if row.verdict == NOT_RUN:
            print(f"- {row.step}, {row.program}: {row.note}")


def stop_in_order(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    options = arguments()
    if os.geteuid() != 0:
        print("./dev bench capture: needs root: it makes network namespaces and captures in them", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, stop_in_order)
    signal.signal(signal.SIGHUP, stop_in_order)
    folder = own_folder()
    began = time.monotonic()
    steps: list[Step] = []
    complete = False
    lab = None
    try:
        lab = Lab(folder)
        bench = Bench(lab, QUICK if options.quick else FULL)
        for name in options.only or STEPS:
            steps.append(run_step(bench, name))
        complete = True
    except KeyboardInterrupt:
        print("\ninterrupted: what follows is what there was until then", file=sys.stderr)
        for name in list(options.only or STEPS)[len(steps):]:
            steps.append(Step(name))
            steps[-1].not_run("all", "interrupted")
    finally:
        if lab:
            lab.close()
        show(steps, folder, options.quick)
        file = write(folder, options.quick, steps, complete, time.monotonic() - began)
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{file}, after {time.monotonic() - began:.0f} s")
    missed = any(row.verdict in (NOT_MET, NOT_RUN) for step in steps for row in step.rows)
    return 130 if not complete else 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
