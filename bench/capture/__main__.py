"""`./dev bench capture`: measures capturing, prints a table, and writes build/bench/capture.json."""

import sys
from pathlib import Path

from bench.harness.benchmark import Benchmark
from bench.harness.lab import Lab

from .bench import Bench
from .burst import burst, burst64, burst_imix
from .cpu import cpu
from .many import many
from .memory import memory
from .plan import FULL, QUICK
from .start import start
from .sustained import sustained


def begin(folder: Path, quick: bool) -> Bench:
    return Bench(Lab(folder), QUICK if quick else FULL)


CAPTURE = Benchmark(
    name="capture",
    about="Measures capturing, prints a table, and writes build/bench/capture.json.",
    quick="shorter and fewer: 3 minutes",
    # The short ones first: where the time is up, it is the longest that is missing, and says so.
    steps={"memory": memory, "start": start, "cpu": cpu, "many": many, "burst": burst, "burst64": burst64,
           "burst-imix": burst_imix, "sustained": sustained},
    begin=begin,
    versions={"tcpdump": "--version", "dumpcap": "--version", "netsniff-ng": "--version",
              "build/release/xepacketcap": "--version"},
    not_measured={
        "stenotype": "it writes files of its own format, which xpc-count does not read",
        "a network card": "the frames cross a virtual cable inside one kernel: no card, driver, interrupt or hardware "
                          "time stamp takes part, and the generator shares the cores with what it measures",
    })

if __name__ == "__main__":
    sys.exit(CAPTURE.run())
