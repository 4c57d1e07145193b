"""The power fails at random moments: every packet that was confirmed durable is in the bucket, once.

Other than by kill -9, what the kernel had not written yet is lost, too: data, names of files, transactions of the job store.
XEPACKETCAP_TEST_SEED repeats the choices of a run, if not its timing.
"""

import os
import random
import unittest
from pathlib import Path

import support
from peers import s3_peer
from support.disk import Disk
from support.lane import CONFIG, Lane, reach, run_side_by_side
from support.server import Server

CUTS = 60
SERVERS = 4
DISK_MIB = 512
SEED = int(os.environ.get("XEPACKETCAP_TEST_SEED") or random.randrange(10**6))


@unittest.skipUnless(Path("/dev/loop-control").exists(), "the kernel has no loop devices: there is no disk to cut the power of")
class PowerCut(unittest.TestCase):
    def test_every_packet_that_was_confirmed_durable_is_found_once(self) -> None:
        peer = self.enterContext(s3_peer.running("ceph"))
        store = peer.client()
        self.addCleanup(store.close)
        lanes = [self.lane(n, peer, store) for n in range(SERVERS)]
        run_side_by_side(lanes, CUTS // SERVERS)
        reached = reach(lanes)
        print(f"\nseed {SEED}; " + ", ".join(f"{name}: {n}" for name, n in reached.items()))
        self.assertEqual(reached["kills"], CUTS)
        for name in ("jobs seen stopped", "of these with packets that were confirmed"):
            self.assertGreater(reached[name], 0, f"seed {SEED}: {name}")

    def lane(self, number: int, peer: s3_peer.Peer, store: object) -> Lane:
        server = Server(CONFIG, peer.variables)
        disk = Disk(server.data_dir, DISK_MIB)
        self.addCleanup(disk.close)
        lane = Lane(number, SEED, store, server, disk)
        self.addCleanup(lane.close)
        return lane


if __name__ == "__main__":
    support.main()
