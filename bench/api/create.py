"""Jobs that are asked for, and are on the disk when the reply comes: by 32 clients at once, over the original's own call.

What a user does who asks for more captures than run at a time: they are queued. One capture runs, and holds the only place
(`jobs.max_running = 1`), so that what is measured is asking, and no capture. Behind it the server is killed, and its store
must have every job that was answered."""

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.harness import processes
from bench.harness.processes import Unusable
from bench.harness.report import Step
from bench.harness.server import OURS, Server, request
from support.net import free_port, listens

from . import wrk
from .bench import Bench
from .wrk import Found

CONNECTIONS = 32
GOAL = 20
LIMITS = "[jobs]\nmax_running = 1\nmax_queued = 800000\n"
ORIGINAL = "Flask and SQLite"


@dataclass
class Created:
    program: str
    rounds: list[Found] = field(default_factory=list)
    stored: list[int] = field(default_factory=list)
    cpu_us_each: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(found.rate for found in self.rounds)


def body(interface: str) -> str:
    return json.dumps({"iface": interface, "proto": "udp", "src": "10.0.0.1", "dst": "any", "bucket": "bench", "duration": 60})


def ask(bench: Bench, created: Created, url: str, pid: int, seconds: int) -> None:
    before = processes.usage(pid)
    found = wrk.run(bench.lab.folder, url + "/pcap_json", wrk.posts(body(bench.lab.interface)), CONNECTIONS, seconds)
    created.rounds.append(found)
    created.cpu_us_each.append((processes.usage(pid) - before).seconds * 1e6 / max(1, found.requests))


def rows(database: Path) -> int:
    connection = sqlite3.connect(database)
    try:
        return int(connection.execute("SELECT count(*) FROM jobs").fetchone()[0])
    finally:
        connection.close()


@contextmanager
def original(bench: Bench) -> Iterator[tuple[str, int, Path]]:
    database = bench.lab.folder / "original.db"
    port = free_port()
    log = bench.lab.folder / "original.log"
    process = processes.start([sys.executable, str(Path(__file__).with_name("original.py")), str(port), str(database)], log)
    try:
        processes.wait_until("Flask", lambda: listens(port), 15)
        yield f"http://127.0.0.1:{port}", process.pid, database
    except Unusable as reason:
        raise Unusable(f"{reason}; {processes.tail(log)}") from reason
    finally:
        processes.end(process)
        for file in bench.lab.folder.glob("original.db*"):
            file.unlink()


def by_original(bench: Bench, created: Created) -> None:
    with original(bench) as (url, pid, database):
        ask(bench, created, url, pid, bench.plan.create_seconds)
        created.stored.append(rows(database))


def by_us(bench: Bench, created: Created) -> None:
    server = Server(bench.lab)
    server.configure(LIMITS)
    with server:
        holder = server.begin(request(bench.lab.interface))
        server.wait_for(holder, "running", lambda j: j["state"] == "running")
        ask(bench, created, server.url, server.pid, bench.plan.create_seconds)
        os.kill(server.pid, signal.SIGKILL)
        assert server.process
        server.process.wait()
        server.process = None
        created.stored.append(rows(server.data_dir / "jobs.db") - 1)


def create(bench: Bench) -> Step:
    step = Step("create")
    theirs, ours = Created(ORIGINAL), Created(OURS)
    for _ in range(bench.plan.create_rounds):
        by_original(bench, theirs)
        by_us(bench, ours)
    step.raw += [theirs, ours]
    for created in (theirs, ours):
        answered = [found.requests - found.failed for found in created.rounds]
        lost = [wanted - stored for wanted, stored in zip(answered, created.stored) if stored < wanted]
        if lost:
            raise Unusable(f"{created.program}: {lost} jobs were answered and are not in its store")

    def note(created: Created) -> str:
        rates = sorted(found.rate for found in created.rounds)
        return (f"from {rates[0]:,.0f} to {rates[-1]:,.0f}; p99 {median(f.p99_us for f in created.rounds) / 1000:.0f} ms; "
                f"{median(created.cpu_us_each):.0f} µs of CPU each; failed {sum(f.failed for f in created.rounds)}")

    step.add(ORIGINAL, f"{theirs.rate:,.0f}/s", ratio="1.0 × it", note=note(theirs))
    ratio = ours.rate / theirs.rate
    bench.judge(step, OURS, f"{ours.rate:,.0f}/s", f"{ratio:.1f} × it", f"≥ {GOAL} × it", ratio >= GOAL, note(ours))
    return step
