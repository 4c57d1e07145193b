"""A server and its devices: how it is told of them, and the worker beside it."""

import json
import subprocess
import threading
from pathlib import Path
from signal import SIGTERM
from typing import Any

from .capture_file import packets
from .iosxe import Device
from .server import BINARY, PATIENCE, Server, clean_environment, wait_until

FAMILIES = (("router", "GigabitEthernet1"), ("switch", "GigabitEthernet1/0/1"))


def _device(keys: dict[str, Any]) -> str:
    return "[[device]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items() if value is not None)


def by_dohost(device: Device, **keys: Any) -> str:
    """`keys` of the [[device]] besides the usual ones, or in their place; None: without that one."""
    folder = "guest-share/" if device.mount.name == "guest-share" else ""
    return _device({"name": "own", "way": "dohost", "export_to": device.prefix + folder, "mount": str(device.mount)} | keys)


def by_ssh(device: Device, **keys: Any) -> str:
    """Likewise."""
    return _device({"name": "edge1", "host": device.host, "port": device.port, "user": device.user,
                    "fingerprint": device.fingerprint} | keys) + '[legacy]\ndevice = "edge1"\n'


def is_as_exported(device: Device, number: int, file: Path) -> bool:
    """Whether a job's file has the packets that its device exported: all of them, in its order, with its time stamps. That is what can be
    promised: what a device gets from its interface may have overtaken each other on the way, where processors are busy."""
    return packets(file) == packets(device.exported(f"XP{number}.pcap"))


class Worker:
    """What an applet does: starts `work --once` again and again, each in a session of its own.
    `codes`: those that it may end with: 4 is for a device that goes away."""

    def __init__(self, server: Server, device: Device, seconds: float = 840, codes: tuple[int, ...] = (0,)) -> None:
        self.server, self.device, self.seconds, self.codes = server, device, seconds, codes
        self.outcomes: list[subprocess.CompletedProcess[str]] = []
        self._running: list[subprocess.Popen[str]] = []
        self._killed: set[int] = set()
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

    def kill(self) -> None:
        """SIGKILL for the one that runs. Returns when the next has been started."""
        (process,) = self._running
        self._killed.add(process.pid)
        process.kill()
        wait_until("the next worker", lambda: self._running[0] is not process)

    def _run(self) -> None:
        while not self._ends.wait(0.2):
            outcome = self.once()
            if self._running[0].pid not in self._killed:
                self.outcomes.append(outcome)

    def __enter__(self) -> "Worker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        for process in self._running:
            process.terminate()
        self._thread.join()
        for outcome in self.outcomes:
            # one that had just been launched is ended by the signal itself
            assert outcome.returncode in self.codes or (outcome.returncode == -SIGTERM and not outcome.stderr), outcome
