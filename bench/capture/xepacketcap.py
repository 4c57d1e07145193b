"""xepacketcap as a recorder: a server with default settings in a fresh folder, seen through its API."""

import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support import server as support

from . import processes
from .lab import Lab
from .processes import Unusable
from .recorders import Kept, Recording

MEMORY_MIB = 64  # [capture] memory, by default
BUCKET = "bench"
LONGEST_SECONDS = 600  # of a job that is stopped before

# The spool and the objects of a long run take a while on a slow disk.
DELIVERY_PATIENCE = 120.0


def request(interface: str, **more: Any) -> dict[str, Any]:
    """The body of POST /api/v1/jobs: the one place that knows what a job is asked for with."""
    return {"interface": interface, "proto": "udp", "duration": LONGEST_SECONDS, "bucket": BUCKET} | more


class Server(support.Server):
    """Its folder is in the lab's, so on the same disk as the others' files."""

    def __init__(self, lab: Lab) -> None:
        tempfile.tempdir = str(lab.folder.absolute())
        super().__init__()

    def launch(self) -> subprocess.Popen[bytes]:
        return processes.start([support.BINARY, "serve", "--config", str(self.config_file)], self.log_file)

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if self.process:
            processes.end(self.process, signal.SIGTERM if failure is None else signal.SIGKILL)
            self.process = None
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def object_file(self, job: support.Job) -> Path:
        return self.data_dir / "objects" / job["object"]["bucket"] / job["object"]["key"]

    def begin(self, body: dict[str, Any]) -> support.Job:
        reply = self.request("POST", "/api/v1/jobs", body)
        if reply.status != 201:
            raise Unusable(f"xepacketcap refused the job: {reply.body.decode(errors='replace')[:160]}")
        return reply.json

    def delivered(self, job: support.Job) -> support.Job:
        deadline = time.monotonic() + DELIVERY_PATIENCE
        while (latest := self.job(job))["delivery"] not in ("delivered", "failed"):
            if time.monotonic() > deadline:
                raise Unusable(f"job {job['number']} is {latest['state']} and {latest['delivery']} "
                               f"after {DELIVERY_PATIENCE:.0f} s")
            time.sleep(0.02)
        if latest["delivery"] != "delivered":
            raise Unusable(f"delivery failed: {latest['errors']}")
        return latest

    def remove(self, job: support.Job) -> None:
        """With its file."""
        self.request("DELETE", f"/api/v1/jobs/{job['id']}")


@contextmanager
def serving(lab: Lab) -> Iterator[Server]:
    server = Server(lab)
    try:
        with server:
            yield server
    except AssertionError as failure:
        raise Unusable(str(failure).splitlines()[0][:200]) from failure
    except OSError as failure:
        raise Unusable(f"the server is gone: {failure}") from failure


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
    name = "xepacketcap"

    def __init__(self, *filters: dict[str, Any]) -> None:
        """Each of `filters` is a job of its own; by default there is one."""
        self._filters = filters or ({},)

    @contextmanager
    def record(self, lab: Lab) -> Iterator[Recording]:
        with serving(lab) as server:
            yield ServerRecording(server, [request(lab.interface, **f) for f in self._filters])
