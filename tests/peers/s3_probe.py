"""Drives the program tests/sink/s3_upload_probe.cpp: one upload, a step at a time."""

import hashlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = os.environ.get("XPC_S3_PROBE", "")
PART = 5 << 20  # the least that real stores take


def content(bytes_wanted: int) -> bytes:
    """The same bytes each time, in which no two parts are alike."""
    block = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(4096))
    whole = block * (bytes_wanted // len(block) + 1)
    return b"".join(
        number.to_bytes(8, "big") + whole[at + 8 : at + 65536]
        for number, at in enumerate(range(0, bytes_wanted, 65536))
    )[:bytes_wanted]


def until(what: str, true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class Probe:
    """An upload of `spool` that goes on while the file grows."""

    def __init__(self, spool: Path, variables: dict[str, str], bucket: str, key: str, proxy: str = "", **settings):
        given = {**variables, "spool": spool, "bucket": bucket, "key": key, "part_bytes": PART, **settings}
        arguments = [PROGRAM, *(f"{name}={value}" for name, value in given.items())]
        self.spool = spool
        self.note = Path(f"{spool}.upload")
        # no proxy of the machine's: all stores here are on the loopback
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        if proxy:
            environment["http_proxy"] = proxy
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.urls = self.reply()

    def reply(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the probe ended: " + self.process.stderr.read())
        return json.loads(line)

    def say(self, *words) -> None:
        print(*words, file=self.process.stdin, flush=True)

    def grow(self, more: bytes) -> None:
        with self.spool.open("ab") as file:
            file.write(more)
        self.say("advance", self.spool.stat().st_size)

    def finish(self, stop_after_ms: int | None = None) -> dict:
        words = ["finish", self.spool.stat().st_size]
        self.say(*words, *([] if stop_after_ms is None else [stop_after_ms]))
        return self.reply()

    def close(self, command: str = "close") -> dict:
        """Destroys the sink. What was written to standard error is in "log"."""
        self.say(command)
        reply = self.reply()
        _, reply["log"] = self.process.communicate(timeout=30)
        if self.process.returncode != 0:
            raise AssertionError(reply["log"])
        return reply

    def discard(self) -> dict:
        """Likewise, and gives up what the sink began."""
        return self.close("discard")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@contextmanager
def probe(variables: dict[str, str], bucket: str, key: str = "1.pcap", spool: Path | None = None, **settings) -> Iterator[Probe]:
    """A probe on a spool file that is empty at first, unless one is given."""
    with tempfile.TemporaryDirectory(prefix="xpc-s3-") as folder:
        path = spool or Path(folder) / "job.spool"
        path.touch()
        running = Probe(path, variables, bucket, key, **settings)
        try:
            yield running
        finally:
            if running.process.poll() is None:
                running.kill()
            for stream in (running.process.stdin, running.process.stdout, running.process.stderr):
                try:
                    stream.close()
                except BrokenPipeError:
                    pass  # what was still to be said to a probe that was killed
