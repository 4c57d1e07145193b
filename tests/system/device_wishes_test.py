"""What can be asked of a device, and what not: each wish reaches its command line, or is refused when it is asked, before a word is
said to the device. What a device and this host both can is refused in the same words by both."""

import unittest
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import support
from support import frames
from support.capture_file import INTERFACE, blocks, packets
from support.device_scene import WAYS, Scene
from support.device_server import FAMILIES
from support.server import Job, wait_until
from support.together import together

IF_NAME = 2  # draft-ietf-opsawg-pcapng, 4.2


@dataclass
class Refusal:
    asked: dict[str, Any]
    field: str
    words: str
    code: str = "invalid_value"


# What no device can.
NEVER = [
    Refusal({"filter": "udp and less 100"}, "filter", "expression"),
    Refusal({"buffer": 101}, "buffer", "100"),
    Refusal({"buffer": 0}, "buffer", "1"),
    Refusal({"pps": 1_000_001}, "pps", "1000000"),
    Refusal({"pps": 0}, "pps", "1"),
    Refusal({"snaplen": 63}, "snaplen", "64"),
    Refusal({"packets": 10}, "packets", "shows what it captured at the end"),
    Refusal({"bytes": 1 << 20}, "bytes", "shows what it captured at the end"),
    Refusal({"segment": {"bytes": 1 << 20}}, "segment", "shows what it captured at the end"),
    Refusal({"segment": {"duration": 1}}, "segment", "shows what it captured at the end"),
    Refusal({"proto": "ospf", "src": "10.0.0.1", "dst": "::1"}, "dst", "famil", "family_mismatch"),
]
# What neither a device nor this host can.
NEITHER: list[dict[str, Any]] = [
    {"proto": "sctp"}, {"proto": "icmp", "src_port": 1}, {"proto": "ip", "dst_port": 53}, {"src": "10.0.0.300"}, {"src": "10.0.0.0/33"},
    {"dst": "2001:db8::/129"}, {"src": "10.0.0.1", "dst": "2001:db8::1"}, {"src_port": 65536}, {"dst_port": 0}, {"direction": "sideways"},
    {"duration": 0}, {"duration": 90_000}, {"duration": -1}, {"snaplen": 0}, {"format": "erf"}, {"bucket": "Not A Name"}, {"circular": "yes"},
]


@dataclass
class Wish:
    """`lines`: that begin with "monitor capture XP…", without these words, or are of an access list."""

    asked: dict[str, Any]
    lines: tuple[str, ...]
    family: str = ""  # "": of both


WISHES = [
    Wish({"duration": 777}, ("limit duration 777",)),
    Wish({"buffer": 5}, ("buffer size 5",)),
    Wish({"buffer": 5, "circular": True}, ("buffer circular size 5",)),
    Wish({}, ("buffer size 100",)),
    Wish({"snaplen": 64}, ("limit packet-len 64",)),
    Wish({"pps": 77}, ("limit pps 77",)),
    Wish({}, ("limit pps 1000000",), "router"),
    Wish({"direction": "in"}, ("interface {interface} in",)),
    Wish({"direction": "out"}, ("interface {interface} out",)),
    Wish({"proto": "any"}, ("match any",)),
    Wish({"proto": "ip"}, ("permit ip any any",)),
    Wish({"proto": "ospf"}, ("permit ospf any any",)),
    Wish({"proto": "eigrp"}, ("permit eigrp any any",)),
    Wish({"proto": "icmp", "src": "2001:db8::1", "bidirectional": False}, ("permit icmp host 2001:db8::1 any",)),
    Wish({"proto": "tcp", "src": "10.1.0.0/16", "dst_port": 443, "bidirectional": False},
         ("permit tcp 10.1.0.0 0.0.255.255 any eq 443",)),
    Wish({"proto": "tcp", "dst": "10.0.0.9", "src_port": 22},
         ("permit tcp any eq 22 host 10.0.0.9", "permit tcp host 10.0.0.9 any eq 22")),
]


class Wishes(unittest.TestCase):
    def scene(self, family: str = "router", way: str = WAYS[-1], **more: Any) -> Scene:
        return Scene(self.enterContext(ExitStack()), way, family, **more)

    def test_what_no_device_can_is_refused_when_it_is_asked_and_the_device_hears_nothing_of_it(self) -> None:
        scene = self.scene()
        for row in NEVER:
            with self.subTest(row.asked):
                reply = scene.server.request("POST", "/api/v1/jobs", {"interface": scene.interface, "device": scene.name, "duration": 1,
                                                                      "proto": "udp"} | row.asked)
                self.assertEqual(reply.status, 400, reply)
                error = reply.json["error"]
                self.assertTrue(error["field"].startswith(row.field), error)
                self.assertEqual(error["code"], row.code)
                self.assertIn(row.words, error["message"])
        self.assertEqual(scene.server.jobs(), [])
        self.assertEqual([line for line in scene.device.said() if "XP" in line], [])

    def test_what_this_host_can_not_either_is_refused_alike_by_both(self) -> None:
        scene = self.scene()

        def refusal(where: dict[str, Any], asked: dict[str, Any]) -> tuple[int, str, str, str]:
            reply = scene.server.request("POST", "/api/v1/jobs", {"duration": 1} | where | asked)
            error = reply.json["error"]
            return reply.status, error["code"], error["field"], error["message"]

        for asked in NEITHER:
            with self.subTest(asked):
                of_device = refusal({"interface": scene.interface, "device": scene.name}, asked)
                self.assertEqual(of_device[0], 400, of_device)
                self.assertEqual(of_device, refusal({"interface": "lo"}, asked))

    def test_what_only_a_device_has_is_refused_of_this_host(self) -> None:
        scene = self.scene()
        for asked in ({"buffer": 10}, {"circular": True}, {"pps": 10}):
            with self.subTest(asked):
                reply = scene.server.request("POST", "/api/v1/jobs", {"interface": "lo", "duration": 1} | asked)
                self.assertEqual((reply.status, reply.json["error"]["field"]), (400, next(iter(asked))), reply)
                self.assertIn("a buffer of their own", reply.json["error"]["message"])

    def test_each_wish_is_in_what_a_device_is_told(self) -> None:
        def case(family: str, way: str) -> None:
            scene = self.scene(family, way, max_captures=40, keys={"captures": 40, "timeout": "20 s"})
            # none of which ends before the last has begun, on whatever machine
            jobs: list[tuple[Job, Wish]] = []
            for wish in WISHES:
                if wish.family in ("", family):
                    jobs.append((scene.server.create(scene.interface, device=scene.name, **{"duration": 900, "proto": "udp"} | wish.asked), wish))
            wait_until("all captures", lambda: len(scene.device.active()) == len(jobs), 120)
            said = scene.device.said()
            for job, wish in jobs:
                number = job["number"]
                mine = [line for line in said if f"XP{number}" in line]
                for line in wish.lines:
                    wanted = line.format(interface=scene.interface)
                    whole = wanted if wanted.startswith("permit") else f"monitor capture XP{number} {wanted}"
                    assert whole in (said if wanted.startswith("permit") else mine), (family, way, whole, mine)
                scene.server.stop(job)
            for job, _ in jobs:
                last = scene.server.wait_for(job, "its end", lambda j: j["delivery"] in ("delivered", "failed"), 120)
                assert (last["delivery"], last["errors"]) == ("delivered", []), last
            scene.device.wait_until_clean()

        together((f"{family}, {way}", partial(case, family, way)) for family, _ in FAMILIES for way in WAYS)

    def test_a_packet_is_cut_where_it_was_asked_and_its_length_told(self) -> None:
        def case(family: str, way: str) -> None:
            scene = self.scene(family, way)
            job = scene.capturing(snaplen=64)
            scene.cable.send([frames.udp(50, size=500)])
            file = scene.server.stopped_file(job)
            long = packets(file)[-1]
            assert (len(long.data), long.wire_length) == (64, len(frames.udp(50, size=500))), (family, way, long)

        together((f"{family}, {way}", partial(case, family, way)) for family, _ in FAMILIES for way in WAYS)

    def test_an_interface_may_be_written_short_and_its_name_is_read_back(self) -> None:
        short = {"router": ("g1", "Gi1", "gigabit1", "GigabitEthernet 1"), "switch": ("gi1/0/1", "Gig1/0/1", "GigabitEthernet 1/0/1")}

        def case(family: str) -> None:
            scene = self.scene(family)
            long = scene.interface
            for written in short[family]:
                scene.interface = written
                file = scene.server.stopped_file(scene.capturing())
                (block,) = blocks(file, INTERFACE)
                assert block.text(IF_NAME) == long, (written, block)

        together((family, partial(case, family)) for family, _ in FAMILIES)


if __name__ == "__main__":
    support.main()
