"""GET of one job among 100,000 that are stored, and among 100: does a reader notice?

Both stores are copies of a job that was captured and delivered, made in SQLite while no server has them open. Each request
is for any of them. Two connections: with more, what is measured is the queue before the server's threads."""

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.harness.report import Step
from bench.harness.server import OURS, Server, request

from . import wrk
from .bench import Bench
from .wrk import Found

FEW = 100
ASKED_FOR = 5000  # different jobs, at most
CONNECTIONS = 2
GOAL = 3


@dataclass
class Stored:
    jobs: int
    rounds: list[Found] = field(default_factory=list)

    @property
    def p99_us(self) -> float:
        return median(found.p99_us for found in self.rounds)


def multiply(database: Path, jobs: int) -> list[str]:
    """Copies of the one that is there, until there are so many. Returns ids of some."""
    connection = sqlite3.connect(database)
    with connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(jobs)")]
        own = {"sequence": "NULL", "id": "substr(id, 1, 24) || printf('%012x', n)", "number": "100000 + n",
               "object_key": "n || '-' || object_key"}
        taken = connection.execute("SELECT number FROM jobs").fetchone()[0] - 100_000
        connection.execute(
            f"WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < {jobs}) "
            f"INSERT INTO jobs SELECT {', '.join(own.get(name, name) for name in columns)} "
            f"FROM jobs, counter WHERE n <> {taken} AND jobs.sequence = 1")
        connection.execute("INSERT OR IGNORE INTO job_interfaces (interface, sequence) "
                           "SELECT value, sequence FROM jobs, json_each(jobs.interfaces)")
    step = max(1, jobs // ASKED_FOR)
    ids = [row[0] for row in connection.execute(f"SELECT id FROM jobs WHERE sequence % {step} = 0 LIMIT {ASKED_FOR}")]
    connection.close()
    return ids


def prepare(bench: Bench, server: Server, jobs: int) -> list[str]:
    with_one = server.start()
    job = with_one.begin(request(bench.lab.interface, duration=1))
    with_one.delivered(job)
    with_one.terminate()
    server.log_file.unlink()
    return multiply(server.data_dir / "jobs.db", jobs)


def stored(bench: Bench) -> Step:
    step = Step("stored")
    servers = [(Stored(FEW), Server(bench.lab)), (Stored(bench.plan.stored_jobs), Server(bench.lab))]
    scripts = [wrk.gets([f"/api/v1/jobs/{job}" for job in prepare(bench, server, found.jobs)]) for found, server in servers]
    with servers[0][1], servers[1][1]:
        for turn in range(bench.plan.stored_rounds + 1):
            for (found, server), script in zip(servers, scripts):
                one = wrk.run(bench.lab.folder, server.url, script, CONNECTIONS, bench.plan.stored_seconds)
                if turn > 0:  # at first, what is read is not in memory yet
                    found.rounds.append(one)
    few, many = (found for found, _ in servers)
    step.raw += [few, many]
    ratio = many.p99_us / few.p99_us

    def note(found: Stored) -> str:
        return (f"median {median(f.p50_us for f in found.rounds) / 1000:.2f} ms; {median(f.rate for f in found.rounds):,.0f}/s; "
                f"failed {sum(f.failed for f in found.rounds)}")

    step.add(f"{OURS}, {few.jobs:,} jobs", f"{few.p99_us / 1000:.2f} ms", ratio="1.00 × it", note=note(few))
    bench.judge(step, f"{OURS}, {many.jobs:,} jobs", f"{many.p99_us / 1000:.2f} ms", f"{ratio:.2f} × it", f"≤ {GOAL} × it",
                ratio <= GOAL, note(many))
    return step
