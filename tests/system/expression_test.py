"""Expressions of pcap-filter(7): each finds what it finds for tcpdump on the same interface, beside
any other; one that can not be compiled is refused before anything is stored."""

import signal
import subprocess
import unittest
from pathlib import Path
from typing import Any

import support
from support import frames
from support.capture_file import Packet, packets
from support.net import Cable
from support.server import Server, wait_until

A, B, C = "10.0.0.1", "10.0.0.2", "10.0.7.3"
A6, B6 = "fd00::1", "fd00::2"

VLAN, PROVIDER = 0x8100, 0x88A8  # IEEE 802.1Q, table 9-1


def tagged(frame: bytes, *tags: tuple[int, int]) -> bytes:
    """With tags put in, each a protocol and 16 bits of priority and VLAN; the outer one first."""
    put = b"".join(tpid.to_bytes(2, "big") + tci.to_bytes(2, "big") for tpid, tci in tags)
    return frame[:12] + put + frame[12:]


def stream() -> list[bytes]:
    """A bit of everything, each frame with bytes of its own at its end."""
    made = []
    for n in range(0, 400, 20):
        made += [
            frames.udp(n, A, B, 8),
            frames.udp(n + 1, A, B, 8, port=53),
            frames.udp(n + 2, B, A, 8, port=53),
            frames.udp(n + 3, C, A, 8, port=53),
            frames.udp(n + 4, A6, B6, 8, port=53),
            frames.udp(n + 5, A, B, 1200, port=53),
            frames.udp(n + 6, A, B, 8, vlan=100),
            frames.udp(n + 7, A, B, 8, port=53, vlan=100),
            frames.udp(n + 8, B, C, 8, port=53, vlan=200),
            tagged(frames.udp(n + 9, A, B, 8, port=53), (PROVIDER, 10), (VLAN, 100)),
            tagged(frames.udp(n + 10, A, B, 8, port=53), (VLAN, 100), (VLAN, 200)),
            tagged(frames.tcp(n, A, B), (VLAN, 100)),
            frames.tcp(n, C, B),
            frames.icmp(n, A, B),
            frames.icmp(n, A6, B6),
            frames.arp(n),
        ]
    return made


class Tcpdump:
    """One that captures to a file until it has been asked for its packets."""

    def __init__(self, path: Path, *arguments: str) -> None:
        self._path = path
        self._log = path.with_suffix(".log")
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                ["tcpdump", "-U", "--immediate-mode", "-s", "2048", "-B", "16384", "-Z", "root",
                 "-w", str(path), *arguments], stderr=log)
        wait_until("tcpdump", lambda: "listening on" in self._log.read_text())

    def packets(self, count: int) -> list[Packet]:
        """Once it has at least so many."""
        size = -1

        def done() -> bool:
            nonlocal size
            before, size = size, self._path.stat().st_size
            return size == before and len(packets(self._path)) >= count

        try:
            wait_until(f"{count} packets in tcpdump's file", done, 10)
        finally:
            self.end()
        return packets(self._path)

    def end(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(10)


class SameAsTcpdump(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())
        self.cable = Cable()

    def check(self, rows: list[tuple[dict[str, Any], list[str]]]) -> None:
        """Of each row: a request, and what tcpdump is told instead."""
        started = []
        for number, (request, arguments) in enumerate(rows):
            other = Tcpdump(self.server.folder / f"tcpdump{number}", "-i", self.cable.near, *arguments)
            self.addCleanup(other.end)
            started.append((self.server.running(self.cable.near, **request), other))
        sent = stream()
        self.cable.send(sent)
        self.cable.send_back(sent)
        for (request, arguments), (job, other) in zip(rows, started):
            with self.subTest(request=request):
                got = [p.data for p in packets(self.server.stopped_file(job))]
                self.assertGreater(len(got), 0)
                self.assertLess(len(got), 2 * len(sent), "it is to filter something out")
                self.assertEqual(got, [p.data for p in other.packets(len(got))])

    def test_alone(self) -> None:
        self.check([({"filter": f"udp port 53 and host {C}"}, [f"udp port 53 and host {C}"])])

    def test_many_side_by_side(self) -> None:
        expressions = [
            "udp port 53",
            f"host {C}",
            "net 10.0.7.0/24",
            f"src {A} and not dst port 53",
            "not ip",
            "not (udp or vlan)",
            "vlan",
            "vlan 100 and udp",
            "vlan 100 and not udp port 53",
            "vlan and vlan",
            "not vlan 100",
            "greater 1000",
            "ip6 and icmp6 or arp",
            "udp[8:4] = 0 and udp[15] & 1 = 1",
        ]
        self.check([({"filter": text}, [text]) for text in expressions])

    def test_beside_one_that_ends_early_at_most_frames(self) -> None:
        """It looks behind the frame's end, or divides by 0, and where it does so it finds nothing."""
        expressions = ["tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420 or icmp", f"src {A}", "udp port 53"]
        for beside in ("udp[100] = 7", "ip[0] / ip[1] = 2"):
            with self.subTest(beside=beside):
                first = self.server.running(self.cable.near, filter=beside)
                self.check([({"filter": text}, [text]) for text in expressions])
                self.assertEqual(packets(self.server.stopped_file(first)), [])

    def test_together_with_protocol_addresses_and_direction(self) -> None:
        self.check([
            ({"filter": "port 53", "proto": "udp", "src": A, "dst": B, "bidirectional": False},
             [f"udp and src {A} and dst {B} and port 53"]),
            ({"filter": "port 53", "proto": "udp", "src": A, "dst": B},
             [f"udp and host {A} and host {B} and port 53"]),
            # tcpdump filters its first frames itself, where it can not ask for their direction
            ({"filter": "inbound and udp"}, ["-Q", "in", "udp"]),
            ({"filter": "udp port 53", "direction": "in"}, ["-Q", "in", "udp port 53"]),
            ({"filter": "udp port 53", "direction": "out"}, ["-Q", "out", "udp port 53"]),
            ({"filter": "vlan 100", "direction": "in"}, ["-Q", "in", "vlan 100"]),
            ({"filter": "vlan 100", "direction": "out"}, ["-Q", "out", "vlan 100"]),
            ({"filter": "ip or arp", "dst": C}, [f"host {C} and ip"]),
        ])


class OnAny(unittest.TestCase):
    def test_the_same_packets_are_found_on_all_interfaces(self) -> None:
        server = self.enterContext(Server())
        cables = [Cable(), Cable()]
        dns = server.running("any", filter="udp port 53")
        others = server.running("any", filter=f"udp and not port 53 and net 10.0.0.0/24")
        for n in range(0, 100, 2):
            cables[n // 2 % 2].send([frames.udp(n, size=8, port=53), frames.udp(n + 1, size=8), frames.tcp(n)])
        for job, wanted in ((dns, list(range(0, 100, 2))), (others, list(range(1, 100, 2)))):
            got = packets(server.stopped_file(job))
            self.assertEqual([int.from_bytes(p.data[-8:], "big") for p in got], wanted)


class SideBySide(unittest.TestCase):
    def test_a_capture_with_an_expression_leaves_one_without_alone(self) -> None:
        server = self.enterContext(Server())
        cable = Cable()
        with_one = server.running(cable.near, filter="udp port 53")
        without = server.running(cable.near)
        sent = stream()
        cable.send(sent)
        got = [p.data for p in packets(server.stopped_file(with_one))]
        cable.send(sent)  # its filter is the other's alone again
        everything = [p.data for p in packets(server.stopped_file(without))]
        self.assertEqual(everything, sent + sent)
        self.assertEqual(got, [frame for frame in everything[:len(sent)] if frame in set(got)])
        self.assertGreater(len(got), 0)
        counters = server.job(with_one)["counters"]
        self.assertEqual((counters["received"], counters["captured"]), (len(sent), len(got)))


class Tags(unittest.TestCase):
    def test_frames_with_any_tags_are_whole_in_both_directions(self) -> None:
        server = self.enterContext(Server())
        cable = Cable()
        tags: list[list[tuple[int, int]]] = [
            [], [(VLAN, 1)], [(VLAN, 0)], [(VLAN, 0xFFFF)], [(VLAN, 0x6005)], [(PROVIDER, 7)],
            [(VLAN, 100), (VLAN, 200)], [(PROVIDER, 100), (VLAN, 200)], [(VLAN, 3), (PROVIDER, 4)],
            [(PROVIDER, 1), (VLAN, 2), (VLAN, 3)], [(0x9100, 5), (VLAN, 6)],
        ]
        sent = [tagged(frames.udp(n, size=8 + n % 3), *tags[n % len(tags)]) for n in range(110)]
        for more in ({}, {"format": "pcap"}, {"filter": "ether[0] = 2"}):
            job = server.running(cable.near, **more)
            cable.send(sent)
            cable.send_back(sent)
            with self.subTest(request=more):
                self.assertEqual([p.data for p in packets(server.stopped_file(job))], sent + sent)


class Refused(unittest.TestCase):
    def test_what_can_not_be_compiled_is_refused_with_the_reason_and_the_place(self) -> None:
        server = self.enterContext(Server())
        rows = [
            ("udp prt 53", ["syntax error", "character 5", '"prt"']),
            ("udp port", ["ends too early"]),
            ("(udp port 53", ["ends too early"]),
            ("udp and or tcp", ["syntax error", "character 9", '"or"']),
            ("host 10.0.0.256", ["10.0.0.256"]),
            ("host 10.0.0.1 and port 70000", ["70000", "character 24"]),
            ("tcp port http or udp port nosuchport", ["nosuchport", "character 27"]),
            ("udp port 53 # dns", ["#", "character 13"]),
            ("host example.com", ["example.com", "character 6"]),
            ("ip and ip6", ["no frame can match"]),
            ("udp " * 2000, ["4096"]),
        ]
        for expression, words in rows:
            with self.subTest(expression=expression):
                reply = server.request("POST", "/api/v1/jobs", {"interface": "lo", "filter": expression})
                self.assertEqual(reply.status, 400, reply)
                error = reply.json["error"]
                self.assertEqual(error["code"], "invalid_value")
                self.assertEqual(error["field"], "filter")
                for word in words:
                    self.assertIn(word, error["message"])
        self.assertEqual(server.jobs(), [])
        self.assertEqual([str(p) for p in (server.data_dir / "spool").iterdir()], [])


if __name__ == "__main__":
    support.main()
