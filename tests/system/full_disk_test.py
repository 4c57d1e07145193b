"""A disk that is full: the capture ends with what it has, and every packet is accounted for."""

import subprocess
import unittest
from pathlib import Path

import support
from peers.fault_server import FaultServer
from peers.fault_store import BUCKET
from support import frames
from support.net import Cable
from support.pcap import numbers
from support.server import Server, wait_until

ROOM = 3 << 20


class FullDisk(unittest.TestCase):
    def setUp(self) -> None:
        """The spool has a file system of its own, with little room: the job store has not."""
        self.store = self.enterContext(FaultServer())
        self.server = self.enterContext(Server(environment=self.store.variables))
        self.server.terminate()
        spool = self.server.data_dir / "spool"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", spool], check=True)
        self.addCleanup(subprocess.run, ["umount", spool], check=True)
        self.server.start()
        self.addCleanup(lambda: self.server.process and self.server.terminate())

    def test_the_capture_ends_with_what_there_was_room_for(self) -> None:
        cable = Cable()
        job = self.server.running(cable.near, bucket="file:pcaps", proto="udp")
        sent = 0
        while self.server.job(job)["state"] == "running":
            cable.send(frames.udp(n, size=1400) for n in range(sent, sent + 200))
            sent += 200
            self.assertLess(sent * 1400, 100 << 20, "the capture never ended")
        job = self.server.ended(job)
        self.assertEqual(job["stop_reason"], "error")
        self.assertIn("No space left on device", job["errors"][0]["message"])
        self.assertEqual(job["errors"][0]["code"], "disk_full")
        counters = job["counters"]
        self.assertGreater(counters["dropped"]["disk"], 0)
        self.assertGreater(counters["captured"], 100)
        self.assertEqual(counters["received"], counters["captured"] + sum(counters["dropped"].values()))
        # spool and objects are two file systems here, so it stays where it is, and the job says so
        self.assertEqual(job["delivery"], "failed")
        kept = self.server.data_dir / "spool" / f"{job['id']}.pcap"
        self.assertIn(str(kept), job["errors"][-1]["message"])
        self.assertEqual(numbers(kept), list(range(counters["captured"])))

    def test_a_new_job_is_refused(self) -> None:
        (self.server.data_dir / "spool" / "ballast").write_bytes(b"x" * ROOM)
        refused = self.server.request("POST", "/api/v1/jobs", {"interface": "lo", "duration": 30})
        self.assertEqual(refused.status, 507)
        self.assertEqual(refused.json["error"]["code"], "disk_full")
        self.assertIn(str(self.server.data_dir / "spool"), refused.json["error"]["message"])

    def test_a_delivery_that_has_no_room_to_pack_waits_for_it(self) -> None:
        cable = Cable()
        job = self.server.running(cable.near, bucket=BUCKET, proto="udp", compression="zstd")
        spool = self.server.data_dir / "spool"
        cable.send(frames.udp(n) for n in range(10))
        self.server.captured(job, 10)
        wait_until("something to deliver", lambda: (spool / f"{job['id']}.pcap").stat().st_size > 0)
        self.server.kill()
        (spool / f"{job['id']}.pcap.zst").unlink()
        fill(spool / "ballast")
        self.server.start()
        waiting = self.server.wait_for(job, "the cause", lambda j: len(j["errors"]) > 1)
        self.assertEqual(waiting["delivery"], "uploading")
        self.assertEqual(waiting["errors"][-1]["code"], "not_ready")
        self.assertIn("No space left on device", waiting["errors"][-1]["message"])
        (spool / "ballast").unlink()
        last = self.server.ended(job)
        self.assertEqual(last["delivery"], "delivered")
        self.assertEqual([error["code"] for error in last["errors"]], ["interrupted"])


def fill(path: Path) -> None:
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass


if __name__ == "__main__":
    support.main()
