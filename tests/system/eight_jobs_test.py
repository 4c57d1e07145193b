"""Eight captures with different filters at once, on one interface: each has exactly its own."""

import unittest
from collections.abc import Callable
from dataclasses import dataclass

import support
from support import frames
from support.net import Cable
from support.pcap import numbers, raw_frames
from support.server import Server

A, B, C = "10.0.0.1", "10.0.0.2", "10.0.0.3"
A6, B6 = "fd00::1", "fd00::2"


@dataclass
class Packet:
    proto: str
    src: str
    dst: str
    frame: bytes

    @property
    def is_ip(self) -> bool:
        return self.proto != "arp"


def stream() -> list[Packet]:
    """Every protocol between every pair of addresses, each packet with bytes of its own."""
    packets = []
    for n in range(50):
        for src, dst in ((A, B), (B, A), (A, C), (C, B), (A6, B6), (B6, A6)):
            packets += [
                Packet("udp", src, dst, frames.udp(n, src, dst)),
                Packet("tcp", src, dst, frames.tcp(n, src, dst)),
                Packet("icmp", src, dst, frames.icmp(n, src, dst)),
            ]
        packets += [
            Packet("ospf", A, B, frames.other(frames.OSPF, n, A, B)),
            Packet("eigrp", A, B, frames.other(frames.EIGRP, n, A, B)),
            Packet("arp", "", "", frames.arp(n)),
        ]
    return packets


JOBS: list[tuple[dict[str, object], Callable[[Packet], bool]]] = [
    ({"proto": "any"}, lambda p: True),
    ({"proto": "ip"}, lambda p: p.is_ip),
    ({"proto": "udp", "src": A, "dst": B, "bidirectional": False},
     lambda p: (p.proto, p.src, p.dst) == ("udp", A, B)),
    ({"proto": "udp", "src": A, "dst": B}, lambda p: p.proto == "udp" and {p.src, p.dst} == {A, B}),
    ({"proto": "tcp", "src": C, "bidirectional": False}, lambda p: p.proto == "tcp" and p.src == C),
    ({"proto": "icmp"}, lambda p: p.proto == "icmp"),
    ({"proto": "ip", "dst": A6, "bidirectional": False}, lambda p: p.dst == A6),
    ({"proto": "ospf"}, lambda p: p.proto == "ospf"),
]


class EightJobs(unittest.TestCase):
    def test_each_object_has_exactly_its_own_packets(self) -> None:
        server = self.enterContext(Server())
        cable = Cable()
        jobs = [server.running(cable.near, **request) for request, _ in JOBS]
        packets = stream()
        cable.send(p.frame for p in packets)
        for job in jobs:
            server.stop(job)
        for job, (request, belongs) in zip(jobs, JOBS):
            with self.subTest(**request):
                wanted = [p.frame for p in packets if belongs(p)]
                self.assertGreater(len(wanted), 0)
                self.assertEqual(raw_frames(server.file(job)), wanted)

    def test_jobs_on_several_interfaces_do_not_mix(self) -> None:
        server = self.enterContext(Server())
        cables = [Cable() for _ in range(4)]
        jobs = [server.running(cable.near, proto="udp") for cable in cables]
        for n in range(400):
            cables[n % 4].send([frames.udp(n)])
        for i, job in enumerate(jobs):
            with self.subTest(interface=cables[i].near):
                self.assertEqual(numbers(server.stopped_file(job)), list(range(i, 400, 4)))

    def test_a_job_that_ends_does_not_disturb_the_others(self) -> None:
        server = self.enterContext(Server())
        cable = Cable()
        steady = server.running(cable.near, proto="udp")
        for n in range(5):
            passing = server.running(cable.near, proto="udp")
            cable.send([frames.udp(n)])
            with self.subTest(n=n):
                self.assertEqual(numbers(server.stopped_file(passing)), [n])
        self.assertEqual(numbers(server.stopped_file(steady)), list(range(5)))


if __name__ == "__main__":
    support.main()
