"""A server and its devices: how it is told of them, and the worker beside it."""

import subprocess
import threading

from .iosxe import Device
from .server import BINARY, PATIENCE, Server, clean_environment

FAMILIES = (("router", "GigabitEthernet1"), ("switch", "GigabitEthernet1/0/1"))


def by_dohost(device: Device) -> str:
    return f'''[[device]]
name = "own"
way = "dohost"
export_to = "{device.prefix}guest-share/"
mount = "{device.flash}/guest-share"
'''


def by_ssh(device: Device) -> str:
    return f'''[[device]]
name = "edge1"
host = "{device.host}"
port = {device.port}
user = "{device.user}"
fingerprint = "{device.fingerprint}"
[legacy]
device = "edge1"
'''


class Worker:
    """What an applet does: starts `work --once` again and again, each in a session of its own."""

    def __init__(self, server: Server, device: Device, seconds: float = 840) -> None:
        self.server, self.device, self.seconds = server, device, seconds
        self.outcomes: list[subprocess.CompletedProcess[str]] = []
        self._running: list[subprocess.Popen[str]] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def launched(self) -> subprocess.Popen[str]:
        environment = clean_environment(**self.device.environment())
        environment["PATH"] = f"{self.device.dohost.parent}:{environment['PATH']}"
        return subprocess.Popen([BINARY, "work", "--once", "--for", str(self.seconds), "--config",
                                 str(self.server.config_file)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=environment)

    def once(self) -> subprocess.CompletedProcess[str]:
        process = self.launched()
        self._running = [process]
        out, err = process.communicate(timeout=PATIENCE * 3)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def _run(self) -> None:
        while not self._ends.wait(0.2):
            self.outcomes.append(self.once())

    def __enter__(self) -> "Worker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        for process in self._running:
            process.terminate()
        self._thread.join()
        for outcome in self.outcomes:
            assert outcome.returncode == 0, outcome
