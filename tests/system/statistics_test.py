"""What a pcapng file says was lost, during the capture and at its end, is what the API says."""

import os
import re
import signal
import subprocess
import unittest
from pathlib import Path

import support
from support import frames
from support.capture_file import SECTION, STATISTICS, blocks, numbers
from support.net import Cable
from support.pcap import capinfos
from support.server import Job, Server

# draft-ietf-opsawg-pcapng, 4.6
COMMENT, START, END, RECEIVED, DROPPED, ACCEPTED, OS_DROPPED, DELIVERED = 1, 2, 3, 4, 5, 6, 7, 8

SECOND = 10**9


def as_tshark_prints_them(path: Path) -> list[dict[str, int]]:
    """The counts of each statistics block, by Wireshark's name for them."""
    done = subprocess.run(["tshark", "-r", str(path), "-X", "read_format:MIME Files Format", "-V"],
                          capture_output=True, text=True, check=True)
    found = []
    for block in done.stdout.split("Block: ")[1:]:
        if block.startswith("Interface Statistics Block"):
            counts = re.findall(r"Number of (.*?) = (\d+)", block)
            found.append({name: int(count) for name, count in counts})
    return found


class StatisticsBlocks(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server('[capture]\nmemory = "16 MiB"\n'))
        self.cable = Cable()

    def lose_some(self, begin: int, end: int, server: Server | None = None) -> None:
        """Nobody reads the ring of 4 MiB meanwhile."""
        process = (server or self.server).process
        assert process and (end - begin) * 1400 > 8 << 20
        os.kill(process.pid, signal.SIGSTOP)
        try:
            self.cable.send(frames.udp(n, size=1400) for n in range(begin, end))
        finally:
            os.kill(process.pid, signal.SIGCONT)

    def accounted(self, job: Job, sent: int) -> None:
        self.server.wait_for(job, f"{sent} packets accounted for", lambda j: j["counters"]["received"] >= sent)

    def blocks_written(self, server: Server, job: Job, count: int) -> None:
        """Waits for so many more, while no packets come."""
        for _ in range(count):
            written = job["counters"]["bytes"]
            job = server.wait_for(job, "another block", lambda j: j["counters"]["bytes"] > written)

    def test_the_last_block_has_the_counters_of_the_api(self) -> None:
        job = self.server.running(self.cable.near, proto="udp")
        everything = self.server.running(self.cable.near)
        self.cable.send(frames.tcp(n) for n in range(10))
        self.lose_some(0, 9000)
        for one in (job, everything):
            self.accounted(one, 9010)
            path = self.server.stopped_file(one)
            last = self.server.job(one)
            counters, dropped = last["counters"], last["counters"]["dropped"]
            with self.subTest(proto=last["request"]["proto"]):
                self.assertGreater(dropped["ring"], 0)
                block = blocks(path, STATISTICS)[-1]
                self.assertEqual(block.count(RECEIVED), 9010)
                self.assertEqual(block.count(DROPPED), sum(dropped.values()))
                self.assertEqual(block.count(OS_DROPPED), dropped["ring"])
                self.assertEqual(block.count(ACCEPTED), counters["received"] - counters["filtered"])
                self.assertEqual(block.count(DELIVERED), counters["captured"])
                shown = as_tshark_prints_them(path)[-1]
                self.assertEqual(shown["Received Packets"], 9010)
                self.assertEqual(shown["Dropped Packets"], sum(dropped.values()))
                self.assertEqual(shown["Accepted Packets"], counters["received"] - counters["filtered"])
                self.assertEqual(capinfos(path)["Number of packets"], str(counters["captured"]))

    def test_there_is_one_a_minute_or_as_often_as_it_is_configured(self) -> None:
        often = self.enterContext(Server('[capture]\nmemory = "16 MiB"\nstatistics = "1 s"\n'))
        never = self.enterContext(Server('[capture]\nmemory = "16 MiB"\nstatistics = "0 s"\n'))
        jobs = [(server, server.running(self.cable.near, proto="udp", duration=3))
                for server in (often, never, self.server)]
        self.cable.send(frames.udp(n) for n in range(10))
        self.blocks_written(often, often.captured(jobs[0][1], 10), 1)
        self.cable.send(frames.udp(n) for n in range(10, 30))
        found = [blocks(server.file(job), STATISTICS) for server, job in jobs]
        self.assertIn(len(found[0]), (2, 3, 4))
        self.assertEqual([len(few) for few in found[1:]], [1, 1])
        first, last = found[0][0], found[0][-1]
        self.assertEqual(last.time(START), first.time(START))
        self.assertGreater((first.time(END) - first.time(START)) / SECOND, 0.9)
        counts = [(block.count(RECEIVED), block.count(DELIVERED)) for block in found[0]]
        self.assertEqual(counts, sorted(counts))
        self.assertIn((10, 10), counts)
        self.assertEqual(counts[-1], (30, 30))
        path = often.file(jobs[0][1])
        self.assertEqual(len(as_tshark_prints_them(path)), len(found[0]))
        self.assertEqual(numbers(path), list(range(30)))
        self.assertEqual(capinfos(path)["Number of packets"], "30")

    def test_a_block_during_a_capture_tells_what_was_lost_until_then(self) -> None:
        server = self.enterContext(Server('[capture]\nmemory = "16 MiB"\nstatistics = "1 s"\n'))
        job = server.running(self.cable.near, duration=60)
        self.lose_some(0, 9000, server)
        server.wait_for(job, "9000 packets accounted for", lambda j: j["counters"]["received"] >= 9000)
        dropped = server.job(job)["counters"]["dropped"]
        self.blocks_written(server, server.job(job), 2)  # so that the first is on the disk
        server.kill()  # as far as the file goes, it says what it lacks
        server.start()
        path = server.file(job)
        block = blocks(path, STATISTICS)[-1]
        self.assertGreater(block.count(OS_DROPPED), 0)
        self.assertEqual(block.count(RECEIVED), 9000)
        self.assertEqual(block.count(DROPPED), sum(dropped.values()))

    def test_capinfos_shows_what_the_file_says_of_itself(self) -> None:
        job = self.server.running(self.cable.near, filter="udp port 40404", by="Zoë", comment="a “why”")
        self.cable.send(frames.udp(n) for n in range(5))
        path = self.server.stopped_file(job)
        done = subprocess.run(["capinfos", str(path)], capture_output=True, text=True, check=True)
        shown = dict(re.findall(r"^[ \t]*([^=:\n]+?)[ \t]*[=:][ \t]*(.*)$", done.stdout, re.MULTILINE))
        self.assertEqual(shown["File type"], "Wireshark/... - pcapng")
        self.assertEqual(shown["File timestamp precision"], "nanoseconds (9)")
        self.assertEqual(shown["Name"], self.cable.near)
        self.assertIn("udp port 40404", shown["Filter string"])
        self.assertEqual(shown["Number of stat entries"], "1")
        self.assertEqual(shown["Number of packets"], "5")
        self.assertTrue(shown["Capture application"].startswith("xepacketcap "))
        self.assertIn("Linux", shown["Capture oper-sys"])
        self.assertEqual(shown["Capture comment"],
                         f"xepacketcap job {job['id']} ({job['number']}), asked for by Zoë: a “why”")
        (section,) = blocks(path, SECTION)
        self.assertEqual(section.text(COMMENT), shown["Capture comment"])


if __name__ == "__main__":
    support.main()
