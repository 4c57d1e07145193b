"""More than there is room for: what is lost is counted exactly, for each job, and what is not lost is in the files."""

import os
import re
import signal
import unittest
from typing import Any

import support
from support import frames
from support.capture_file import packets
from support.net import Cable
from support.server import Job, Server

PAYLOAD = 14 + 20 + 8  # Ethernet, IPv4 and UDP headers before the number


class Overload(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server('[capture]\nmemory = "16 MiB"\n'))
        self.cable = Cable()

    def burst_while_stopped(self, count: int) -> None:
        """Nobody reads the ring meanwhile, and the packets are more than fit into it."""
        assert self.server.process
        os.kill(self.server.process.pid, signal.SIGSTOP)
        try:
            self.cable.send(frames.udp(n, destination=f"10.0.1.{n % 2 + 1}", size=1400) for n in range(count))
        finally:
            os.kill(self.server.process.pid, signal.SIGCONT)

    def numbers(self, job: Job) -> list[int]:
        return [int.from_bytes(p.data[PAYLOAD:PAYLOAD + 8], "big") for p in packets(self.server.file(job))]

    def accounted(self, job: Job, received: int) -> dict[str, Any]:
        """Waits until the job's counters speak of so many packets, and stops it."""
        self.server.wait_for(job, f"{received} packets accounted for",
                             lambda j: j["counters"]["received"] >= received)
        self.server.stop(job)
        last = self.server.ended(job)
        counters = last["counters"]
        self.assertEqual(counters["received"], received)
        self.assertEqual(counters["received"],
                         counters["captured"] + counters["filtered"] + sum(counters["dropped"].values()))
        return counters

    def test_what_the_ring_has_no_room_for_is_counted(self) -> None:
        count = 9000
        job = self.server.running(self.cable.near)
        self.burst_while_stopped(count)
        counters = self.accounted(job, count)
        self.assertGreater(counters["dropped"]["ring"], 0)
        got = self.numbers(job)
        self.assertEqual(len(got), counters["captured"])
        self.assertEqual(got, sorted(set(got)))
        self.assertEqual(count - len(got), sum(counters["dropped"].values()))

    def test_each_of_several_jobs_has_its_own_account(self) -> None:
        count = 9000
        everything = self.server.running(self.cable.near)
        half = self.server.running(self.cable.near, dst="10.0.1.1", bidirectional=False)
        nothing = self.server.running(self.cable.near, proto="tcp")
        self.burst_while_stopped(count)
        for job, wanted in ((everything, lambda n: True), (half, lambda n: n % 2 == 0), (nothing, lambda n: False)):
            with self.subTest(request=job["request"]):
                counters = self.accounted(job, count)
                self.assertGreater(counters["dropped"]["ring"], 0)
                got = self.numbers(job)
                self.assertEqual(len(got), counters["captured"])
                self.assertTrue(all(wanted(n) for n in got))
                self.assertEqual(got, sorted(set(got)))

    def test_a_packet_limit_that_is_reached_behind_the_loss(self) -> None:
        limit = 6000
        job = self.server.running(self.cable.near, packets=limit)
        beside = self.server.running(self.cable.near)
        self.burst_while_stopped(9000)
        sent = 9000
        self.server.wait_for(beside, "the burst", lambda j: j["counters"]["received"] >= sent)
        while self.server.job(job)["state"] == "running":
            self.cable.send(frames.udp(n, size=1400) for n in range(sent, sent + 100))
            sent += 100
            self.server.wait_for(beside, "the rest", lambda j: j["counters"]["received"] >= sent)
        last = self.server.ended(job)
        got = self.numbers(job)
        self.assertEqual((last["stop_reason"], len(got)), ("packets", limit))
        # exactly what came before its last packet, lost or not
        counters = last["counters"]
        self.assertGreater(got[-1], 9000)
        self.assertEqual(counters["received"], got[-1] + 1)
        self.assertEqual(counters["received"] - limit, sum(counters["dropped"].values()))
        self.assertEqual(got, sorted(set(got)))

    def test_the_file_tells_the_loss(self) -> None:
        job = self.server.running(self.cable.near)
        self.burst_while_stopped(9000)
        counters = self.accounted(job, 9000)
        content = self.server.file(job).read_bytes()
        told = re.findall(rb"received (\d+) = captured (\d+) \+ filtered 0 \+ dropped by ring (\d+), queue (\d+)", content)
        self.assertEqual([int(n) for n in told[-1]], [counters["received"], counters["captured"],
                                                      counters["dropped"]["ring"], counters["dropped"]["queue"]])


if __name__ == "__main__":
    support.main()
