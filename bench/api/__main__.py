"""`./dev bench api`: measures the API, prints a table, and writes build/bench/api.json."""

import sys
from pathlib import Path

from bench.harness.benchmark import Benchmark
from bench.harness.lab import Lab

from .beside import beside
from .bench import Bench
from .create import create
from .plan import FULL, QUICK
from .stored import stored
from .streams import streams


def begin(folder: Path, quick: bool) -> Bench:
    return Bench(Lab(folder), QUICK if quick else FULL)


API = Benchmark(
    name="api",
    about="Measures the API, prints a table, and writes build/bench/api.json.",
    quick="shorter and fewer, and without goals: under a minute",
    steps={"create": create, "stored": stored, "streams": streams, "beside": beside},
    begin=begin,
    versions={"wrk": "--version", "build/release/xepacketcap": "--version"},
    not_measured={
        "TLS and tokens": "the original had none; a token is one more look-up in SQLite",
        "a line": "clients and server share the loopback, and the cores",
    })

if __name__ == "__main__":
    sys.exit(API.run())
