"""Somebody at a terminal, by the real ssh client: types, and reads what comes."""

import os
import re
import selectors
import subprocess
import time
from pathlib import Path

from .iosxe import Device
from .server import PATIENCE


def arguments(device: Device, user: str = "", *more: str) -> list[str]:
    """Of ssh and scp, up to the port: nothing of this machine's configuration, and the host key checked."""
    known = Path(device.flash.parent) / "known_hosts"
    host = device.host if device.port == 22 else f"[{device.host}]:{device.port}"
    known.write_text(f"{host} {device.host_key}\n")
    return ["-F", "/dev/null", "-o", f"UserKnownHostsFile={known}", "-o", "StrictHostKeyChecking=yes",
            "-o", "NumberOfPasswordPrompts=1", "-o", f"User={user or device.user}", "-o", "IdentitiesOnly=yes", *more]


def environment(device: Device, password: str) -> dict[str, str]:
    ask = Path(device.flash.parent) / "askpass"
    ask.write_text('#!/bin/sh\nprintf "%s\\n" "$PASSWORD_OF_THE_TEST"\n')
    ask.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name not in ("SSH_AUTH_SOCK", "DISPLAY")}
    return kept | {"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force", "PASSWORD_OF_THE_TEST": password}


class Session:
    """As a context manager. `answer` and `wait` return what came up to and with the text waited for."""

    def __init__(self, device: Device, user: str = "", password: str = "", *more: str) -> None:
        self.prompt = r"[\w.-]+(\([\w-]+\))?[>#]$"
        self._process = subprocess.Popen(
            ["ssh", "-tt", *arguments(device, user, *more), "-p", str(device.port), device.host], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(device, password or device.password))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._came = ""

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def type(self, text: str) -> None:
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def wait(self, pattern: str, patience: float = PATIENCE) -> str:
        last = time.monotonic() + patience
        while not (found := re.search(pattern, self._came)):
            if not self._selector.select(max(0.0, last - time.monotonic())):
                raise AssertionError(f"waited in vain for {pattern!r}; there is {self._came!r}")
            piece = os.read(self._process.stdout.fileno(), 65536)
            if not piece:
                raise AssertionError(f"hung up before {pattern!r}: {self._came!r} {self._process.stderr.read()!r}")
            self._came += piece.decode("utf-8", "replace")
        text, self._came = self._came[:found.end()], self._came[found.end():]
        return text

    def answer(self, line: str) -> str:
        """Up to the next prompt, with the echo."""
        self.type(line + "\r")
        return self.wait(rf"(?:^|[\r\n]){self.prompt}")

    def is_silent(self, seconds: float = 0.3) -> bool:
        return not self._came and not self._selector.select(seconds)

    def rest(self) -> str:
        """Until it is hung up on."""
        while self._selector.select(PATIENCE):
            piece = os.read(self._process.stdout.fileno(), 65536)
            if not piece:
                text, self._came = self._came, ""
                return text
            self._came += piece.decode("utf-8", "replace")
        raise AssertionError(f"it does not end: {self._came!r}")

    def refusal(self) -> str:
        """What ssh says of a login that did not succeed."""
        self.rest()
        said = self._process.stderr.read().decode()
        assert self._process.wait(PATIENCE) == 255, said
        return said
