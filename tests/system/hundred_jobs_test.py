"""A hundred captures on one interface, of all forms, begun and ended at random while a numbered stream runs: each
has every packet of its own time and filter, and no other. A capture of everything is the measure:
it says when the kernel saw each packet."""

import os
import random
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import support
from support import frames
from support.capture_file import Packet, packets
from support.net import Cable
from support.server import Job, Server

SEED = int(os.environ.get("XEPACKETCAP_TEST_SEED") or random.randrange(10**6))
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


def some_form(chance: random.Random) -> dict[str, Any]:
    """Captures of one form and filter share what they write, until one of them differs."""
    return chance.choice([
        {}, {}, {},
        {"snaplen": 64},
        {"format": "pcap"},
        {"segment": {"bytes": "64 KiB"}},
        {"segment": {"bytes": "64 KiB"}},
        {"segment": {"duration": 1}},
        {"compression": "zstd"},
        {"packets": chance.randrange(1, 300)},
        {"bytes": chance.randrange(10_000, 100_000)},
    ])


def wants(request: dict[str, Any], destination: str) -> bool:
    if "filter" in request:
        return int(destination.rsplit(".", 1)[1]) < 16
    return request["proto"] != "tcp" and request.get("dst", destination) == destination


class HundredJobs(unittest.TestCase):
    def test_each_is_complete_for_its_time_and_filter(self) -> None:
        chance = random.Random(SEED)
        server = self.enterContext(Server("[jobs]\nmax_running = 200"))
        cable = Cable()
        everything = server.running(cable.near)
        sender = Sender(cable)
        sender.start()

        def one_job(seed: int) -> tuple[dict[str, Any], Job]:
            own = random.Random(seed)
            time.sleep(own.uniform(0, 4))
            request = some_filter(own) | some_form(own)
            job = server.create(cable.near, **request)
            server.wait_for(job, "that it captures, or has all", lambda j: j["state"] in ("running", "stopping", "stopped"))
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
            with self.subTest(seed=SEED, request=request, job=last["id"]):
                self.check(server, last, request, reference)

    def check(self, server: Server, job: Job, request: dict[str, Any], reference: list[Packet]) -> None:
        began, ended = nanoseconds(job["started_at"]), nanoseconds(job["stopped_at"])
        kept = [packet for file in server.files(job) or [server.file(job)] for packet in packets(file)]
        self.assertEqual([self.number(p.data) for p in kept], sorted(self.number(p.data) for p in kept))
        if job["stop_reason"] in ("packets", "bytes"):  # what came after the last one is not its own any more
            self.assertTrue({"packets", "bytes"} & set(request))
            ended = min(ended, kept[-1].when + EDGE if kept else began)
        got = {self.number(p.data): p for p in kept}
        self.assertEqual(len(got), len(kept), "packets that are there more than once")
        for packet in reference:
            number = self.number(packet.data)
            if not wants(request, host(number)):
                continue
            if began + EDGE < packet.when < ended - EDGE:
                self.assertIn(number, got)
            if number in got:
                own = got.pop(number)
                self.assertEqual((own.when, own.data), (packet.when, packet.data[:request.get("snaplen", len(packet.data))]))
                self.assertGreater(packet.when, began - EDGE)
                self.assertLess(packet.when, ended + EDGE)
        self.assertEqual(got, {}, "packets that are not of this job")
        self.assertEqual(job["counters"]["dropped"], {"ring": 0, "queue": 0, "disk": 0})
        self.assertEqual(job["counters"]["captured"], len(kept))
        if "packets" in request:
            self.assertLessEqual(len(kept), request["packets"])

    @staticmethod
    def number(frame: bytes) -> int:
        return int.from_bytes(frame[PAYLOAD:PAYLOAD + 8], "big")


if __name__ == "__main__":
    support.main()
