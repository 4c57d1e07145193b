"""A server that is ended at random moments, its bucket, and what was done to both: whatever it was doing then, each packet
that was confirmed durable has to be in the bucket, once."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any

from .disk import Disk
from .durability import Bucket, Capture, Traffic, objects, problems
from .server import Server, wait_until

CONFIG = '[s3]\npart_size = "5 MiB"\n'  # the smallest: a capture of more is sent while it runs
PATIENCE = 60  # for what was begun and broken off a hundred times, on a busy machine
FORMS: list[dict[str, Any]] = [{}, {}, {"segment": {"bytes": "128 KiB"}}, {"segment": {"duration": 1}}, {"compression": "zstd"},
                               {"format": "pcap"}]
FINAL = ("delivered", "failed")


class Killed(Exception):
    """The server, at its random moment."""


class Lane:
    """`disk`: what the server's data are on, which loses its power with each kill; nothing: it keeps it. The same `seed`
    makes the same choices."""

    def __init__(self, number: int, seed: int, store: Any, server: Server, disk: Disk | None = None) -> None:
        self.server, self.bucket, self.disk, self.seed = server, Bucket(store, f"lane{number}", server.folder), disk, seed
        self.random = random.Random(f"{seed} {number}")
        self.small, self.large = Traffic(size=200, burst=50), Traffic(size=8000, burst=100)
        self.captures: dict[str, Capture] = {}
        self.asked = False  # a request for a job was not answered yet
        self.timer: threading.Timer | None = None
        self.killed_at: float | None = None
        self.kinds: Counter[str] = Counter()
        store.create_bucket(Bucket=self.bucket.name)

    def run(self, kills: int) -> None:
        kind = ""
        try:
            for n in range(kills):
                kind = self.choose_kind()
                self.kinds[kind] += 1
                self.round(kind)
            kind = "the end"
            self.settle()
        except BaseException as failure:
            raise AssertionError(f"XEPACKETCAP_TEST_SEED={self.seed}, {self.bucket.name}, after {self.kinds.total()} kills, "
                                 f"the last one {kind}: {failure}\n{self.server.log()[-20000:]}") from failure

    def close(self) -> None:
        """After a failure there may be a server left."""
        if self.timer:
            self.timer.cancel()
        if self.server.process:
            self.server.kill()

    # A round: the server is started, does something, and is killed.

    def choose_kind(self) -> str:
        kinds = {"anywhere": 30, "writing": 20, "uploading": 20, "completing": 15}
        if self.spooled():  # there is something to take up
            kinds["restarting"] = 15
        if self.disk:
            kinds["crowded"] = 10
        return self.random.choices(list(kinds), list(kinds.values()))[0]

    def round(self, kind: str) -> None:
        self.killed_at = None
        if kind == "restarting":
            self.server.process = process = self.server.launch()
            self.arm(0.25)
            process.wait(PATIENCE)
        else:
            self.server.start()
            process = self.server.process
            self.catch_up()
            try:
                getattr(self, kind)()
            except (OSError, HTTPException, Killed) as broken:
                if self.killed_at is None:
                    raise AssertionError(f"the server broke a connection off: {broken!r}") from broken
        self.timer.join()
        self.server.kill()
        if self.disk:
            self.disk.has_power_again()
        if process.returncode != -signal.SIGKILL:
            raise AssertionError(f"the server ended by itself, with {process.returncode}")
        for capture in self.captures.values():
            capture.killed(self.killed_at)
        if kind != "restarting":
            self.check_work()

    def arm(self, longest: float) -> None:
        """The kill will come within so many seconds."""
        process = self.server.process

        def kill() -> None:
            self.killed_at = time.monotonic()
            process.kill()
            if self.disk:
                self.disk.cut_power()

        self.timer = threading.Timer(self.random.uniform(0, longest), kill)
        self.timer.start()

    def anywhere(self) -> None:
        """Captures of both sizes and all forms begin, grow and end."""
        self.begin(self.small, self.random.choice(FORMS))
        self.arm(2.0)
        while True:
            running = [capture for capture in self.captures.values() if capture.captures]
            act = self.random.choice(("begin", "send", "send", "send", "send", "stop"))
            if act == "begin" and len(running) < 4:
                self.begin(self.random.choice((self.small, self.large)), self.random.choice(FORMS))
            elif act == "stop" and len(running) > 1:
                self.stop(self.random.choice(running[1:]))
            else:
                self.send(self.random.choice((self.small, self.large)))

    def writing(self) -> None:
        """Two captures grow for more than a second, one of them by few packets."""
        self.begin(self.large)
        self.begin(self.small)
        self.arm(2.5)
        while True:
            self.send(self.small)
            if self.random.random() < 0.2:
                self.send(self.large)
            time.sleep(0.02)

    def crowded(self) -> None:
        """More captures than are synced one by one grow for more than a second."""
        for _ in range(12):
            self.begin(self.small)
        os.sync()  # with little of others in the page cache all are synced by one call
        self.arm(2.5)
        while True:
            self.send(self.small)
            time.sleep(0.02)

    def uploading(self) -> None:
        """A capture has parts on their way to the store, and grows."""
        capture = self.begin(self.large)
        self.send_parts()
        note = self.server.data_dir / "spool" / f"{capture.job['id']}.pcap.upload"
        wait_until(f"{capture}: a multipart upload", note.exists)
        self.arm(0.5)
        while True:
            self.send(self.large)

    def completing(self) -> None:
        """A capture has ended, and its delivery is about to."""
        self.begin(self.small)
        capture = self.begin(self.random.choice((self.small, self.large, self.large)))
        if capture.traffic is self.large:
            self.send_parts()
        self.send(self.small)
        self.arm(0.2)
        self.stop(capture)
        while True:
            self.send(self.small)

    # What is done in a round. Each of these may be broken off by the kill.

    def begin(self, traffic: Traffic, form: dict[str, Any] | None = None) -> Capture:
        self.asked = True
        job = self.server.create(traffic.cable.near, proto="udp", bucket=self.bucket.name, **(form or {}))
        self.asked = False
        capture = self.captures[job["id"]] = Capture(job, traffic)
        self.wait(capture, "that it runs", lambda: capture.captures)
        return capture

    def send_parts(self) -> None:
        for _ in range(self.random.randint(7, 16)):  # of 800 kB each
            self.send(self.large)

    def send(self, traffic: Traffic) -> None:
        """No faster than all of it is captured."""
        traffic.send()
        for capture in list(self.captures.values()):
            if capture.traffic is traffic and capture.captures:
                count = traffic.next - capture.first
                self.wait(capture, f"{count} packets", lambda: capture.job["counters"]["captured"] >= count)

    def stop(self, capture: Capture) -> None:
        self.server.stop(capture.job)
        self.wait(capture, "that it is stopped", lambda: capture.job["state"] == "stopped")

    def wait(self, capture: Capture, what: str, condition: Callable[[], bool]) -> None:
        def holds() -> bool:
            if self.killed_at is not None:
                raise Killed
            capture.saw(self.server.job(capture.job))
            return condition()

        wait_until(f"{capture}: {what}", holds, PATIENCE)

    # What has to hold in between.

    def spooled(self) -> list[Path]:
        spool = self.server.data_dir / "spool"
        return list(spool.iterdir()) if spool.exists() else []

    def left_in_spool(self) -> list[Path]:
        """But for what is kept since it can not be read: the power failed before the head of the file was on the disk."""
        kept = {f"{c.job['id']}.pcap" for c in self.captures.values()
                if self.disk and any(error["code"] == "corrupt" for error in c.job["errors"])}
        return [path for path in self.spooled()
                if path.name not in kept and not (self.disk and path.name.startswith("unreadable-"))]

    def check_work(self) -> None:
        """The server that was killed had a job that it was not done with."""
        pending = [c for c in self.captures.values() if c.job["delivery"] not in FINAL]
        if not pending or not (self.spooled() or any(c.first is None for c in pending)):
            raise AssertionError("the server that was killed had nothing to do")

    def catch_up(self) -> None:
        """No job is forgotten, none has come back, and those that were not captured yet are now."""
        found = {job["id"]: job for job in self.server.jobs()}
        if missing := [str(c) for id_, c in self.captures.items() if id_ not in found]:
            raise AssertionError(f"forgotten: {missing}")
        new = [job for id_, job in found.items() if id_ not in self.captures]
        if len(new) > self.asked:
            raise AssertionError(f"jobs that nobody asked for: {new}")
        self.asked = False
        for job in new:  # its request was under way when the server was killed
            traffic = self.small if job["request"]["interfaces"] == [self.small.cable.near] else self.large
            self.captures[job["id"]] = Capture(job, traffic)
        for id_, capture in self.captures.items():
            before, now = capture.job, found[id_]
            if before["delivery"] in FINAL and now != before:
                raise AssertionError(f"{capture} was {before}, and is {now}")
            if capture.whole and (now["state"], now["counters"]) != ("stopped", before["counters"]):
                raise AssertionError(f"{capture} had stopped as {before}, and is {now}")
            if capture.end is not None and now["state"] != "stopped":
                raise AssertionError(f"{capture} was killed, and is {now['state']}")
            if capture.end is None and now["state"] == "stopped":  # killed before anybody saw it running
                capture.first = capture.end = capture.traffic.next
            capture.saw(now)
        for capture in self.captures.values():
            if capture.end is None:
                self.wait(capture, "that it runs again", lambda: capture.captures)

    # The end: everything is brought to its store.

    def settle(self) -> None:
        self.server.start()
        self.killed_at = None
        self.catch_up()
        for capture in list(self.captures.values()):
            if capture.captures:
                self.stop(capture)
        for capture in self.captures.values():
            self.wait(capture, "its delivery", lambda: capture.job["delivery"] in FINAL)
        try:
            wait_until("the spool to be empty", lambda: not self.left_in_spool(), 2 * PATIENCE)
        except AssertionError as failure:
            raise AssertionError(f"{failure}: {[self.told_of(path) for path in self.left_in_spool()]}") from failure
        self.server.terminate()
        self.check_bucket()

    def told_of(self, path: Path) -> str:
        """Of a file in the spool: what is in it, and what the server says of its job."""
        id_ = path.name[:36]  # the text of a UUID
        job = self.captures[id_].job if id_ in self.captures else "of no job"
        return f"{path.name}, {path.stat().st_size} bytes, {path.read_bytes()[:16].hex()}: {job}\n{self.log_of([id_])}"

    def check_bucket(self) -> None:
        reply = self.bucket.store.list_objects_v2(Bucket=self.bucket.name)
        if reply["IsTruncated"]:
            raise AssertionError("more objects than this test looks at")
        keys = {one["Key"] for one in reply.get("Contents", [])}
        jobs = {one["key"]: c for c in self.captures.values() for one in objects(c.job)}
        if len(jobs) != sum(len(objects(c.job)) for c in self.captures.values()):
            raise AssertionError("two jobs have one object")
        if keys != set(jobs):
            raise AssertionError(f"objects without a job: {sorted(keys - set(jobs))}; jobs without their object: "
                                 f"{[str(jobs[key]) for key in set(jobs) - keys]}")
        wrong = [problem for c in self.captures.values() for problem in problems(c, self.bucket)]
        if wrong:
            raise AssertionError("\n".join(wrong))
        self.check_open_uploads()

    def check_open_uploads(self) -> None:
        store, name = self.bucket.store, self.bucket.name
        for left in store.list_multipart_uploads(Bucket=name).get("Uploads", []):
            of = {"Key": left["Key"], "UploadId": left["UploadId"]}
            parts = store.list_parts(Bucket=name, **of).get("Parts", [])
            begun = left.get("Initiated")
            log = self.log_of(self.jobs_of(left["Key"]))
            raise AssertionError(f"an upload was left open, begun {begun}, with {len(parts)} parts: {of}\n{log}")

    def jobs_of(self, key: str) -> list[str]:
        return [id_ for id_, c in self.captures.items() if any(one["key"] == key for one in objects(c.job))]

    def log_of(self, ids: list[str]) -> str:
        """What the servers said of these jobs."""
        lines = self.server.log().splitlines()
        return "\n".join(line for line in lines if any(one in line for one in [*ids, "server.listening"]))


def run_side_by_side(lanes: list[Lane], kills: int) -> None:
    """`kills` of each of them."""
    with ThreadPoolExecutor(len(lanes)) as pool:
        running = [pool.submit(lane.run, kills) for lane in lanes]
    for one in running:
        one.result()


def reach(lanes: list[Lane]) -> dict[str, int]:
    """Where they have been."""
    captures = [c for lane in lanes for c in lane.captures.values()]
    logs = "".join(lane.server.log() for lane in lanes)
    return {
        "kills": sum(lane.kinds.total() for lane in lanes),
        "jobs": len(captures),
        "jobs seen stopped": sum(c.whole for c in captures),
        "jobs killed while they ran": sum(c.job["stop_reason"] == "crash" for c in captures),
        "of these with packets that were confirmed": sum(c.confirmed > 0 for c in captures if not c.whole),
        "packets confirmed": sum(c.confirmed for c in captures),
        "objects of several parts": sum("-" in one["etag"] for c in captures for one in objects(c.job)),
        "captures in several objects": sum(len(c.job["objects"]) > 1 for c in captures),
        "uploads resumed": logs.count("upload.resumed"),
        "captures begun again": logs.count("job.requeued"),
        "deliveries begun again": logs.count("job.delivery_resumed"),
    }
