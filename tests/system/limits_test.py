"""What a capture may be limited by, each limit to the byte and to the packet."""

import re
import socket
import unittest

import support
from support import frames
from support.capture_file import numbers, packets
from support.net import Cable
from support.pcap import tshark_fields
from support.server import Job, Server

# Of a file and of a record in it, without a frame's bytes (draft-ietf-opsawg-pcapng, 4.3; pcap(5)).
RECORD = {"pcapng": 32, "pcap": 16}

# What is kept free at the end for the last statistics, and a little for padding.
ROOM = {"pcapng": 256 + 3, "pcap": 256}


class Limits(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())

    def ended(self, job: Job, reason: str) -> Job:
        last = self.server.ended(job)
        self.assertEqual(last["stop_reason"], reason)
        self.assertEqual((last["state"], last["delivery"]), ("stopped", "delivered"))
        self.assertEqual(last["errors"], [])
        return last


class PacketLimit(Limits):
    def test_a_capture_ends_by_itself_with_exactly_so_many(self) -> None:
        cable = Cable()
        for limit in (1, 2, 1000):
            with self.subTest(limit=limit):
                job = self.server.running(cable.near, packets=limit)
                cable.send(frames.udp(n) for n in range(limit + 500))
                last = self.ended(job, "packets")
                self.assertEqual(last["counters"]["captured"], limit)
                self.assertEqual(last["counters"]["received"], limit, "the kernel filtered the rest")
                self.assertEqual(numbers(self.server.file(job)), list(range(limit)))

    def test_only_packets_that_match_count(self) -> None:
        cable = Cable()
        job = self.server.running(cable.near, proto="udp", packets=10)
        everything = self.server.running(cable.near)
        for n in range(30):
            cable.send([frames.tcp(n), frames.udp(n)])
        last = self.ended(job, "packets")
        self.assertEqual(numbers(self.server.file(job)), list(range(10)))
        counters = last["counters"]
        self.assertEqual((counters["captured"], counters["filtered"]), (10, 10))
        self.assertEqual(len(packets(self.server.stopped_file(everything))), 60)

    def test_a_capture_beside_it_goes_on(self) -> None:
        cable = Cable()
        steady = self.server.running(cable.near)
        limited = [self.server.running(cable.near, packets=limit) for limit in (10, 100, 100, 999)]
        cable.send(frames.udp(n) for n in range(1000))
        for job in limited:
            last = self.ended(job, "packets")
            with self.subTest(limit=last["request"]["packets"]):
                self.assertEqual(numbers(self.server.file(job)), list(range(last["request"]["packets"])))
                self.assertEqual(last["counters"]["received"], last["request"]["packets"])
        cable.send(frames.udp(n) for n in range(1000, 1100))
        self.assertEqual(numbers(self.server.stopped_file(steady)), list(range(1100)))

    def test_one_that_gets_fewer_packets_ends_by_what_comes_first(self) -> None:
        cable = Cable()
        late = self.server.running(cable.near, packets=11, duration=1)
        stopped = self.server.running(cable.near, packets=11)
        cable.send(frames.udp(n) for n in range(10))
        self.assertEqual(numbers(self.server.stopped_file(stopped)), list(range(10)))
        self.ended(stopped, "user")
        self.ended(late, "duration")
        self.assertEqual(numbers(self.server.file(late)), list(range(10)))


class ByteLimit(Limits):
    def test_the_file_is_as_large_as_the_limit_lets_it_be(self) -> None:
        cable = Cable()
        for file_format in ("pcapng", "pcap"):
            for limit in (4096, 65536, 1_000_000):
                with self.subTest(format=file_format, limit=limit):
                    self.check(cable, file_format, limit)

    def check(self, cable: Cable, file_format: str, limit: int) -> None:
        job = self.server.running(cable.near, format=file_format, bytes=limit)
        sizes = [20 + n * 37 % 1400 for n in range(2000)]
        cable.send(frames.udp(n, size=size) for n, size in enumerate(sizes))
        last = self.ended(job, "bytes")
        path = self.server.file(job)
        size = path.stat().st_size
        self.assertLessEqual(size, limit)
        got = numbers(path)
        self.assertGreater(len(got), 0)
        self.assertEqual(got, list(range(len(got))))
        self.assertEqual(last["counters"]["captured"], len(got))
        self.assertEqual(last["counters"]["received"], len(got))
        self.assertEqual(last["counters"]["bytes"], size)
        next_frame = len(frames.udp(0, size=sizes[len(got)]))
        self.assertGreater(size + RECORD[file_format] + next_frame + ROOM[file_format], limit,
                           "there was room for one more")

    def test_a_capture_beside_it_goes_on(self) -> None:
        cable = Cable()
        steady = self.server.running(cable.near)
        limited = self.server.running(cable.near, bytes="8 KiB")
        cable.send(frames.udp(n) for n in range(1000))
        self.ended(limited, "bytes")
        self.assertLessEqual(self.server.file(limited).stat().st_size, 8192)
        self.assertEqual(numbers(self.server.stopped_file(steady)), list(range(1000)))

    def test_no_file_is_larger_than_its_limit_however_small(self) -> None:
        cable = Cable()
        job = self.server.running(cable.near, format="pcap", bytes=300)
        cable.send(frames.udp(n) for n in range(10))
        self.ended(job, "bytes")
        self.assertLessEqual(self.server.file(job).stat().st_size, 300)

    def test_a_limit_that_no_file_can_keep_is_refused_with_the_least_one(self) -> None:
        cable = Cable()
        asked = {"interface": cable.near, "filter": "udp or tcp", "comment": "why " * 100, "duration": 60}
        refused = self.server.request("POST", "/api/v1/jobs", asked | {"bytes": 1})
        error = refused.json["error"]
        self.assertEqual((refused.status, error["field"]), (400, "bytes"))
        found = re.fullmatch(r"bytes: 1 is less than .* without a packet: (\d+) bytes", error["message"])
        assert found
        least = int(found[1])
        self.assertEqual(self.server.request("POST", "/api/v1/jobs", asked | {"bytes": least - 1}).status, 400)
        job = self.server.running(**asked | {"bytes": least})
        cable.send(frames.udp(n) for n in range(10))
        self.ended(job, "bytes")
        size = self.server.file(job).stat().st_size
        self.assertLessEqual(size, least)
        self.assertGreater(size, 400)


class SnapLength(Limits):
    def test_each_capture_of_an_interface_has_its_own(self) -> None:
        cable = Cable()
        cuts = (64, 100, 101, None, 1000)
        jobs = [self.server.running(cable.near, **({"snaplen": cut} if cut else {})) for cut in cuts]
        sent = [frames.udp(n, size=8 + n * 13 % 1400) for n in range(300)]
        cable.send(sent)
        for cut, job in zip(cuts, jobs):
            with self.subTest(snaplen=cut):
                got = packets(self.server.stopped_file(job))
                self.assertEqual([p.data for p in got], [frame[:cut] for frame in sent])
                self.assertEqual([p.wire_length for p in got], [len(frame) for frame in sent])

    def test_tshark_sees_the_cut_and_the_length_on_the_wire(self) -> None:
        cable = Cable()
        job = self.server.running(cable.near, snaplen=80)
        tagged = self.server.running(cable.near, snaplen=80, filter="vlan")
        cable.send([frames.udp(0, size=500), frames.udp(1, size=8), frames.udp(2, size=500, vlan=7)])
        whole = 14 + 20 + 8
        rows = tshark_fields(self.server.stopped_file(job), "frame.len", "frame.cap_len")
        self.assertEqual(rows, [(str(whole + 500), "80"), (str(whole + 8), str(whole + 8)),
                                (str(whole + 504), "80")])
        rows = tshark_fields(self.server.stopped_file(tagged), "frame.len", "frame.cap_len", "vlan.id")
        self.assertEqual(rows, [(str(whole + 504), "80", "7")])


class Direction(Limits):
    WAYS = ("in", "out", "both")

    def check(self, jobs: dict[str, Job], wanted: dict[str, list[int]]) -> None:
        for way, job in jobs.items():
            with self.subTest(direction=way):
                got = packets(self.server.stopped_file(job))
                self.assertEqual([int.from_bytes(p.data[-8:], "big") for p in got], wanted[way])

    def start(self, interface: str, **more: object) -> dict[str, Job]:
        return {way: self.server.running(interface, direction=way, **more) for way in self.WAYS}

    def test_in_and_out_are_what_reaches_and_leaves_this_host(self) -> None:
        cable = Cable()
        jobs = self.start(cable.near)
        for n in range(0, 200, 2):
            cable.send([frames.udp(n, size=8)])
            cable.send_back([frames.udp(n + 1, size=8)])
        self.check(jobs, {"in": list(range(0, 200, 2)), "out": list(range(1, 200, 2)),
                          "both": list(range(200))})

    def test_one_direction_alone_is_filtered_by_the_kernel(self) -> None:
        cable = Cable()
        job = self.server.running(cable.near, direction="out")
        cable.send(frames.udp(n, size=8) for n in range(100))
        cable.send_back(frames.udp(n, size=8) for n in range(10))
        self.assertEqual(numbers(self.server.stopped_file(job)), list(range(10)))
        counters = self.server.job(job)["counters"]
        self.assertEqual((counters["received"], counters["filtered"]), (10, 0))

    def test_loopback_shows_each_packet_once_in_every_direction(self) -> None:
        jobs = self.start("lo", proto="udp")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for n in range(100):
                sender.sendto(n.to_bytes(8, "big"), ("127.0.0.1", frames.PORT))
        self.check(jobs, dict.fromkeys(self.WAYS, list(range(100))))

    def test_any_tells_the_directions_of_every_interface(self) -> None:
        cables = [Cable(), Cable()]
        jobs = self.start("any", proto="udp")
        for n in range(0, 200, 2):
            cables[n // 2 % 2].send([frames.udp(n, size=8)])
            cables[n // 2 % 2].send_back([frames.udp(n + 1, size=8)])
        self.check(jobs, {"in": list(range(0, 200, 2)), "out": list(range(1, 200, 2)),
                          "both": list(range(200))})

    def test_any_shows_what_the_loopback_carries_once_in_every_direction(self) -> None:
        jobs = self.start("any", filter=f"udp port {frames.PORT}")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for n in range(100):
                sender.sendto(n.to_bytes(8, "big"), ("127.0.0.1", frames.PORT))
        self.check(jobs, dict.fromkeys(self.WAYS, list(range(100))))


if __name__ == "__main__":
    support.main()
