"""Interfaces that go down, away, or get another name during a capture, and frames of all kinds and lengths."""

import fcntl
import os
import socket
import struct
import unittest

import support
from support import frames
from support.capture_file import packets
from support.net import Cable, ip
from support.server import Job, Server

PAYLOAD = 14 + 20 + 8  # Ethernet, IPv4 and UDP headers before the number

TUNSETIFF = 0x400454CA  # linux/if_tun.h
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000


class Events(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())
        self.cable, self.other = Cable(), Cable()
        self.beside = self.server.running(self.other.near)
        self.job = self.server.running(self.cable.near)
        self.cable.send(frames.udp(n) for n in range(20))
        self.server.captured(self.job, 20)

    def numbers(self, job: Job) -> list[int]:
        return [int.from_bytes(p.data[PAYLOAD:PAYLOAD + 8], "big") for p in packets(self.server.file(job))]

    def ended_by_device(self, cause: str) -> None:
        last = self.server.ended(self.job)
        self.assertEqual((last["stop_reason"], last["delivery"]), ("device", "delivered"), last)
        self.assertIn(f'interface "{self.cable.near}"', last["errors"][0]["message"])
        self.assertIn(cause, last["errors"][0]["message"])
        self.assertEqual(self.numbers(last), list(range(20)))
        # the others do not notice
        self.assertEqual(self.server.job(self.beside)["state"], "running")
        self.other.send(frames.udp(n) for n in range(5))
        self.assertEqual(self.numbers(self.server.stop(self.server.captured(self.beside, 5))), list(range(5)))

    def test_down(self) -> None:
        ip("link", "set", self.cable.near, "down")
        self.ended_by_device("Network is down")

    def test_up_again(self) -> None:
        ip("link", "set", self.cable.near, "down")
        self.server.ended(self.job)
        ip("link", "set", self.cable.near, "up")
        again = self.server.running(self.cable.near)
        self.cable.send(frames.udp(n) for n in range(7))
        self.server.captured(again, 7)
        self.server.stop(again)
        self.assertEqual(self.numbers(again), list(range(7)))

    def test_away(self) -> None:
        self.cable.unplug()
        self.ended_by_device("went away")

    def test_another_name(self) -> None:
        new = self.cable.near + "x"
        ip("link", "set", self.cable.near, "down")
        ip("link", "set", self.cable.near, "name", new)
        self.ended_by_device("")

    def test_a_job_on_an_interface_that_is_down_says_so(self) -> None:
        idle = Cable()
        ip("link", "set", idle.near, "down")
        last = self.server.ended(self.server.create(idle.near))
        self.assertEqual((last["state"], last["delivery"]), ("stopped", "failed"))
        self.assertIn("Network is down", last["errors"][0]["message"])
        self.assertIn(idle.near, last["errors"][0]["message"])


class Frames(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())

    def test_every_length_that_a_veth_carries(self) -> None:
        cable = Cable(mtu=65535)
        job = self.server.running(cable.near)
        sent = [frames.NEAR_MAC + frames.FAR_MAC + b"\x88\xb5" + bytes([n % 251]) * length
                for n, length in enumerate([0, 1, 2, 3, 4, 45, 46, 47, 1499, 1500, 1501, 9000, 32767, 32768, 65520,
                                            65521, 65522, 65535])]
        cable.send(sent)
        self.server.captured(job, len(sent))
        self.assertEqual([p.data for p in packets(self.server.stopped_file(job))], sent)

    def test_the_largest_on_the_loopback_and_on_any(self) -> None:
        cable = Cable(mtu=65535)
        jobs = [self.server.running("lo", proto="udp"), self.server.running("any", proto="udp")]
        payload = bytes(n % 251 for n in range(65507))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(payload, ("127.0.0.1", frames.PORT))
        cable.send([frames.udp(1, size=65507)])
        on_lo, on_any = (packets(self.server.stopped_file(self.server.captured(job, count)))
                         for job, count in zip(jobs, (1, 2)))
        self.assertEqual([(len(p.data), p.wire_length) for p in on_lo], [(14 + 65535, 14 + 65535)])
        self.assertEqual(on_lo[0].data[PAYLOAD:], payload)
        self.assertEqual([(len(p.data), p.wire_length) for p in on_any], [(20 + 65535, 20 + 65535)] * 2)
        self.assertEqual(on_any[0].data[20 + 28:], payload)

    def test_a_tun_interface_has_bare_packets(self) -> None:
        if not os.path.exists("/dev/net/tun"):
            self.skipTest("there is no /dev/net/tun")
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
        self.addCleanup(os.close, tun)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", b"tun7", IFF_TUN | IFF_NO_PI))
        ip("link", "set", "tun7", "addrgenmode", "none", "up")
        job = self.server.running("tun7", proto="udp")
        sent = [frames.udp(n)[14:] for n in range(10)]
        for packet in sent:
            os.write(tun, packet)
        os.write(tun, frames.tcp(1)[14:])
        self.server.captured(job, len(sent))
        self.assertEqual([p.data for p in packets(self.server.stopped_file(job))], sent)

    def test_super_frames_of_segmentation_offload_are_whole(self) -> None:
        cable = Cable()
        ip("addr", "add", "10.9.0.1/24", "dev", cable.near)
        with cable.peer.inside():
            ip("addr", "add", "10.9.0.2/24", "dev", cable.far)
            listener = socket.create_server(("10.9.0.2", 7777))
        job = self.server.running(cable.near, proto="tcp", direction="out")
        payload = os.urandom(2_000_000)
        received = bytearray()
        with socket.create_connection(("10.9.0.2", 7777)) as sender:
            reader, _ = listener.accept()
            sender.settimeout(20)
            reader.settimeout(20)
            view = memoryview(payload)
            while view:
                view = view[sender.send(view[:100_000]):]
                received += reader.recv(1_000_000)
            sender.shutdown(socket.SHUT_WR)
            while piece := reader.recv(1_000_000):
                received += piece
        reader.close()
        listener.close()
        self.assertEqual(bytes(received), payload)
        got = packets(self.server.stopped_file(job))
        self.assertGreater(max(len(p.data) for p in got), 10_000, "no frame was larger than the wire carries")
        # the stream put together from the file: sequence numbers and what they carry
        stream: dict[int, bytes] = {}
        for packet in got:
            self.assertEqual(len(packet.data), packet.wire_length)
            header = 14 + 20
            start = header + (packet.data[header + 12] >> 4) * 4
            body = packet.data[start:14 + struct.unpack_from("!H", packet.data, 16)[0]]
            if body:
                stream[struct.unpack_from("!I", packet.data, header + 4)[0]] = body
        first = min(stream, key=lambda n: (n - next(iter(stream))) % 2**32)
        whole = bytearray()
        while (first + len(whole)) % 2**32 in stream:
            whole += stream[(first + len(whole)) % 2**32]
        self.assertEqual(bytes(whole), payload)


if __name__ == "__main__":
    support.main()
