"""A hundred captures on one interface, begun and ended at random while a numbered stream runs: each
has every packet of its own time and filter, and no other. A capture of everything is the measure:
it says when the kernel saw each packet."""

import random
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import support
from support import frames
from support.capture_file import packets
from support.net import Cable
from support.server import Job, Server

HOSTS = 20
JOBS = 100
PAYLOAD = 14 + 20 + 8  # Ethernet, IPv4 and UDP headers before the number

# A packet is stamped, filtered and counted one after the other: what comes in within so many
# nanoseconds of a capture's begin or end may be on either side.
EDGE = 5_000_000


def host(number: int) -> str:
    return f"10.0.1.{number % HOSTS + 1}"


def nanoseconds(rfc3339: str) -> int:
    return int(datetime.fromisoformat(rfc3339).timestamp() * 1_000_000) * 1000


class Sender(threading.Thread):
    def __init__(self, cable: Cable) -> None:
        super().__init__()
        self._cable = cable
        self._over = threading.Event()
        self.sent = 0

    def run(self) -> None:
        while not self._over.wait(0.002):
            batch = range(self.sent, self.sent + 10)
            self.sent += self._cable.send(frames.udp(n, destination=host(n), size=20 + n % 500)
                                          for n in batch)

    def end(self) -> None:
        self._over.set()
        self.join()


def some_filter(chance: random.Random) -> dict[str, Any]:
    one = f"10.0.1.{chance.randrange(HOSTS) + 1}"
    return chance.choice([
        {"proto": "udp", "dst": one},
        {"proto": "udp", "dst": one, "bidirectional": False},
        {"proto": "any"},
        {"proto": "udp"},
        {"proto": "tcp"},
        {"filter": f"udp and dst net {one.rsplit('.', 1)[0]}.0/28"},
    ])


def wants(request: dict[str, Any], destination: str) -> bool:
    if "filter" in request:
        return int(destination.rsplit(".", 1)[1]) < 16
    return request["proto"] != "tcp" and request.get("dst", destination) == destination


class HundredJobs(unittest.TestCase):
    def test_each_is_complete_for_its_time_and_filter(self) -> None:
        chance = random.Random(20261124)
        server = self.enterContext(Server("[jobs]\nmax_running = 200"))
        cable = Cable()
        everything = server.running(cable.near)
        sender = Sender(cable)
        sender.start()

        def one_job(seed: int) -> tuple[dict[str, Any], Job]:
            own = random.Random(seed)
            time.sleep(own.uniform(0, 4))
            request = some_filter(own)
            job = server.running(cable.near, **request)
            time.sleep(own.uniform(0.1, 1.5))
            server.stop(job)
            return request, job

        try:
            with ThreadPoolExecutor(40) as pool:
                jobs = list(pool.map(one_job, [chance.randrange(2**32) for _ in range(JOBS)]))
        finally:
            sender.end()
        server.captured(everything, sender.sent)
        reference = packets(server.stopped_file(everything))
        self.assertEqual([self.number(p.data) for p in reference], list(range(sender.sent)))

        for request, job in jobs:
            last = server.ended(job)
            with self.subTest(request=request, job=last["id"]):
                began, ended = nanoseconds(last["started_at"]), nanoseconds(last["stopped_at"])
                own = [p for p in reference if wants(request, host(self.number(p.data)))]
                got = {self.number(p.data): p.when for p in packets(server.file(last))}
                for packet in own:
                    number = self.number(packet.data)
                    if began + EDGE < packet.when < ended - EDGE:
                        self.assertIn(number, got)
                    if number in got:
                        self.assertEqual(got.pop(number), packet.when)
                        self.assertGreater(packet.when, began - EDGE)
                        self.assertLess(packet.when, ended + EDGE)
                self.assertEqual(got, {}, "packets that are not of this job")
                self.assertEqual(last["counters"]["dropped"], {"ring": 0, "queue": 0, "disk": 0})

    @staticmethod
    def number(frame: bytes) -> int:
        return int.from_bytes(frame[PAYLOAD:PAYLOAD + 8], "big")


if __name__ == "__main__":
    support.main()
