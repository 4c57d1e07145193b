"""One running `xepacketcap serve`, in a folder of its own, seen through its public API."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import openapi

BINARY = os.environ.get("XEPACKETCAP_BINARY", "build/release/xepacketcap")

# The sanitized builds are several times slower; a machine may be busy. Only a fault waits this long.
PATIENCE = 30.0

Job = dict[str, Any]


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without anything that configures xepacketcap or S3."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XEPACKETCAP_", "AWS_", "NOTIFY_"))}
    return kept | {"AWS_EC2_METADATA_DISABLED": "true"} | more


def wait_until(what: str, condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """The first true value of `condition()`. Fails after `patience` seconds, naming `what`."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:.0f} s in vain for: {what}")
        time.sleep(0.01)
    return value


@dataclass
class Reply:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        assert re.match(r"application/(problem\+)?json\b", self.headers.get("content-type", "")), self
        return json.loads(self.body)


class Server:
    """Arguments: `config` is TOML below the `[server]` section that this class writes;
    `environment` is added to a clean one; `runner` is a command that runs it; `judges_replies`: by
    its own /openapi.json, which costs a request of its own at the first reply. Use as a context
    manager."""

    def __init__(self, config: str = "", environment: dict[str, str] | None = None,
                 server_keys: str = "", listen: str = "127.0.0.1:0",
                 runner: tuple[str, ...] = (), judges_replies: bool = True) -> None:
        self._runner = runner
        self.judges_replies = judges_replies
        self._folder = tempfile.TemporaryDirectory(prefix="xepacketcap-test.")
        self.folder = Path(self._folder.name)
        self.data_dir = self.folder / "data"
        self.config_file = self.folder / "config.toml"
        self.log_file = self.folder / "log"
        self.configure(config, server_keys, listen)
        self.environment = environment or {}
        self.process: subprocess.Popen[bytes] | None = None
        self.address = ("", 0)

    def configure(self, config: str = "", server_keys: str = "", listen: str = "127.0.0.1:0") -> None:
        """Takes effect at the next start."""
        self.config_file.write_text(
            f'[server]\nlisten = "{listen}"\ndata_dir = "{self.data_dir}"\n{server_keys}\n{config}\n')

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if self.process and failure:
            self.kill()
            print(f"the server's log:\n{self.log()}")
        elif self.process:
            self.terminate()
        self._folder.cleanup()

    def start(self) -> "Server":
        """Returns once it listens."""
        start_of_log = len(self.log())
        self.process = self.launch()

        def listening() -> re.Match[str] | None:
            found = re.search(r'\bserver\.listening\b.*\baddress"?[=:]"?([^\s"]+):(\d+)', self.log()[start_of_log:])
            if not found and self.process and self.process.poll() is not None:
                raise AssertionError(f"the server ended at once:\n{self.log()[start_of_log:]}")
            return found

        found = wait_until("the event server.listening", listening)
        self.address = (found[1].strip("[]"), int(found[2]))
        return self

    def launch(self) -> subprocess.Popen[bytes]:
        """Another process with the same configuration; its log goes to the same file."""
        with open(self.log_file, "ab") as log:
            return subprocess.Popen([*self._runner, BINARY, "serve", "--config", str(self.config_file)],
                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    env=clean_environment(**self.environment))

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Another command of the program with the same configuration, to its end."""
        return subprocess.run([BINARY, *arguments, "--config", str(self.config_file)], capture_output=True, text=True,
                              timeout=PATIENCE, stdin=subprocess.DEVNULL, env=clean_environment(**environment))

    def log(self) -> str:
        return self.log_file.read_text(errors="surrogateescape") if self.log_file.exists() else ""

    def terminate(self) -> float:
        """SIGTERM. Returns the seconds until its end, which must have been orderly."""
        assert self.process
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        took = time.monotonic() - began
        self.process = None
        self._check_log()
        assert code == 0, f"exit code {code} after SIGTERM:\n{self.log()}"
        return took

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process
        self.process.kill()
        self.process.wait(PATIENCE)
        self.process = None
        self._check_log()

    def _check_log(self) -> None:
        """The sanitizers write here."""
        log = self.log()
        for sign in ("Sanitizer", "runtime error:", "Assertion"):
            assert sign not in log, log

    # The API.

    @property
    def url(self) -> str:
        host, port = self.address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def request(self, method: str, path: str, body: Any = None,
                headers: dict[str, str] | None = None) -> Reply:
        """`body`: bytes are sent as they are, anything else as JSON."""
        return self.request_by(http.client.HTTPConnection(*self.address, timeout=PATIENCE), method, path, body, headers)

    def request_by(self, connection: http.client.HTTPConnection, method: str, path: str, body: Any = None,
                   headers: dict[str, str] | None = None) -> Reply:
        """Likewise, by a connection of one's own, which is closed then."""
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        with closing(connection):
            connection.request(method, path, body, sent)
            got = connection.getresponse()
            reply = Reply(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
            if self.judges_replies:
                openapi.judge(connection, method, path, got, reply.body)
            return reply

    def raw(self, data: bytes) -> bytes:
        """Sends bytes that need not be HTTP; returns what came until the server hung up."""
        with socket.create_connection(self.address, timeout=PATIENCE) as connection:
            received = b""
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while piece := connection.recv(65536):
                    received += piece
            except ConnectionError:
                pass  # it hung up on what it did not want to read to the end
            return received

    def get(self, path: str, expect: int = 200) -> Any:
        reply = self.request("GET", path)
        assert reply.status == expect, reply
        return reply.json

    def create(self, interface: str, **more: Any) -> Job:
        """Asks for a capture; by default of everything, and for longer than any test takes."""
        reply = self.request("POST", "/api/v1/jobs", {"interface": interface, "duration": 600} | more)
        assert reply.status == 201, reply
        return reply.json

    def job(self, job: Job) -> Job:
        return self.get(f"/api/v1/jobs/{job['id']}")

    def jobs(self) -> list[Job]:
        return self.get("/api/v1/jobs?limit=1000")["jobs"]

    def stop(self, job: Job) -> Job:
        reply = self.request("POST", f"/api/v1/jobs/{job['id']}/stop")
        assert reply.status == 202, reply
        return reply.json

    def wait_for(self, job: Job, what: str, condition: Callable[[Job], Any], patience: float = PATIENCE) -> Job:
        latest = job

        def holds() -> bool:
            nonlocal latest
            latest = self.job(job)
            return bool(condition(latest))

        try:
            wait_until(what, holds, patience)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{json.dumps(latest, indent=2)}") from None
        return latest

    def running(self, interface: str, **more: Any) -> Job:
        """A capture that has begun: what is sent from now on is in it."""
        return self.wait_for(self.create(interface, **more), "running", lambda j: j["state"] == "running")

    def captured(self, job: Job, count: int) -> Job:
        return self.wait_for(job, f"{count} packets", lambda j: j["counters"]["captured"] >= count)

    def ended(self, job: Job) -> Job:
        return self.wait_for(job, "its end", lambda j: j["delivery"] in ("delivered", "failed"))

    def file(self, job: Job) -> Path:
        """The job's capture file as downloaded, once the job has ended and been delivered."""
        last = self.ended(job)
        assert last["delivery"] == "delivered", json.dumps(last, indent=2)
        counters, dropped = last["counters"], last["counters"]["dropped"]
        assert counters["received"] == (counters["captured"] + counters["filtered"]
                                        + sum(dropped.values())), counters
        reply = self.request("GET", f"/api/v1/jobs/{last['id']}/file")
        assert reply.status == 200, reply
        assert len(reply.body) == last["object"]["bytes"], last
        path = self.folder / f"{last['number']}.pcap"
        path.write_bytes(reply.body)
        return path

    def files(self, job: Job) -> list[Path]:
        """Those that the capture of a job which has ended was cut into, as downloaded; none where it is in one."""
        found = []
        for one in job["objects"]:
            # by its path: a server that was started again may listen elsewhere
            reply = self.request("GET", "/objects/" + one["url"].split("/objects/")[1])
            assert (reply.status, len(reply.body)) == (200, one["bytes"]), one
            found.append(self.folder / one["key"])
            found[-1].write_bytes(reply.body)
        return found

    def stopped_file(self, job: Job) -> Path:
        self.stop(job)
        return self.file(job)
