"""A forward proxy for a test: tinyproxy, on the loopback."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.net import free_port, listens
from support.server import wait_until


@dataclass
class Proxy:
    address: str  # "127.0.0.1:PORT"
    log_file: Path

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def requests(self, method: str) -> list[str]:
        """The targets of what it was asked with that method."""
        lines = self.log_file.read_text().splitlines()
        return [line.rsplit(" ", 2)[1] for line in lines if f": {method} " in line]


@contextmanager
def forward_proxy(*tunnel_ports: int) -> Iterator[Proxy]:
    """It makes tunnels (CONNECT) to these ports, and none to others."""
    with tempfile.TemporaryDirectory(prefix="xpc-proxy-") as folder:
        port, log_file = free_port(), Path(folder) / "log"
        settings = Path(folder) / "tinyproxy.conf"
        settings.write_text(f'Port {port}\nListen 127.0.0.1\nTimeout 60\nLogLevel Connect\nLogFile "{log_file}"\n'
                            + "".join(f"ConnectPort {tunnel}\n" for tunnel in tunnel_ports or (1,)))
        process = subprocess.Popen(["tinyproxy", "-d", "-c", settings], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            wait_until("tinyproxy listens", lambda: listens(port))
            yield Proxy(f"127.0.0.1:{port}", log_file)
        finally:
            process.terminate()
            process.wait()
