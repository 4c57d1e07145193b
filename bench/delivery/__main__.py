"""`./dev bench delivery`: measures delivering, prints a table, and writes build/bench/delivery.json."""

import sys
from pathlib import Path

from bench.harness.benchmark import Benchmark
from bench.harness.lab import Lab

from .bench import Bench
from .clients import AWS_PROGRAM, RCLONE, S3CMD
from .memory import memory
from .plan import FULL, QUICK
from .stop import stop, stop_streamed
from .store import Store, take_down
from .upload import file, pipe


def begin(folder: Path, quick: bool) -> Bench:
    lab = Lab(folder)  # first: the store is to be in the lab's network
    return Bench(lab, Store(folder), QUICK if quick else FULL)


DELIVERY = Benchmark(
    name="delivery",
    about="Measures delivering to S3, prints a table, and writes build/bench/delivery.json.",
    quick="smaller, once, and without goals: a minute",
    steps={"file": file, "pipe": pipe, "stop": stop, "stop-streamed": stop_streamed, "memory": memory},
    begin=begin,
    clear=take_down,
    versions={AWS_PROGRAM: "--version", RCLONE: "--version", S3CMD: "--version", "tcpdump": "--version",
              "radosgw": "--version", "build/release/xepacketcap": "--version"},
    not_measured={
        "a line": "the store is on the same machine, and shares the cores and the disk with what it is sent by",
        "https": "the CRT client of aws-cli 2.9.19 reaches this store by http only; what a connection is encrypted with "
                 "costs everybody the same",
    })

if __name__ == "__main__":
    sys.exit(DELIVERY.run())
