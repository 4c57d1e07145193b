"""A hundred kills at random moments: every packet that was confirmed durable is in the bucket, once.

Four servers are killed side by side, so that a minute is enough. XEPACKETCAP_TEST_SEED repeats the
choices of a run, if not its timing.
"""

import os
import random
import subprocess
import unittest
from collections import Counter

import support
from peers import s3_peer
from support.lane import CONFIG, Lane, reach, run_side_by_side
from support.server import Server

KILLS = 100
SERVERS = 4
SEED = int(os.environ.get("XEPACKETCAP_TEST_SEED") or random.randrange(10**6))


class RandomKills(unittest.TestCase):
    def test_every_packet_that_was_confirmed_durable_is_found_once(self) -> None:
        peer = self.enterContext(s3_peer.running("ceph"))
        store = peer.client()
        self.addCleanup(store.close)
        lanes = [Lane(n, SEED, store, Server(CONFIG, peer.variables)) for n in range(SERVERS)]
        for lane in lanes:
            self.addCleanup(lane.close)
        run_side_by_side(lanes, KILLS // SERVERS)
        self.check_readers(lanes)
        self.check_reach(lanes)

    def check_readers(self, lanes: list[Lane]) -> None:
        """Wireshark reads every object too, and finds what the job says."""
        for lane in lanes:
            delivered = {c.job["object"]["key"]: c for c in lane.captures.values() if c.job["object"] and not c.job["objects"]}
            done = subprocess.run(["capinfos", "-T", "-r", "-M", "-c", *delivered], cwd=lane.server.folder,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, f"seed {SEED}: {done.stderr}")
            counts = dict(line.split("\t") for line in done.stdout.splitlines())
            self.assertEqual(counts, {key: str(c.job["counters"]["captured"]) for key, c in delivered.items()})

    def check_reach(self, lanes: list[Lane]) -> None:
        """The test has been where it wanted to be."""
        reached = reach(lanes)
        kinds = sum((lane.kinds for lane in lanes), Counter())
        print(f"\nseed {SEED}; kills {dict(kinds)}; " + ", ".join(f"{name}: {n}" for name, n in reached.items()))
        self.assertEqual(reached["kills"], KILLS)
        for name in ("jobs seen stopped", "of these with packets that were confirmed", "objects of several parts", "captures in several objects",
                     "uploads resumed", "deliveries begun again"):
            self.assertGreater(reached[name], 0, f"seed {SEED}: {name}")


if __name__ == "__main__":
    support.main()
