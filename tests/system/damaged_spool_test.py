"""A disk that has damaged the spool of a killed server: what is whole is delivered, and the job says what is not.

XEPACKETCAP_TEST_SEED repeats a run's choices.
"""

import json
import os
import random
import re
import unittest
from dataclasses import dataclass
from pathlib import Path

import support
from peers.fault_server import BUCKET, Fault, FaultServer
from support import frames
from support.net import Cable
from support.pcap import tshark_fields
from support.server import Job, Server, wait_until

SEED = int(os.environ.get("XEPACKETCAP_TEST_SEED") or random.randrange(10**6))
COUNT = 40  # packets of a capture, all of a size
JOBS = 16


@dataclass
class Damage:
    """What was done to the spool file of a job."""

    path: Path
    before: bytes
    after: bytes
    at: int  # the first byte that is another, or is not there

    def __str__(self) -> str:
        done = "cut to" if len(self.after) < len(self.before) else "damaged at"
        return f"seed {SEED}: {self.path.name}, {len(self.before)} bytes, {done} {self.at}"


class DamagedSpool(unittest.TestCase):
    def setUp(self) -> None:
        self.random = random.Random(SEED)
        self.cable = Cable()

    def captured(self, server: Server, **more: object) -> list[Job]:
        jobs = [server.running(self.cable.near, proto="udp", format=("pcapng", "pcap")[n % 2], **more)
                for n in range(JOBS)]
        self.cable.send(frames.udp(n) for n in range(COUNT))
        for job in jobs:
            server.captured(job, COUNT)
        return jobs

    def spool(self, server: Server, job: Job) -> Path:
        return server.data_dir / "spool" / f"{job['id']}.pcap"

    def written(self, server: Server, jobs: list[Job]) -> None:
        for job in jobs:
            path = self.spool(server, job)
            wait_until("all of it on the disk", lambda: path.stat().st_size == server.job(job)["counters"]["bytes"])

    def head(self, content: bytes) -> int:
        """The bytes before the first record."""
        is_pcapng = content.startswith(b"\x0a\x0d\x0d\x0a")
        return content.index(frames.udp(0)) - (28 if is_pcapng else 16)

    def damage(self, path: Path, in_head: bool = False) -> Damage:
        """A byte is another, or, behind the head, it and all behind it are gone."""
        before = path.read_bytes()
        head = self.head(before)
        at = self.random.randrange(head) if in_head else self.random.randrange(head, len(before))
        after = bytearray(before)
        if not in_head and self.random.random() < 0.3:
            del after[at:]
        else:
            after[at] ^= self.random.choice((0x01, 0xFF))
        path.write_bytes(after)
        return Damage(path, before, bytes(after), at)

    def check_object(self, damage: Damage, job: Job, content: bytes) -> None:
        """The whole part of the damaged file, and no more, and no reader minds."""
        self.assertEqual(content, damage.after[:len(content)])
        path = damage.path.parent.parent / "object"
        path.write_bytes(content)
        found = len(tshark_fields(path, "frame.number"))
        self.assertEqual(found, job["counters"]["captured"])
        head = self.head(damage.before)
        record = damage.before.index(frames.udp(1)) - damage.before.index(frames.udp(0))
        self.assertGreaterEqual(found, min((damage.at - head) // record, COUNT) if damage.at >= head else 0)
        self.assertLessEqual(found, COUNT)
        if found < COUNT:
            self.assertLess(len(content), len(damage.before))

    def test_a_capture_that_was_killed(self) -> None:
        server = self.enterContext(Server())
        jobs = self.captured(server)
        self.written(server, jobs)
        server.kill()
        done = {job["id"]: self.damage(self.spool(server, job)) for job in jobs}
        server.start()
        for job in jobs:
            damage = done[job["id"]]
            with self.subTest(str(damage)):
                last = server.ended(job)
                self.assertEqual((last["delivery"], last["stop_reason"]), ("delivered", "crash"), last["errors"])
                content = server.file(job).read_bytes()
                self.check_object(damage, last, content)
                [error] = last["errors"]
                cut = len(damage.after) - len(content)
                told = re.search(r"the last ([\d,]+) of its ([\d,]+) bytes were no whole packets", error["message"])
                said = [int(n.replace(",", "")) for n in told.groups()] if told else [0, len(damage.after)]
                self.assertEqual(said, [cut, len(damage.after)], error["message"])

    def test_the_head_of_a_capture_that_was_killed(self) -> None:
        server = self.enterContext(Server())
        jobs = self.captured(server)
        self.written(server, jobs)
        server.kill()
        done = {job["id"]: self.damage(self.spool(server, job), in_head=True) for job in jobs}
        server.start()
        for job in jobs:
            damage = done[job["id"]]
            with self.subTest(str(damage)):
                last = server.ended(job)
                if last["delivery"] == "delivered":
                    self.check_object(damage, last, server.file(job).read_bytes())
                    continue
                self.assertIn(f"{damage.path}: its {len(damage.after):,} bytes can not be read",
                              last["errors"][0]["message"])
                self.assertEqual(damage.path.read_bytes(), damage.after)

    def test_a_capture_that_had_ended(self) -> None:
        store = self.enterContext(FaultServer("always_503"))
        server = self.enterContext(Server(environment=store.variables))
        jobs = self.captured(server, bucket=BUCKET)
        for job in jobs:
            server.stop(job)
        for job in jobs:
            server.wait_for(job, "uploading", lambda j: j["delivery"] == "uploading")
        server.kill()
        gone, *others = jobs
        done = {job["id"]: self.damage(self.spool(server, job)) for job in others}
        self.spool(server, gone).write_bytes(b"")
        store.store.fault = Fault()
        server.start()
        for job in others:
            damage = done[job["id"]]
            with self.subTest(str(damage)):
                last = server.ended(job)
                self.assertEqual((last["delivery"], last["stop_reason"]), ("delivered", "user"), last["errors"])
                content = store.store.objects[last["object"]["key"]].body
                counters, dropped = last["counters"], last["counters"]["dropped"]
                self.assertEqual(counters["bytes"], len(content))
                self.assertEqual(counters["received"], counters["captured"] + counters["filtered"] + dropped["disk"])
                self.assertEqual(dropped["disk"], COUNT - counters["captured"])
                self.check_object(damage, last, content)
                self.assertEqual([e["code"] for e in last["errors"]],
                                 ["corrupt"] if len(content) < len(damage.before) else [], json.dumps(last))
                for error in last["errors"]:
                    self.assertIn(f"{counters['captured']} of {COUNT} packets", error["message"])
        last = server.ended(gone)
        self.assertEqual((last["delivery"], last["object"]), ("failed", None))
        self.assertEqual([e["code"] for e in last["errors"]], ["corrupt"])


if __name__ == "__main__":
    support.main()
