"""xepacketcap as a recorder."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.harness import processes
from bench.harness.lab import Lab
from bench.harness.processes import Unusable
from bench.harness.server import OURS, Server, request, serving

from .recorders import Kept, Recording


class ServerRecording:
    def __init__(self, server: Server, bodies: list[dict[str, Any]]) -> None:
        self._server = server
        self._began = processes.usage(server.pid)
        self._jobs = [server.begin(body) for body in bodies]
        self._wait_until_running()

    def _wait_until_running(self) -> None:
        deadline = time.monotonic() + 10
        wanted = {job["id"] for job in self._jobs}
        while len(running := {j["id"] for j in self._server.jobs() if j["state"] == "running"} & wanted) < len(wanted):
            if time.monotonic() > deadline:
                raise Unusable(f"{len(running)} of {len(wanted)} jobs were running after 10 s")
            time.sleep(0.01)

    def sample(self) -> None:
        if self._server.process and self._server.process.poll() is not None:
            raise Unusable("the server died while capturing")

    def _received(self) -> list[int]:
        return [self._server.job(job)["counters"]["received"] for job in self._jobs[:1]]

    def finish(self) -> Kept:
        """CPU: from before the request until after the delivery of the last job."""
        processes.wait_until_steady(self._received, [], steady=0.5, patience=20)
        for job in self._jobs:
            self._server.stop(job)
        ended = [self._server.delivered(job) for job in self._jobs]
        used = processes.usage(self._server.pid) - self._began
        resident = processes.memory_kib(self._server.pid)["VmHWM"]
        return Kept([self._server.object_file(job) for job in ended], used, resident,
                    {"counters": [job["counters"] for job in ended]})


class Xepacketcap:
    name = OURS

    def __init__(self, *filters: dict[str, Any]) -> None:
        """Each of `filters` is a job of its own; by default there is one."""
        self._filters = filters or ({},)

    @contextmanager
    def record(self, lab: Lab) -> Iterator[Recording]:
        with serving(lab) as server:
            yield ServerRecording(server, [request(lab.interface, **f) for f in self._filters])
