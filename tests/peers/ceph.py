"""Faults of a real store: what its administrator can do to a Ceph that ceph-up.sh has started."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from peers.s3_peer import Peer
from support.net import free_port, listens
from support.server import wait_until

USER = "xepacketcap"  # as ceph-up.sh calls it


@dataclass
class Request:
    method: str
    target: str
    status: int


class Ceph:
    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.configuration = str(peer.state / "ceph.conf")

    def admin(self, *arguments: str) -> str:
        return self._run("radosgw-admin", "--conf", self.configuration, "-n", "client.admin", *arguments)

    def cluster(self, *arguments: str) -> None:
        self._run("ceph", "--conf", self.configuration, "--connect-timeout", "20", *arguments)

    @staticmethod
    def _run(*command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def make_user(self, name: str) -> tuple[str, str]:
        """Its access and secret key."""
        made = json.loads(self.admin("user", "create", f"--uid={name}", f"--display-name={name}"))
        return made["keys"][0]["access_key"], made["keys"][0]["secret_key"]

    def limit(self, scope: str, max_bytes: int, user: str = USER) -> None:
        """`scope`: "user", for all of its buckets together, or "bucket", for each of them."""
        self.admin("quota", "set", f"--quota-scope={scope}", f"--uid={user}", f"--max-size={max_bytes}")
        self.admin("quota", "enable", f"--quota-scope={scope}", f"--uid={user}")

    def lift_limit(self, scope: str, user: str = USER) -> None:
        self.admin("quota", "disable", f"--quota-scope={scope}", f"--uid={user}")

    def signal_gateway(self, number: signal.Signals) -> None:
        os.kill(int((self.peer.state / "rgw.pid").read_text()), number)

    def kill_gateway(self) -> None:
        self.signal_gateway(signal.SIGKILL)
        wait_until("the gateway's port to be free", lambda: not listens(self._port))

    def start_gateway(self) -> None:
        script = Path(__file__).parent / "ceph-up.sh"
        environment = {**os.environ, "STATE": str(self.peer.state), "S3_TLS_PORT": "7443"}
        subprocess.run([script], env=environment, check=True, stdout=subprocess.DEVNULL, timeout=60)

    @property
    def _port(self) -> int:
        return int(self.peer.variables["AWS_ENDPOINT_URL_S3"].rpartition(":")[2])

    @contextmanager
    def second_gateway(self) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
        """Another way to the same buckets: its address, and its process."""
        port, state = free_port(), self.peer.state
        command = ["radosgw", "--conf", self.configuration, "-n", "client.rgw", "-f", "--no-mon-config",
                   f"--rgw_frontends=beast endpoint=127.0.0.1:{port}", f"--log_file={state}/log/second.log",
                   f"--admin_socket={state}/run/second.asok", f"--rgw_data={state}/second"]
        (state / "second").mkdir()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until("the second gateway listens", lambda: listens(port))
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.kill()
            process.wait()

    def requests(self) -> list[Request]:
        """What the gateway has answered, by its own log."""
        log = (self.peer.state / "log" / "client.rgw.log").read_text(errors="replace")
        found = re.findall(r'beast: .*"([A-Z]+) (\S+) HTTP/1\.1" (\d+) ', log)
        return [Request(method, target, int(status)) for method, target, status in found]
