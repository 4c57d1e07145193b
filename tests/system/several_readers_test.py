"""An interface that several threads read (PACKET_FANOUT): nothing is lost, nothing twice, and the file is in the
order of time."""

import unittest

import support
from support import frames
from support.capture_file import packets
from support.net import Cable
from support.server import Server

PAYLOAD = 14 + 20 + 8  # Ethernet, IPv4 and UDP headers before the number
FLOWS = 16


def numbers(path: object) -> list[int]:
    return [int.from_bytes(p.data[PAYLOAD:PAYLOAD + 8], "big") for p in packets(path)]  # type: ignore[arg-type]


class SeveralReaders(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server("[capture]\nreaders = 3\n"))
        self.cable = Cable()

    def stream(self, begin: int, end: int) -> None:
        self.cable.send(frames.udp(n, source=f"10.0.2.{n % FLOWS + 1}", size=20 + n % 1000) for n in range(begin, end))

    def threads(self) -> int:
        assert self.server.process
        with open(f"/proc/{self.server.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("Threads:"))

    def test_a_capture_is_whole_and_in_order(self) -> None:
        before = self.threads()
        job = self.server.running(self.cable.near)
        self.assertEqual(self.threads(), before + 1 + 3, "one for the run, three to read")
        count = 8000
        self.stream(0, count)
        path = self.server.stopped_file(self.server.captured(job, count))
        got = packets(path)
        self.assertEqual(sorted(numbers(path)), list(range(count)))
        self.assertEqual([p.when for p in got], sorted(p.when for p in got))
        for flow in range(FLOWS):
            own = [n for n in numbers(path) if n % FLOWS == flow]
            self.assertEqual(own, sorted(own), "the order within a flow")

    def test_jobs_share_the_readers(self) -> None:
        everything = self.server.running(self.cable.near)
        one_host = self.server.running(self.cable.near, src="10.0.2.3", bidirectional=False)
        few = self.server.running(self.cable.near, packets=50)
        self.stream(0, 4000)
        self.assertEqual(len(numbers(self.server.file(few))), 50)
        path = self.server.stopped_file(self.server.captured(one_host, 250))
        self.assertEqual(numbers(path), [n for n in range(4000) if n % FLOWS == 2])
        self.stream(4000, 5000)
        path = self.server.stopped_file(self.server.captured(everything, 5000))
        self.assertEqual(sorted(numbers(path)), list(range(5000)))


if __name__ == "__main__":
    support.main()
