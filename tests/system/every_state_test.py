"""A server that was killed in each state that a job can be in, with each kind of file that it can
have left: the store and the spool are put into that state, so that no kill has to be lucky."""

import json
import os
import sqlite3
import unittest
from pathlib import Path

import support
from support import frames
from support.net import Cable
from support.pcap import numbers
from support.server import Job, Server

SENT = 50


class EveryState(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())
        self.cable = Cable()

    def left_behind(self, state: str, delivery: str, cut: int | None = 0, linked: bool = False,
                    format: str = "pcap") -> Job:
        """A job with SENT packets, as a server leaves it that is killed in that state. The last `cut`
        bytes of its file are missing (None: all of it); `linked`: its object was there already."""
        server = self.server
        job = server.running(self.cable.near, proto="udp", format=format)
        self.cable.send(frames.udp(n) for n in range(SENT))
        server.captured(job, SENT)
        whole = server.stopped_file(job).read_bytes()
        job = server.job(job)
        server.kill()
        spool = server.data_dir / "spool" / f"{job['id']}.pcap"
        object_file = server.data_dir / "objects" / job["object"]["bucket"] / job["object"]["key"]
        object_file.unlink()
        if cut is not None:
            spool.write_bytes(whole[:len(whole) - cut])
        if linked:
            os.link(spool, object_file)
        self.set_state(server.data_dir / "jobs.db", job, state, delivery)
        server.start()
        return job

    @staticmethod
    def set_state(store: Path, job: Job, state: str, delivery: str) -> None:
        forgotten = ["receipt_bytes", "receipt_etag", "delivered_at"]
        if state != "stopped":
            forgotten += ["stop_reason"]
        if state in ("queued", "starting"):
            forgotten += ["started_at"]
        if state in ("queued", "starting", "running"):
            forgotten += ["stopped_at"]
        database = sqlite3.connect(store)
        with database:
            database.execute(
                f"UPDATE jobs SET state = ?, delivery = ?, {', '.join(f'{name} = NULL' for name in forgotten)} "
                "WHERE id = ?", (state, delivery, job["id"]))
        database.close()

    def assert_delivered(self, job: Job, count: int, stop_reason: str) -> None:
        job = self.server.ended(job)
        self.assertEqual((job["delivery"], job["stop_reason"]), ("delivered", stop_reason), json.dumps(job))
        self.assertEqual(numbers(self.server.file(job)), list(range(count)))
        self.assertEqual(job["counters"]["captured"], count)
        self.assertEqual(list((self.server.data_dir / "spool").iterdir()), [])

    def test_queued_and_starting_jobs_run(self) -> None:
        for state in ("queued", "starting"):
            for cut in (None, SENT, 0):
                with self.subTest(state=state, cut=cut):
                    if state == "queued" and cut is not None:
                        continue  # a job that waits has no file
                    job = self.left_behind(state, "none", cut)
                    self.server.wait_for(job, "running", lambda j: j["state"] == "running")
                    self.cable.send(frames.udp(n) for n in range(7))
                    self.server.captured(job, 7)
                    self.server.stop(job)
                    self.assert_delivered(job, 7, "user")

    def test_running_and_stopping_jobs_end_with_what_was_on_the_disk(self) -> None:
        for state in ("running", "stopping"):
            for cut, count, format in ((0, SENT, "pcap"), (1, SENT - 1, "pcap"), (130, SENT - 2, "pcap"),
                                       # the last bytes of a pcapng file are its statistics
                                       (0, SENT, "pcapng"), (1, SENT, "pcapng"), (300, SENT - 1, "pcapng")):
                with self.subTest(state=state, cut=cut, format=format):
                    job = self.left_behind(state, "none", cut, format=format)
                    self.assert_delivered(job, count, "crash")
                    [error] = self.server.job(job)["errors"]
                    self.assertIn(f"the {count} packets", error["message"])
                    self.assertIn("missing", error["message"])

    def test_running_and_stopping_jobs_without_a_file_say_so(self) -> None:
        for state in ("running", "stopping"):
            with self.subTest(state=state):
                job = self.server.ended(self.left_behind(state, "none", None))
                self.assertEqual((job["delivery"], job["stop_reason"]), ("failed", "crash"))
                self.assertIn("before anything of this capture was on the disk", job["errors"][-1]["message"])

    def test_stopped_jobs_are_delivered(self) -> None:
        for delivery in ("none", "uploading"):
            for linked in (False, True):
                with self.subTest(delivery=delivery, linked=linked):
                    job = self.left_behind("stopped", delivery, 0, linked)
                    self.assert_delivered(job, SENT, "user")
                    self.assertEqual(self.server.job(job)["errors"], [])

    def test_a_stopped_job_whose_file_is_gone_fails_with_its_name(self) -> None:
        job = self.server.ended(self.left_behind("stopped", "uploading", None))
        self.assertEqual(job["delivery"], "failed")
        self.assertIn(f"{job['id']}.pcap", job["errors"][-1]["message"])


if __name__ == "__main__":
    support.main()
