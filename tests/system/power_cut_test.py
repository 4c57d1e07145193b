"""The power fails at random moments: every packet that was confirmed durable is in the bucket, once.

Other than by kill -9, what the kernel had not written yet is lost, too: data, names of files, transactions of the job store.
XEPACKETCAP_TEST_SEED repeats the choices of a run, if not its timing.
"""

import os
import random
import time
import unittest
from pathlib import Path

import support
from peers import s3_peer
from peers.fault_server import FaultServer
from peers.fault_store import BUCKET
from support import frames
from support.disk import Disk
from support.lane import CONFIG, Lane, reach, run_side_by_side
from support.net import Cable
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

    def test_what_was_answered_and_delivered_is_there(self) -> None:
        """In the store that is embedded: objects of one piece and of several, jobs, and the lines of the audit log."""
        self.server = server = Server()
        disk = Disk(server.data_dir, DISK_MIB)
        self.addCleanup(disk.close)
        self.addCleanup(lambda: server.process and server.kill())
        cable, promised, delivered = Cable(), [], {}
        for _ in range(4):
            server.start()
            self.assertEqual({job["id"] for job in server.jobs()}, set(promised))
            for path, content in delivered.items():
                self.assertEqual(path.read_bytes(), content, path)
            whole = server.running(cable.near, proto="udp")
            pieces = server.running(cable.near, proto="udp", segment={"bytes": 65_536})
            for begin in range(0, 200, 20):
                cable.send(frames.udp(n, size=1000) for n in range(begin, begin + 20))
                time.sleep(0.01)  # the next file is made while this one fills
            for job in (whole, pieces):
                server.captured(job, 200)
                server.stop(job)
            for job in (whole, pieces):
                ended = server.ended(job)
                self.assertEqual(ended["delivery"], "delivered", ended["errors"])
                for url in [one["url"] for one in ended["objects"]] or [ended["url"]]:
                    path = server.data_dir / "objects" / url.split("/objects/")[1]
                    delivered[path] = path.read_bytes()
            waiting = server.create("lo", duration=1)
            promised += [job["id"] for job in (whole, pieces, waiting)]
            disk.cut_power()
            server.kill()
            disk.has_power_again()
            said = server.run("audit", "verify")
            self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
        self.assertGreater(len(delivered), 4 * 3)

    def test_a_deleted_job_does_not_come_back_nor_do_its_files(self) -> None:
        store = self.enterContext(FaultServer("always_503"))
        self.server = server = Server(environment=store.variables)
        server.data_dir.mkdir()
        spool = server.data_dir / "spool"
        disk = Disk(spool, DISK_MIB)  # the job store is on another one
        self.addCleanup(disk.close)
        self.addCleanup(lambda: server.process and server.kill())
        cable = Cable()
        for _ in range(2):
            server.start()
            job = server.running(cable.near, bucket=BUCKET, proto="udp")
            cable.send(frames.udp(n) for n in range(10))
            server.captured(job, 10)
            server.stop(job)
            server.wait_for(job, "that it is stopped", lambda j: j["state"] == "stopped")
            os.sync()
            self.assertEqual(server.request("DELETE", f"/api/v1/jobs/{job['id']}").status, 204)
            disk.cut_power()
            server.kill()
            disk.has_power_again()
            self.assertEqual(list(spool.glob(f"*{job['id']}*")), [])

    def lane(self, number: int, peer: s3_peer.Peer, store: object) -> Lane:
        server = Server(CONFIG, peer.variables)
        disk = Disk(server.data_dir, DISK_MIB)
        self.addCleanup(disk.close)
        lane = Lane(number, SEED, store, server, disk)
        self.addCleanup(lane.close)
        return lane


if __name__ == "__main__":
    support.main()
