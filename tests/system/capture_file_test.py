"""What Wireshark's tools read in a delivered file: who asked and why, where the packets come from, what was lost."""

import re
import subprocess
import unittest
from pathlib import Path

import support
from support import frames
from support.net import Cable
from support.pcap import capinfos
from support.server import Server


def blocks(path: Path) -> str:
    """Every block with all its options, as tshark prints them."""
    done = subprocess.run(["tshark", "-r", str(path), "-X", "read_format:MIME Files Format", "-V"],
                          capture_output=True, text=True, check=True)
    return done.stdout


class CaptureFile(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())
        self.cable = Cable()

    def test_a_pcapng_file_says_what_it_is(self) -> None:
        job = self.server.running(self.cable.near, proto="udp", filter="port 40404", by="nina",
                                  comment="VoIP calls drop at 3 a.m.", snaplen=1000)
        other = self.server.running(self.cable.near)
        self.cable.send(frames.udp(n) for n in range(7))
        self.cable.send(frames.tcp(n) for n in range(5))
        self.server.captured(other, 12)
        path = self.server.stopped_file(job)
        info = capinfos(path)
        self.assertEqual((info["File type"], info["Number of packets"]), ("pcapng", "7"))
        self.assertEqual(info["File time precision"], "nanoseconds")
        text = blocks(path)
        for expected in (f"xepacketcap job {job['id']} ({job['number']}), asked for by nina: "
                         "VoIP calls drop at 3 a.m.",
                         "xepacketcap 0.", f"Interface Name = {self.cable.near}", "port 40404", "(software)"):
            self.assertIn(expected, text)
        [comment] = re.findall(r" Comment: (received .*)", text)
        self.assertEqual(comment, "received 12 = captured 7 + filtered 5 + dropped by ring 0, queue 0, disk 0")
        self.assertEqual(re.findall(r"Number of Dropped Packets = (\d+)", text), ["0"])
        self.assertEqual(re.findall(r"Number of Accepted Packets = (\d+)", text), ["7"])

    def test_the_formats_of_files(self) -> None:
        for request, kind in (({}, "pcapng"), ({"format": "pcapng"}, "pcapng"), ({"format": "pcap"}, "nsecpcap")):
            with self.subTest(request=request):
                job = self.server.running(self.cable.near, **request)
                self.cable.send([frames.udp(1)])
                self.server.captured(job, 1)
                path = self.server.stopped_file(job)
                self.assertEqual(capinfos(path)["File type"], kind)
                self.assertTrue(self.server.job(job)["object"]["key"].endswith(
                    ".pcap" if kind == "nsecpcap" else ".pcapng"))


if __name__ == "__main__":
    support.main()
