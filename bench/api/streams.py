"""Event streams on which nothing happens: what each of them costs the server."""

import resource
import socket
from dataclasses import dataclass
from pathlib import Path

from bench.harness.processes import Unusable, memory_kib
from bench.harness.report import Step
from bench.harness.server import OURS, Server, request, serving

from .bench import Bench

GOAL_KIB = 64
MOST_THREADS = 32


@dataclass
class Streams:
    count: int
    threads_before: int
    threads: int
    rss_kib_before: int
    rss_kib: int

    @property
    def kib_each(self) -> float:
        return (self.rss_kib - self.rss_kib_before) / self.count


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def follow(server: Server, path: str) -> socket.socket:
    connection = socket.create_connection(server.address, timeout=30)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection


def answered(connection: socket.socket) -> None:
    if not connection.recv(1 << 16).startswith(b"HTTP/1.1 200 "):
        raise Unusable("a stream was refused")


def streams(bench: Bench) -> Step:
    step = Step("streams")
    count = bench.plan.streams
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * count + 200:
        raise Unusable(f"no more than {hard} descriptors a process are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with serving(bench.lab) as server:
        job = server.begin(request(bench.lab.interface))
        server.wait_for(job, "running", lambda j: j["state"] == "running")
        paths = (f"/api/v1/jobs/{job['id']}/events", "/api/v1/events")
        connections = [follow(server, path) for path in paths]
        for connection in connections:
            answered(connection)
        before = threads(server.pid), memory_kib(server.pid)["VmRSS"]
        more = [follow(server, paths[n % 2]) for n in range(count)]
        for connection in more:
            answered(connection)
        found = Streams(count, before[0], threads(server.pid), before[1], memory_kib(server.pid)["VmRSS"])
        for connection in connections + more:
            connection.close()
    step.raw.append(found)
    bench.judge(step, f"{OURS}, memory of {count:,}", f"{found.kib_each:.1f} KiB each", f"{found.kib_each / GOAL_KIB:.2f} × goal",
                f"≤ {GOAL_KIB} KiB each", found.kib_each <= GOAL_KIB, "what VmRSS has grown by")
    bench.judge(step, f"{OURS}, threads of {count:,}", f"{found.threads - found.threads_before}", "", "no thread each",
                found.threads - found.threads_before <= MOST_THREADS,
                f"{found.threads} in all; up to {MOST_THREADS} answer requests, when so many come at once")
    return step
