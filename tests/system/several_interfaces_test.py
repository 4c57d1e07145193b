"""One capture of several interfaces: one file, in the order of time, that says where each packet came from."""

import unittest

import support
from support import frames
from support.capture_file import packets
from support.net import Cable
from support.pcap import tshark_fields
from support.server import Server

PAYLOAD = 14 + 20 + 8  # Ethernet, IPv4 and UDP headers before the number


class SeveralInterfaces(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())
        self.cables = [Cable() for _ in range(3)]
        self.names = [cable.near for cable in self.cables]

    def create(self, **more: object) -> dict[str, object]:
        reply = self.server.request("POST", "/api/v1/jobs", {"interfaces": self.names, "duration": 600} | more)
        self.assertEqual(reply.status, 201, reply)
        return self.server.wait_for(reply.json, "running", lambda j: j["state"] == "running")

    def test_packets_are_in_the_order_of_time_each_with_its_interface(self) -> None:
        job = self.create()
        count = 3000
        for n in range(count):
            self.cables[n % 3].send([frames.udp(n, size=20 + n % 1400)])
        self.server.captured(job, count)
        path = self.server.stopped_file(job)
        got = packets(path)
        self.assertEqual([p.when for p in got], sorted(p.when for p in got))
        self.assertEqual([int.from_bytes(p.data[PAYLOAD:PAYLOAD + 8], "big") for p in got], list(range(count)))
        self.assertEqual([p.interface for p in got], [n % 3 for n in range(count)])
        rows = tshark_fields(path, "frame.interface_name", display_filter="frame.number <= 3")
        self.assertEqual(rows, [(name,) for name in self.names])

    def test_a_job_on_one_of_them_is_not_disturbed(self) -> None:
        job = self.create(proto="udp")
        alone = self.server.running(self.names[1])
        for n in range(300):
            self.cables[n % 3].send([frames.udp(n)])
        for one, numbers in ((job, list(range(300))), (alone, list(range(1, 300, 3)))):
            got = packets(self.server.stopped_file(self.server.captured(one, len(numbers))))
            self.assertEqual([int.from_bytes(p.data[PAYLOAD:PAYLOAD + 8], "big") for p in got], numbers)

    def test_the_packet_limit_is_for_all_of_them_together(self) -> None:
        job = self.create(packets=100)
        for n in range(300):
            self.cables[n % 3].send([frames.udp(n)])
        got = packets(self.server.file(job))
        self.assertEqual(len(got), 100)
        last = self.server.job(job)
        self.assertEqual((last["stop_reason"], last["counters"]["received"]), ("packets", 100))

    def test_when_one_goes_away_the_capture_ends_with_what_it_has(self) -> None:
        job = self.create()
        for n in range(30):
            self.cables[n % 3].send([frames.udp(n)])
        self.server.captured(job, 30)
        self.cables[1].unplug()
        last = self.server.ended(job)
        self.assertEqual((last["stop_reason"], last["delivery"]), ("device", "delivered"))
        self.assertIn(self.names[1], last["errors"][0]["message"])
        self.assertEqual(len(packets(self.server.file(job))), 30)


if __name__ == "__main__":
    support.main()
