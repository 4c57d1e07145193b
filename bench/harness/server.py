"""xepacketcap as what is measured: a server with default settings in a fresh folder, seen through its API."""

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

OURS = "xepacketcap"
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

    def __init__(self, lab: Lab, environment: dict[str, str] | None = None) -> None:
        tempfile.tempdir = str(lab.folder.absolute())
        super().__init__(environment=environment)

    def launch(self) -> subprocess.Popen[bytes]:
        return processes.start([support.BINARY, "serve", "--config", str(self.config_file)], self.log_file,
                               support.clean_environment(**self.environment))

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
def serving(lab: Lab, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """`environment`: what it finds S3 by; without, there is the embedded store alone."""
    server = Server(lab, environment)
    try:
        with server:
            yield server
    except AssertionError as failure:
        raise Unusable(str(failure).splitlines()[0][:200]) from failure
    except OSError as failure:
        raise Unusable(f"the server is gone: {failure}") from failure
