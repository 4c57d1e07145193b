"""What was sent to a capture, what the API has confirmed of it, and whether its object in a bucket has that: for servers that
are killed.

From the outside, a packet is confirmed durable when the API has counted it as captured one second before the kill, or when the
API has shown its capture as stopped."""

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import frames
from .capture_file import packets
from .net import Cable
from .server import Job

DURABLE_AFTER = 1.0  # seconds in which what was captured reaches the disk


class Traffic:
    """A cable and its frames, numbered over the whole test, so that none may stand for another."""

    CHECKSUM, NUMBER = 14 + 20 + 6, 14 + 20 + 8  # Ethernet, IPv4, and UDP with or without its last field

    def __init__(self, size: int, burst: int) -> None:
        self.cable = Cable(mtu=9000)
        self.burst = burst
        self.next = 0
        made = frames.udp(0, size=size)
        self.head, self.tail = made[:self.CHECKSUM] + b"\0\0", made[self.NUMBER + 8:]  # RFC 768: 0 is no checksum

    def frame(self, number: int) -> bytes:
        return self.head + number.to_bytes(8, "big") + self.tail

    def send(self) -> None:
        begin, self.next = self.next, self.next + self.burst
        self.cable.send(self.frame(n) for n in range(begin, self.next))


@dataclass
class Capture:
    """A job, and what the API has said of it."""

    job: Job  # as last seen
    traffic: Traffic
    first: int | None = None  # the number of the first frame that was sent to it, since it was seen running
    end: int | None = None  # behind the last one that may be in it, once it has ended or was killed
    counted: list[tuple[float, int]] = field(default_factory=list)  # when, and how many packets were captured
    confirmed: int = 0  # packets that have to be in the bucket
    whole: bool = False  # it was seen stopped: nothing may be missing

    def saw(self, job: Job) -> None:
        self.job = job
        if job["state"] in ("running", "stopping") and self.first is None:
            self.first = self.traffic.next
        if sum(job["counters"]["dropped"].values()):
            raise AssertionError(f"{self}: the traffic was too fast for this test")
        if self.end is None:
            self.counted.append((time.monotonic(), job["counters"]["captured"]))
        if job["state"] == "stopped" and self.end is None:
            self.end, self.whole, self.confirmed = self.traffic.next, True, job["counters"]["captured"]

    def killed(self, when: float) -> None:
        """With the server, while it captured."""
        if self.end is not None or self.first is None:
            return  # it had ended, or it may begin again
        self.end = self.traffic.next
        self.confirmed = max((n for at, n in self.counted if at <= when - DURABLE_AFTER), default=0)

    @property
    def captures(self) -> bool:
        return self.first is not None and self.end is None

    def __str__(self) -> str:
        return f"job {self.job['number']} ({self.job['id']})"


@dataclass
class Bucket:
    """`store`: botocore's client. Objects are looked at in `folder`, and stay there, each by its key."""

    store: Any
    name: str
    folder: Path


def problems(capture: Capture, bucket: Bucket) -> list[str]:
    """What is wrong with a job that has ended, and with its object."""
    job, problems = capture.job, []
    crashed = job["stop_reason"] == "crash"
    if capture.whole and crashed:
        problems.append("seen stopped before the kill, and ended by a crash")
    if crashed != bool(job["errors"]):
        problems.append(f"stop reason {job['stop_reason']}, errors {job['errors']}")
    if job["delivery"] == "delivered":
        problems += _problems_of_objects(capture, bucket)
    elif capture.confirmed or not crashed or job["counters"]["captured"]:
        problems.append(f"not delivered: {job['errors']}")
    return [f"{capture}: {problem}" for problem in problems]


def objects(job: Job) -> list[dict[str, Any]]:
    """Those that the job's capture is in, one or several, in order, as the API tells of them."""
    return job["objects"] or ([job["object"]] if job["object"] else [])


def _problems_of_objects(capture: Capture, bucket: Bucket) -> list[str]:
    job, problems, found = capture.job, [], []
    for one in objects(job):
        path = bucket.folder / one["key"]
        reply = bucket.store.get_object(Bucket=bucket.name, Key=one["key"])
        path.write_bytes(reply["Body"].read())
        if (path.stat().st_size, reply["ETag"].strip('"')) != (one["bytes"], one["etag"]):
            problems.append(f"the object is {path.stat().st_size} bytes, {reply['ETag']}; its receipt {one}")
        found += packets(path)
    at = Traffic.NUMBER
    got = [int.from_bytes(p.data[at:at + 8], "big") for p in found]
    if len(got) != job["counters"]["captured"]:
        problems.append(f"{len(got)} packets, where the job has {job['counters']['captured']}")
    due = range(capture.first, capture.first + capture.confirmed)
    if missing := sorted(set(due) - set(got)):
        problems.append(f"confirmed durable, and missing: {_some(missing)}")
    if double := [n for n, count in Counter(got).items() if count > 1]:
        problems.append(f"there more than once: {_some(double)}")
    if strange := sorted(set(got) - set(range(capture.first, capture.end))):
        problems.append(f"never sent to it: {_some(strange)}")
    if job["stop_reason"] != "crash" and len(got) != capture.end - capture.first:
        problems.append(f"{len(got)} packets of a whole capture, where {capture.end - capture.first} were sent")
    # of a capture in several files each is on the disk when the disk is done with it: the next one may be before the last
    may_have_gap = job["objects"] and job["stop_reason"] == "crash"
    if got != (sorted(got) if may_have_gap else list(range(capture.first, capture.first + len(got)))):
        problems.append("not in order, or with a gap")
    if changed := [n for n, p in zip(got, found) if p.data != capture.traffic.frame(n)]:
        problems.append(f"not as they were sent: {_some(changed)}")
    return problems


def _some(numbers: list[int]) -> str:
    """The first few of them."""
    return f"{len(numbers)}: {numbers[:10]}{'...' if len(numbers) > 10 else ''}"
