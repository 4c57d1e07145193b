"""The demo, as a newcomer runs it once it is built: it ends well, and the file that it names has the packets."""

import re
import subprocess
import unittest
from pathlib import Path

import support
from support.pcap import capinfos
from support.server import BINARY

ROOT = Path(__file__).parents[2]


class Demo(unittest.TestCase):
    def test_it_shows_where_the_captured_packets_are(self) -> None:
        if Path(BINARY).resolve().parent != ROOT / "build/release":
            self.skipTest("the demo is for the release build")
        done = subprocess.run([ROOT / "tools/demo"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"captured +5,000 packets")
        self.assertRegex(done.stdout, r"lost +0\n")
        found = re.search(r"^On disk: +(\S+)$", done.stdout, re.MULTILINE)
        assert found, done.stdout
        self.assertEqual(capinfos(ROOT / found[1])["Number of packets"], "5000")


if __name__ == "__main__":
    support.main()
