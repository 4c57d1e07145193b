"""A capture takes as long as it was asked to, to within 50 ms, whether packets arrive or not."""

import threading
import unittest
from datetime import datetime

import support
from support import frames
from support.net import Cable
from support.server import Job, Server


def captured_for(job: Job) -> float:
    started, stopped = (datetime.fromisoformat(job[name]) for name in ("started_at", "stopped_at"))
    return (stopped - started).total_seconds()


class Duration(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())

    def check(self, job: Job, seconds: float) -> None:
        last = self.server.ended(job)
        self.assertEqual(last["stop_reason"], "duration")
        self.assertEqual(last["delivery"], "delivered")
        self.assertAlmostEqual(captured_for(last), seconds, delta=0.05)

    def test_without_any_packet(self) -> None:
        cable = Cable()
        jobs = [(self.server.create(cable.near, duration=seconds, format="pcap"), seconds) for seconds in (1, 2, 3)]
        for job, seconds in jobs:
            self.check(job, seconds)
        for job, _ in jobs:
            self.assertEqual(self.server.job(job)["counters"]["received"], 0)
            self.assertEqual(self.server.job(job)["object"]["bytes"], 24, "a pcap header alone")

    def test_on_any_and_on_loopback(self) -> None:
        for job in [self.server.create("any", duration=1), self.server.create("lo", duration=1)]:
            self.check(job, 1)

    def test_while_packets_arrive(self) -> None:
        cable = Cable()
        done = threading.Event()

        def traffic() -> None:
            while not done.is_set():
                cable.send(frames.udp(n) for n in range(20))
                done.wait(0.001)

        sender = threading.Thread(target=traffic)
        sender.start()
        try:
            self.check(self.server.create(cable.near, duration=2), 2)
        finally:
            done.set()
            sender.join()

    def test_a_stop_ends_it_at_once(self) -> None:
        cable = Cable()
        job = self.server.running(cable.near)
        asked = datetime.now().astimezone()
        self.server.stop(job)
        last = self.server.ended(job)
        self.assertEqual(last["stop_reason"], "user")
        self.assertLess((datetime.fromisoformat(last["stopped_at"]) - asked).total_seconds(), 0.2)

    def test_an_interface_that_goes_away_ends_it_with_what_there_was(self) -> None:
        cable = Cable()
        job = self.server.running(cable.near, proto="udp")
        cable.send(frames.udp(n) for n in range(10))
        self.server.captured(job, 10)
        cable.unplug()
        last = self.server.ended(job)
        self.assertEqual(last["stop_reason"], "device")
        self.assertEqual(last["delivery"], "delivered")
        self.assertEqual(last["counters"]["captured"], 10)


if __name__ == "__main__":
    support.main()
