"""A disk that stands still for a while: memory takes what it can, the rest is counted (`queue`), and
the capture goes on as if nothing had been once the disk is back."""

import os
import shutil
import subprocess
import tempfile
import time
import unittest
from datetime import datetime
from pathlib import Path

import support
from support import frames
from support.capture_file import numbers
from support.disk import Disk
from support.net import Cable
from support.server import Job, Server, wait_until

# Half of it is for buffers: what comes in below is twice that.
MEMORY = "16 MiB"
BURST = 12_000
PAYLOAD = 1400


@unittest.skipUnless(os.path.exists("/dev/loop-control"), "there are no loop devices here")
@unittest.skipUnless(shutil.which("mkfs.ext4") and shutil.which("fsfreeze"), "needs mkfs.ext4 and fsfreeze")
class StalledDisk(unittest.TestCase):
    def setUp(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="xepacketcap-disk."))) / "disk"
        try:
            self.disk = Disk(folder, 256)
        except subprocess.CalledProcessError as failure:
            self.skipTest(f"no loop device can be mounted here: {failure}")
        self.addCleanup(self.disk.close)
        config = f'[capture]\nmemory = "{MEMORY}"\n'
        server = Server()
        server.data_dir = folder / "data"
        server.configure(config)
        self.server = self.enterContext(server)
        self.cable = Cable()

    def send(self, begin: int, end: int, cable: Cable | None = None) -> None:
        (cable or self.cable).send(frames.udp(n, size=PAYLOAD) for n in range(begin, end))

    def accounted(self, job: Job, sent: int) -> None:
        """The live counters come from memory: they are told while the disk stands still."""
        self.server.wait_for(job, f"{sent} packets accounted for", lambda j: j["counters"]["received"] >= sent)

    def check(self, job: Job, sent: int) -> list[int]:
        """Stops it. What is in its file is what its counters say."""
        got = numbers(self.server.stopped_file(job))
        counters = self.server.job(job)["counters"]
        dropped = counters["dropped"]
        self.assertEqual(counters["received"], sent)
        self.assertEqual(counters["captured"], len(got))
        self.assertEqual(counters["captured"] + sum(dropped.values()), sent)
        self.assertEqual((counters["filtered"], dropped["disk"]), (0, 0))
        self.assertEqual(got, sorted(set(got)), "in order, and each once")
        return got

    def test_what_memory_had_no_room_for_is_counted_and_the_capture_goes_on(self) -> None:
        job = self.server.running(self.cable.near)
        self.send(0, 100)
        self.server.captured(job, 100)
        with self.disk.frozen():
            self.send(100, BURST)
            self.accounted(job, BURST)
        live = self.server.job(job)["counters"]
        self.assertGreater(live["dropped"]["queue"], 0)
        sent = BURST

        def hundred_more_are_kept() -> bool:
            nonlocal sent
            before = self.server.job(job)["counters"]["dropped"]
            self.send(sent, sent + 100)
            sent += 100
            self.accounted(job, sent)
            return self.server.job(job)["counters"]["dropped"] == before

        wait_until("room again, once the disk is done with what was in memory", hundred_more_are_kept)
        got = self.check(job, sent)
        self.assertEqual(got[:100], list(range(100)))
        self.assertEqual(got[-100:], list(range(sent - 100, sent)))

    def test_a_short_stall_costs_nothing(self) -> None:
        job = self.server.running(self.cable.near)
        with self.disk.frozen():
            for begin in range(0, 2000, 50):  # 3 MB in all, not faster than any machine can look at them
                self.send(begin, begin + 50)
                self.accounted(job, begin + 50)
        self.assertEqual(self.check(job, 2000), list(range(2000)))

    def test_what_buffers_have_no_room_for_waits_in_the_ring_for_half_a_second(self) -> None:
        burst = 7000  # 10 MB: buffers have 7, and the ring has 6
        job = self.server.running(self.cable.near)
        began = time.monotonic()
        with self.disk.frozen():
            self.send(0, burst)
        # the wait in the ring begins when buffers are full, which is later than this
        took = time.monotonic() - began
        if took > 0.3:
            self.skipTest(f"this machine takes {took:.1f} s for the burst")
        self.accounted(job, burst)
        # Blocks that the kernel hands over half empty, to a busy machine, hold less than they could.
        self.assertGreater(len(self.check(job, burst)), 6000, "no more than buffers alone have room for")

    def test_a_capture_ends_when_it_is_due_though_the_disk_stands_still(self) -> None:
        job = self.server.running(self.cable.near, duration=1)
        beside = self.server.running(self.cable.near)
        with self.disk.frozen():
            due = time.monotonic() + 1
            self.send(0, 100)
            self.accounted(beside, 100)
            wait_until("its end is past", lambda: time.monotonic() > due + 0.5)
            self.send(100, 200)
            self.accounted(beside, 200)
        last = self.server.ended(job)
        self.assertEqual(last["stop_reason"], "duration")
        self.assertEqual(numbers(self.server.file(job)), list(range(100)))
        began, ended = (datetime.fromisoformat(last[name]) for name in ("started_at", "stopped_at"))
        self.assertLess((ended - began).total_seconds(), 1.5)
        self.assertEqual(self.check(beside, 200), list(range(200)))

    def test_a_capture_that_floods_memory_leaves_some_to_the_others(self) -> None:
        flooded = self.server.running(self.cable.near)
        quiet_cable = Cable()
        quiet = self.server.running(quiet_cable.near)
        with self.disk.frozen():
            self.send(0, BURST)
            self.accounted(flooded, BURST)
            self.send(0, 100, quiet_cable)
            self.accounted(quiet, 100)
            self.assertGreater(self.server.job(flooded)["counters"]["dropped"]["queue"], 0)
        self.assertEqual(self.check(quiet, 100), list(range(100)))
        self.check(flooded, BURST)

    def test_each_of_several_captures_of_the_interface_has_its_own_account(self) -> None:
        jobs = [self.server.running(self.cable.near) for _ in range(3)]
        jobs.append(self.server.running(self.cable.near, snaplen=100))
        with self.disk.frozen():
            self.send(0, BURST)
            for job in jobs:
                self.accounted(job, BURST)
        for job in jobs:
            with self.subTest(snaplen=job["request"]["snaplen"]):
                self.check(job, BURST)
        self.assertGreater(self.server.job(jobs[0])["counters"]["dropped"]["queue"], 0)


if __name__ == "__main__":
    support.main()
