"""An emulated Cisco IOS-XE device for a test (tests/peers/iosxe):

    with Device("router", {"GigabitEthernet1": cable.near}) as device:
        … device.port, device.user, device.password, device.fingerprint
        … [device.dohost, "show version"] with device.environment()
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .server import wait_until

TESTS = Path(__file__).parents[1]


def ssh_is_possible() -> bool:
    """An SSH server changes users, which only root of the whole machine can let it do."""
    return os.geteuid() == 0 and Path("/proc/self/setgroups").read_text().strip() == "allow"


class Device:
    """`family`: "router" or "switch"; `release`: "16.9.5" is a CSR1000V, from 17 a C8000V; a Catalyst 9300.
    `interfaces`: long name → a Linux interface here, or {"interface": …, "netns": a path}.
    `config`: lines of the start-up configuration. `users`: name → (password, privilege); the first is
    `user`, `password`. `ssh`: False, where dohost is enough (SSH needs root).
    `uptime`: seconds that it has been up, which a reload begins anew.
    `host_key_type`: of its only one, as ssh-keygen calls it; with old algorithms "rsa".
    `address`, `port`: of its SSH server. `guest_root`: what is "/" for the guestshell, once it is enabled; the user
    `guestshell` has to be there. `iox_seconds`: until it can be.
    `methods`: of "password", "keyboard-interactive", "publickey". `banner`: before the login,
    `motd`: after it. `quirks`: tests/peers/iosxe/README.md."""

    def __init__(self, family: str, interfaces: dict[str, Any], *, release: str = "", hostname: str = "",
                 config: list[str] | None = None, users: dict[str, tuple[str, int]] | None = None,
                 enable_secret: str = "", ssh: bool = True, methods: tuple[str, ...] = ("password",),
                 authorized_keys: tuple[str, ...] = (), old_algorithms: bool = False,
                 host_key_type: str = "ed25519", banner: str = "",
                 motd: str = "\n", banner_seconds: float = 0, lines: int = 16, max_captures: int = 8,
                 flash_size: int = 1 << 30, export_seconds: float = 0.2, exec_timeout: float = 0,
                 uptime: int = 183_840, address: str = "127.0.0.1", port: int = 0, guest_root: str = "",
                 iox_seconds: float = 0.5, **quirks: Any) -> None:
        users = users or {"admin": ("cisco-Pass_1", 15)}
        self.user, (self.password, _) = next(iter(users.items()))
        self.host = address
        self.port = 0
        self.fingerprint = self.host_key = ""
        self.enable_secret = enable_secret
        self._folder = Path(tempfile.mkdtemp(prefix="xpc-iosxe-"))
        self._folder.chmod(0o711)  # what is within may be for the guestshell's user
        self.flash = self._folder / "flash"
        switch = family == "switch"
        old_release = not switch and release.startswith("16.")
        self.mount = self.flash if old_release else self.flash / "guest-share"
        self.prefix = "flash:" if switch else "bootflash:"  # of the whole flash
        self.dohost = self._folder / "dohost"
        self._given = {
            "folder": str(self._folder), "family": family, "release": release, "interfaces": interfaces,
            "hostname": hostname or ("sw1" if switch else "rtr1"), "config": config or [],
            "users": {name: {"password": secret, "privilege": privilege} for name, (secret, privilege) in users.items()},
            "enable_secret": enable_secret, "motd": motd, "lines": lines, "max_captures": max_captures,
            "flash_size": flash_size, "export_seconds": export_seconds, "exec_timeout": exec_timeout, "uptime": uptime,
            "quirks": quirks, "guest_root": guest_root, "iox_seconds": iox_seconds,
            "ssh": {"enabled": ssh, "methods": methods, "authorized_keys": authorized_keys, "address": address, "port": port,
                    "old_algorithms": old_algorithms, "host_key_type": "rsa" if old_algorithms else host_key_type,
                    "banner": banner, "banner_seconds": banner_seconds},
        }
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Device":
        self._process = subprocess.Popen(
            ["/usr/bin/python3", "-m", "peers.iosxe.device"], cwd="/", text=True, start_new_session=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1"})
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(self._given) + "\n")
        self._process.stdin.flush()
        told = self._process.stdout.readline()
        if not told:
            raise AssertionError(f"the device did not start: exit code {self._process.wait()}")
        told = json.loads(told)
        self._socket = told["socket"]
        self.port = told.get("port", 0)
        self.fingerprint, self.host_key = told.get("fingerprint", ""), told.get("host_key", "")
        program = TESTS / "peers/iosxe/dohost.py"
        self.dohost.write_text(f'#!/bin/sh\nexec /usr/bin/python3 -I -S {program} {self._socket} "$@"\n')
        self.dohost.chmod(0o755)
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        assert self._process and self._process.stdin and self._process.stdout
        said = self.said() if failure and self._process.poll() is None else []
        self._process.stdin.close()
        try:
            code = self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._process.stdout.close()
        if failure:
            print("said to the device:", *said, sep="\n  ", file=sys.stderr)
            log = self._folder / "ssh/log"
            print("its SSH server's log:", log.read_text() if log.exists() else "", sep="\n", file=sys.stderr)
        shutil.rmtree(self._folder)
        assert code == 0 or failure, f"the device ended with {code}"

    def _ask(self, what: str, **more: Any) -> Any:
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(self._socket)
            one.sendall(json.dumps({"as": "control", "what": what} | more).encode() + b"\n")
            reply = json.loads(b"".join(iter(lambda: one.recv(65536), b"")))
        if "problem" in reply:
            raise AssertionError(reply["problem"])
        return reply["answer"]

    def environment(self, seconds: float = 3600) -> dict[str, str]:
        """What a process has that IOS has started in the guestshell, in a new session of that length."""
        return {"IOSP_SESSION": self._ask("session", seconds=seconds), "IOSP_TIMEOUT": str(int(seconds))}

    def fault(self, kind: str, **values: Any) -> None:
        """tests/peers/iosxe/faults.py has the list. "reload" and "lose_acl" without a command: now."""
        self._ask("fault", kind=kind, **values)

    def clear_faults(self) -> None:
        self._ask("clear_faults")

    def held(self) -> int:
        """So many commands wait, by the fault "hold"."""
        return self._ask("held")

    def release(self) -> None:
        """The commands that wait go on."""
        self._ask("release")

    def up(self) -> None:
        """After a reload: it has started."""
        self._ask("up")

    def left(self) -> dict[str, list[str]]:
        """What was not there at the start: "captures", "access_lists", "files" (in the flash)."""
        return self._ask("left")

    def is_clean(self, *files: str) -> bool:
        """But for these."""
        left = self.left()
        return not left["captures"] and not left["access_lists"] and set(left["files"]) <= set(files)

    def said(self) -> list[str]:
        """All command lines, in their order."""
        return self._ask("said")

    def refused_logins(self) -> int:
        return (self._folder / "ssh/log").read_text().count("Failed password")

    def active(self) -> list[str]:
        """The captures that run."""
        return self._ask("active")

    def exported(self, name: str) -> Path:
        """What a file had when the device wrote it, as it was exported last."""
        return Path(self._ask("exported")) / name

    def applets(self) -> list[tuple[str, str]]:
        """Each run of an applet, and what came of it."""
        return [(name, outcome) for name, outcome in self._ask("applets")]

    def sessions(self) -> int:
        return self._ask("sessions")

    def wait_until_clean(self, *files: str) -> None:
        """But for these."""
        try:
            wait_until("nothing is left on the device", lambda: self.is_clean(*files))
        except AssertionError as failure:
            raise AssertionError(f"{failure}: {self.left()}") from None
