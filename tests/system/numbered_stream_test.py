"""A counted, numbered stream of packets: each is in the delivered file exactly once, in order."""

import socket
import unittest

import support
from support import frames
from support.net import Cable
from support.pcap import capinfos, numbers, tshark_fields
from support.server import Server

COUNT = 2000


class NumberedStream(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())

    def test_ipv4_packets_that_arrive(self) -> None:
        self.check_arrivals("near_v4", lambda n: frames.udp(n), proto="udp")

    def test_ipv6_packets_that_arrive(self) -> None:
        self.check_arrivals("near_v6", lambda n: frames.udp(n, "fd00::2", "fd00::1"), proto="udp")

    def test_vlan_tagged_packets_keep_their_tag(self) -> None:
        path = self.check_arrivals("near_vlan", lambda n: frames.udp(n, vlan=100 + n % 7), proto="udp")
        tags = [int(tag) for (tag,) in tshark_fields(path, "vlan.id")]
        self.assertEqual(tags, [100 + n % 7 for n in range(COUNT)])

    def test_vlan_tagged_packets_that_leave(self) -> None:
        cable = Cable("near_vout")
        job = self.server.running(cable.near, proto="udp")
        cable.send_back(frames.udp(n, vlan=5) for n in range(10))
        path = self.server.stopped_file(job)
        self.assertEqual(numbers(path), list(range(10)))
        self.assertEqual(tshark_fields(path, "vlan.id"), [("5",)] * 10)

    def test_jumbo_frames_are_whole(self) -> None:
        path = self.check_arrivals("near_jumbo", lambda n: frames.udp(n, size=8900), mtu=9000, count=500)
        lengths = {row for row in tshark_fields(path, "frame.len", "frame.cap_len")}
        whole = str(14 + 20 + 8 + 8900)
        self.assertEqual(lengths, {(whole, whole)})

    def test_both_directions_in_the_order_of_the_wire(self) -> None:
        cable = Cable("near_both")
        job = self.server.running(cable.near, proto="udp")
        for n in range(0, 1000, 2):
            cable.send([frames.udp(n)])
            cable.send_back([frames.udp(n + 1, "10.0.0.1", "10.0.0.2")])
        self.assertEqual(numbers(self.server.stopped_file(job)), list(range(1000)))

    def test_any_has_each_packet_of_every_interface_once(self) -> None:
        cables = [Cable("near_any0"), Cable("near_any1"), Cable("near_any2")]
        job = self.server.running("any", proto="udp")
        for n in range(COUNT):
            cables[n % 3].send([frames.udp(n)])
        path = self.server.stopped_file(job)
        self.assertEqual(numbers(path), list(range(COUNT)))
        self.assertEqual(capinfos(path)["File encapsulation"], "linux-sll2")

    def test_any_outlives_an_interface_that_comes_and_goes(self) -> None:
        job = self.server.running("any", proto="udp")
        for n in range(3):
            cable = Cable("near_brief")
            cable.send([frames.udp(n)])
            cable.unplug()
        self.assertEqual(numbers(self.server.stopped_file(job)), [0, 1, 2])

    def test_loopback_has_each_packet_once(self) -> None:
        job = self.server.running("lo", proto="udp")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for n in range(COUNT):
                sender.sendto(n.to_bytes(8, "big"), ("127.0.0.1", frames.PORT))
        self.assertEqual(numbers(self.server.stopped_file(job)), list(range(COUNT)))

    def test_a_packet_right_before_the_stop_is_kept(self) -> None:
        cable = Cable("near_last")
        for round_ in range(3):
            job = self.server.running(cable.near, proto="udp")
            cable.send(frames.udp(n) for n in range(100))
            with self.subTest(round=round_):
                self.assertEqual(numbers(self.server.stopped_file(job)), list(range(100)))

    def test_nothing_from_before_the_filter_is_in_the_file(self) -> None:
        cable = Cable("near_first")
        for round_ in range(3):
            job = self.server.create(cable.near, proto="tcp")
            while self.server.job(job)["state"] != "running":
                cable.send(frames.udp(n) for n in range(50))
            cable.send(frames.tcp(n) for n in range(50))
            with self.subTest(round=round_):
                rows = tshark_fields(self.server.stopped_file(job), "ip.proto")
                self.assertEqual(rows, [("6",)] * 50)

    def test_time_stamps_never_go_back(self) -> None:
        path = self.check_arrivals("near_time", lambda n: frames.udp(n))
        self.assertEqual(capinfos(path)["Strict time order"], "True")

    def check_arrivals(self, interface: str, frame, mtu: int = 1500, count: int = COUNT, **request):
        cable = Cable(interface, mtu)
        job = self.server.running(interface, **request)
        self.assertEqual(cable.send(frame(n) for n in range(count)), count)
        path = self.server.stopped_file(job)
        self.assertEqual(numbers(path), list(range(count)))
        last = self.server.job(job)
        self.assertEqual(last["counters"]["captured"], count)
        self.assertEqual(sum(last["counters"]["dropped"].values()), 0)
        return path


if __name__ == "__main__":
    support.main()
