"""Captures that are cut into several files, each an object of its own."""

import json
import sqlite3
import time
import unittest
from pathlib import Path

import support
from support import frames
from support.capture_file import packets
from support.net import Cable
from support.server import Job, Server, wait_until

PAYLOAD = 14 + 20 + 8  # Ethernet, IPv4 and UDP headers before the number


def numbers(path: Path) -> list[int]:
    return [int.from_bytes(p.data[PAYLOAD:PAYLOAD + 8], "big") for p in packets(path)]


class Segments(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())
        self.cable = Cable()

    def objects(self, job: Job) -> list[list[int]]:
        """The numbers in each of the job's objects, as the API has them."""
        found = []
        for one in job["objects"]:
            self.assertEqual(one["delivery"], "delivered", json.dumps(job, indent=2))
            self.assertTrue(one["url"].endswith("/" + one["key"]), one)
        for one, path in zip(job["objects"], self.server.files(job), strict=True):
            found.append(numbers(path))
            self.assertEqual(len(found[-1]), one["frames"])
        return found

    def spool(self) -> list[str]:
        return sorted(path.name for path in (self.server.data_dir / "spool").iterdir())

    def test_files_by_size_hold_every_packet_once(self) -> None:
        job = self.server.running(self.cable.near, proto="udp", segment={"bytes": 65536})
        key = self.server.job(job)["url"].rsplit("/", 1)[1].removesuffix(".pcapng")
        count = 1000
        for begin in range(0, count, 20):
            self.cable.send(frames.udp(n, size=1000) for n in range(begin, begin + 20))
            time.sleep(0.01)  # the next file is made while this one fills
        self.server.captured(job, count)
        # the first ones are objects before the capture ends
        self.server.wait_for(job, "an object", lambda j: any(o["delivery"] == "delivered" for o in j["objects"]))
        self.server.stop(job)
        last = self.server.ended(job)
        self.assertEqual(last["delivery"], "delivered", json.dumps(last, indent=2))
        found = self.objects(last)
        self.assertGreater(len(found), 10)
        self.assertEqual([n for part in found for n in part], list(range(count)))
        self.assertEqual([o["key"] for o in last["objects"]],
                         [f"{key}-{i:04}.pcapng" for i in range(1, len(found) + 1)])
        self.assertLessEqual(max(o["bytes"] for o in last["objects"][:-1]), 65536)
        self.assertEqual(last["counters"]["captured"], count)
        self.assertEqual(self.spool(), [])

    def test_files_by_time(self) -> None:
        job = self.server.running(self.cable.near, proto="udp", segment={"duration": 1})
        for n in range(260):
            self.cable.send([frames.udp(n)])
            time.sleep(0.01)
        self.server.captured(job, 260)
        self.server.stop(job)
        found = self.objects(self.server.ended(job))
        self.assertIn(len(found), (3, 4))
        self.assertEqual([n for part in found for n in part], list(range(260)))

    def test_a_ring_keeps_the_last_files(self) -> None:
        job = self.server.running(self.cable.near, proto="udp", segment={"bytes": 65536, "keep": 3})
        count = 1000
        for begin in range(0, count, 20):
            self.cable.send(frames.udp(n, size=1000) for n in range(begin, begin + 20))
            time.sleep(0.01)
        self.server.captured(job, count)
        wait_until("older files are gone", lambda: len(self.spool()) <= 6)
        self.server.stop(job)
        last = self.server.ended(job)
        found = self.objects(last)
        self.assertEqual(len(found), 3)
        together = [n for part in found for n in part]
        self.assertEqual(together, list(range(count - len(together), count)))
        self.assertEqual(self.spool(), [])

    def test_a_killed_server_delivers_what_was_on_the_disk(self) -> None:
        job = self.server.running(self.cable.near, proto="udp", segment={"bytes": 65536})
        count = 500
        for begin in range(0, count, 20):
            self.cable.send(frames.udp(n, size=1000) for n in range(begin, begin + 20))
            time.sleep(0.01)
        self.server.captured(job, count)
        time.sleep(1.2)  # what is in memory only is lost with the process: half a second's worth
        self.server.kill()
        self.server.start()
        last = self.server.ended(job)
        self.assertEqual((last["delivery"], last["stop_reason"]), ("delivered", "crash"), json.dumps(last, indent=2))
        found = self.objects(last)
        self.assertGreater(len(found), 3)
        self.assertEqual([n for part in found for n in part], list(range(count)))
        self.assertEqual(last["counters"]["captured"], count)
        self.assertEqual(self.spool(), [])

    def test_removing_the_job_removes_its_objects(self) -> None:
        job = self.server.running(self.cable.near, proto="udp", segment={"bytes": 65536})
        self.cable.send(frames.udp(n, size=1000) for n in range(300))
        self.server.captured(job, 300)
        self.server.stop(job)
        self.server.ended(job)
        folder = self.server.data_dir / "objects" / "xepacketcap"
        self.assertGreater(len(list(folder.iterdir())), 0)
        self.assertEqual(self.server.request("DELETE", f"/api/v1/jobs/{job['id']}").status, 204)
        self.assertEqual(list(folder.iterdir()), [])
        database = sqlite3.connect(self.server.data_dir / "jobs.db")
        self.assertEqual(database.execute("SELECT count(*) FROM segments").fetchone(), (0,))
        database.close()


if __name__ == "__main__":
    support.main()
