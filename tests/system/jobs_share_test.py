"""Captures that ask for the very same share the work, and nobody can tell: each file is complete for
its own time, whoever came before, and whoever left."""

import random
import unittest
from typing import Any

import support
from support import frames
from support.capture_file import Packet, packets
from support.net import Cable
from support.pcap import capinfos
from support.server import Job, Server

MTU = 65_521  # and 14 of Ethernet: 65,535 in all


class JobsShare(unittest.TestCase):
    def setUp(self) -> None:
        # parts of 32 KiB: many frames begin in one and end in another
        self.server = self.enterContext(Server('[capture]\nmemory = "16 MiB"\n'))
        self.cable = Cable(mtu=MTU)
        self.chance = random.Random(20261124)
        self.sent: list[bytes] = []

    def send(self, count: int, largest: int = 3000) -> None:
        made = [frames.udp(len(self.sent) + n, size=self.chance.randrange(8, largest)) for n in range(count)]
        self.cable.send(made)
        self.sent += made

    def check(self, job: Job, wanted: list[bytes]) -> list[Packet]:
        got = packets(self.server.file(job))
        self.assertEqual(len(got), len(wanted))
        for number, (packet, frame) in enumerate(zip(got, wanted)):
            self.assertTrue(packet.data == frame, f"frame {number} is another one")
        counters = self.server.job(job)["counters"]
        self.assertEqual(counters["received"], len(wanted))
        return got

    def come_and_go(self, requests: list[dict[str, Any]], largest: int) -> list[list[Packet]]:
        """One after the other begins, then one after the other ends, the first first."""
        windows = []
        for request in requests:
            windows.append((self.server.running(self.cable.near, **request), len(self.sent)))
            self.send(self.chance.randrange(1, 40), largest)
        found = []
        for job, begin in windows:
            self.server.stop(job)
            self.server.ended(job)
            with self.subTest(begin=begin, end=len(self.sent)):
                found.append(self.check(job, self.sent[begin:]))
            self.send(self.chance.randrange(1, 40), largest)
        return found

    def test_each_is_complete_for_its_time(self) -> None:
        found = self.come_and_go([{"proto": "udp"}] * 10, largest=3000)
        stamps = [{p.data: p.when for p in file} for file in found]
        for one, other in zip(stamps, stamps[1:]):
            both = one.keys() & other.keys()
            self.assertGreater(len(both), 0)
            self.assertEqual({f: one[f] for f in both}, {f: other[f] for f in both}, "they share the time, too")

    def test_each_is_complete_where_frames_are_larger_than_the_memory_they_share(self) -> None:
        self.come_and_go([{}] * 10, largest=60_000)

    def test_each_has_its_format_and_its_cut(self) -> None:
        requests: list[dict[str, Any]] = [{}, {"format": "pcap"}, {"by": "alice", "comment": "why"}, {"format": "pcap"}]
        self.come_and_go(requests, largest=20_000)
        pcapng = self.server.running(self.cable.near)
        pcap = self.server.running(self.cable.near, format="pcap")
        self.send(50)
        one, other = self.server.stopped_file(pcapng), self.server.stopped_file(pcap)
        self.assertEqual((capinfos(one)["File type"], capinfos(other)["File type"]), ("pcapng", "nsecpcap"))
        self.assertEqual([(p.when, p.data, p.wire_length) for p in packets(one)],
                         [(p.when, p.data, p.wire_length) for p in packets(other)])

    def test_one_that_is_full_leaves_the_others_whole(self) -> None:
        limits = [5, 17, 18, None, 30]
        jobs = [self.server.running(self.cable.near, **({"packets": n} if n else {})) for n in limits]
        self.send(60)
        for limit, job in zip(limits, jobs):
            with self.subTest(packets=limit):
                if not limit:
                    self.server.stop(job)
                self.check(job, self.sent[:limit])

    def test_one_that_comes_back_gets_nothing_of_before(self) -> None:
        steady = self.server.running(self.cable.near)
        for _ in range(5):
            job, begin = self.server.running(self.cable.near), len(self.sent)
            self.send(20)
            self.server.stop(job)
            self.check(job, self.sent[begin:])
            self.send(20)
        self.server.stop(steady)
        self.check(steady, self.sent)


if __name__ == "__main__":
    support.main()
