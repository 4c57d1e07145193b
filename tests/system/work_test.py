"""`work --once` beside a server, where there is nothing to do for it; and what /readyz says of it."""

import fcntl
import os
import time
import unittest

import support
from support.server import Server, wait_until

OWN = '[[device]]\nname = "own"\nway = "dohost"\n'


class Work(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Server(OWN)
        self.addCleanup(self.server._folder.cleanup)

    def test_without_a_device_it_is_told_what_is_missing(self) -> None:
        self.server.configure()
        done = self.server.run("work", "--once")
        self.assertEqual(done.returncode, 2, done)
        self.assertIn('way = "dohost"', done.stderr)
        self.assertFalse(self.server.data_dir.exists())

    def test_with_nothing_to_do_it_ends_at_once(self) -> None:
        began = time.monotonic()
        done = self.server.run("work", "--once")
        self.assertEqual(done.returncode, 0, done)
        self.assertLess(time.monotonic() - began, 5)
        self.assertIn("worker.ended", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_only_one_is_at_work(self) -> None:
        self.assertEqual(self.server.run("work", "--once").returncode, 0)
        with open(self.server.data_dir / "worker.lock", "r+", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            done = self.server.run("work", "--once")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("another xepacketcap worker", done.stdout)
        self.assertNotIn("worker.ended", done.stderr)

    def test_it_has_to_be_once_and_for_a_time(self) -> None:
        for arguments, named in ((["work"], "--once"), (["work", "--once", "--for", "soon"], "--for"),
                                 (["work", "--once", "--for", "0"], "--for")):
            with self.subTest(" ".join(arguments)):
                done = self.server.run(*arguments)
                self.assertEqual(done.returncode, 2, done)
                self.assertIn(named, done.stderr)


class Ready(unittest.TestCase):
    def test_without_a_worker_the_server_says_what_is_missing(self) -> None:
        with Server(OWN) as server:
            reply = server.get("/readyz", 503)
            self.assertEqual(reply["status"], "not ready")
            (reason,) = reply["reasons"]
            for word in ("device own", "work --once", "yet", "print-eem"):
                self.assertIn(word, reason)
            self.assertEqual(server.get("/healthz"), {"status": "ok"})
            done = server.run("work", "--once")  # on the data_dir of a server that runs
            self.assertEqual(done.returncode, 0, done)
            self.assertEqual(server.get("/readyz"), {"status": "ok"})

    def test_a_worker_that_does_not_come_any_more_is_missed(self) -> None:
        with Server(OWN) as server:
            self.assertEqual(server.run("work", "--once").returncode, 0)
            seen = server.data_dir / "worker.seen"
            long_ago = time.time() - 600
            os.utime(seen, (long_ago, long_ago))
            (reason,) = server.get("/readyz", 503)["reasons"]
            self.assertIn(f"since {time.strftime('%Y-%m-%dT%H:%M:', time.gmtime(long_ago))}", reason)

    def test_local_captures_do_not_wait_for_a_worker(self) -> None:
        with Server(OWN) as server:
            job = server.running("lo")
            self.assertEqual(server.stop(job)["request"]["device"], "local")
            server.ended(job)
            wait_until("readiness", lambda: server.request("GET", "/readyz").status == 503)

    def test_a_transcript_is_only_of_jobs_on_devices(self) -> None:
        with Server() as server:
            job = server.running("lo")
            reply = server.get(f"/api/v1/jobs/{job['id']}/transcript", 404)
            self.assertIn(str(job["number"]), reply["error"]["message"])
            self.assertEqual(server.get("/api/v1/jobs/1/transcript", 404)["error"]["code"], "not_found")


if __name__ == "__main__":
    support.main()
