"""kill -9 in every state of a job, then `serve` again: the records and files tell the truth."""

import http.client
import random
import threading
import time
import unittest

import support
from support import capture_file, frames
from support.net import Cable
from support.pcap import numbers
from support.server import Job, Server, wait_until
from support.stores import S3_KEYS, silent_store


class Kill(unittest.TestCase):
    def setUp(self) -> None:
        self.cable = Cable()

    def test_queued_jobs_run_after_the_restart(self) -> None:
        server = self.enterContext(Server("[jobs]\nmax_running = 1\n"))
        server.running(self.cable.near)
        waiting = [server.create(self.cable.near, proto="udp", duration=1) for _ in range(3)]
        server.kill()
        server.start()
        for job in waiting:
            last = server.ended(job)
            self.assertEqual((last["delivery"], last["stop_reason"]), ("delivered", "duration"))

    def test_a_running_job_ends_with_what_it_had(self) -> None:
        server = self.enterContext(Server())
        job = server.running(self.cable.near, proto="udp")
        self.cable.send(frames.udp(n) for n in range(1000))
        server.captured(job, 1000)
        server.kill()
        server.start()
        self.check_truth(server, job, sent=1000)
        self.assertEqual(server.job(job)["stop_reason"], "crash")

    def test_a_job_that_starts_runs_again_or_ends_truthfully(self) -> None:
        server = self.enterContext(Server())
        for delay in (0, 0.001, 0.002, 0.004, 0.008, 0.016):
            with self.subTest(delay=delay):
                job = server.create(self.cable.near, proto="udp")
                time.sleep(delay)
                server.kill()
                server.start()
                again = server.wait_for(job, "running or stopped", lambda j: j["state"] in ("running", "stopped"))
                if again["state"] == "running":
                    self.cable.send(frames.udp(n) for n in range(10))
                    self.assertEqual(numbers(server.stopped_file(job)), list(range(10)))
                self.check_truth(server, job, sent=0)

    def test_a_job_that_stops_or_is_delivered_keeps_everything(self) -> None:
        server = self.enterContext(Server())
        for delay in (0, 0.001, 0.002, 0.004, 0.008, 0.016):
            with self.subTest(delay=delay):
                job = server.running(self.cable.near, proto="udp")
                self.cable.send(frames.udp(n) for n in range(100))
                server.captured(job, 100)
                server.stop(job)
                time.sleep(delay)
                server.kill()
                server.start()
                self.check_truth(server, job, sent=100)

    def test_compressed_captures_are_delivered_wherever_their_delivery_was_broken_off(self) -> None:
        server, jobs = self.enterContext(Server()), []
        for _ in range(8):
            ending = [server.running(self.cable.near, proto="udp", compression="zstd") for _ in range(20)]
            self.cable.send(frames.udp(n) for n in range(10))
            for job in ending:
                spool = server.data_dir / "spool" / f"{job['id']}.pcap"
                wait_until("something to deliver", lambda: spool.stat().st_size > 0)
                server.captured(job, 10)
            stopping = [threading.Thread(target=self.stop_or_be_killed, args=(server, job)) for job in ending]
            for thread in stopping:
                thread.start()
            time.sleep(random.uniform(0, 0.15))
            server.kill()
            for thread in stopping:
                thread.join()
            server.start()
            jobs += ending
        for job in jobs:
            last = server.ended(job)
            self.assertEqual(last["delivery"], "delivered", last["errors"])
            kept = capture_file.numbers(server.file(job))
            self.assertEqual(kept, list(range(last["counters"]["captured"])))

    def stop_or_be_killed(self, server: Server, job: Job) -> None:
        try:
            server.stop(job)
        except (OSError, http.client.HTTPException):
            pass

    def test_an_upload_that_was_under_way_goes_on(self) -> None:
        with silent_store() as endpoint:
            server = self.enterContext(Server(f'[s3]\nendpoint = "{endpoint}"\n', S3_KEYS))
            job = server.running(self.cable.near, proto="udp")
            self.cable.send(frames.udp(n) for n in range(100))
            server.captured(job, 100)
            server.stop(job)
            server.wait_for(job, "uploading", lambda j: j["delivery"] == "uploading")
            server.kill()
            server.start()
            again = server.job(job)
            self.assertEqual((again["state"], again["delivery"]), ("stopped", "uploading"))
            self.assertIsNone(again["object"])
            status = server.request("POST", "/status_json", {"job_id": job["number"]}).json["status"]
            self.assertEqual(status, "UPLOADING")
            self.assertEqual(self.spooled(server), list(range(100)))
            server.kill()

    def test_a_job_that_was_delivered_stays_so(self) -> None:
        server = self.enterContext(Server())
        job = server.running(self.cable.near, proto="udp")
        self.cable.send(frames.udp(n) for n in range(10))
        server.stopped_file(job)
        before = server.job(job)
        server.kill()
        server.start()
        self.assertEqual(server.job(job), before)
        self.assertEqual(numbers(server.file(job)), list(range(10)))

    def test_a_request_that_was_answered_is_never_forgotten(self) -> None:
        server = self.enterContext(Server())
        promised = []
        for _ in range(5):
            promised += [server.create("lo", proto="udp", duration=600)["id"] for _ in range(3)]
            server.kill()
            server.start()
            self.assertEqual({job["id"] for job in server.jobs()}, set(promised))

    def test_nothing_is_left_behind(self) -> None:
        server = self.enterContext(Server())
        job = server.running(self.cable.near, proto="udp")
        self.cable.send(frames.udp(n) for n in range(100))
        server.captured(job, 100)
        spool = server.data_dir / "spool" / f"{job['id']}.pcap"
        wait_until("something to deliver", lambda: spool.stat().st_size > 0)  # else the job fails, and rightly
        server.kill()
        server.start()
        server.file(job)
        left = sorted(p.name for p in server.data_dir.rglob("*") if p.is_file() and "sqlite" not in p.name
                      and not p.name.startswith(("jobs", "lock", "audit.log")))
        self.assertEqual(left, [f"{job['url'].rsplit('/', 1)[1]}"], "spool files or hidden objects")

    def test_what_could_not_be_read_and_what_was_linked_go_with_their_job(self) -> None:
        server = self.enterContext(Server())
        whole = server.running(self.cable.near, proto="udp")
        pieces = server.running(self.cable.near, proto="udp", segment={"bytes": 65536, "keep": 5})
        self.cable.send(frames.udp(n, size=1400) for n in range(100))
        spool = server.data_dir / "spool"
        files = [spool / f"{whole['id']}.pcap", spool / f"{pieces['id']}-0001.pcap"]
        for job, file in zip((whole, pieces), files):
            server.captured(job, 100)
            wait_until("something to deliver", lambda: file.exists() and file.stat().st_size > 0)
        server.kill()
        linked = server.data_dir / "objects" / whole["url"].split("/objects/")[1]  # as by a delivery that was killed
        linked.parent.mkdir(parents=True, exist_ok=True)
        linked.hardlink_to(files[0])
        for file in files:
            with open(file, "r+b") as damaged:
                damaged.write(b"\0")
        server.start()
        self.assertEqual(server.ended(whole)["delivery"], "failed")
        server.ended(pieces)
        self.assertTrue((spool / f"unreadable-{files[1].name}").exists())
        for job in (whole, pieces):
            self.assertEqual(server.request("DELETE", f"/api/v1/jobs/{job['id']}").status, 204)
        objects = [path for path in (server.data_dir / "objects").rglob("*") if path.is_file()]
        self.assertEqual([*spool.iterdir(), *objects], [])

    def check_truth(self, server: Server, job: Job, sent: int) -> None:
        """The job has ended; its file has the first packets, in order; what it lacks is said."""
        last = server.ended(job)
        self.assertEqual(last["state"], "stopped")
        status = server.request("POST", "/status_json", {"job_id": job["number"]}).json["status"]
        self.assertEqual(status, {"delivered": "UPLOADED", "failed": "ERROR"}[last["delivery"]])
        if last["delivery"] == "failed":
            self.assertNotEqual(last["errors"], [])
            self.assertIsNone(last["object"])
            return
        kept = numbers(server.file(job))
        self.assertEqual(kept, list(range(len(kept))))
        self.assertEqual(last["counters"]["captured"], len(kept))
        if len(kept) < sent or last["stop_reason"] == "crash":
            self.assertNotEqual(last["errors"], [], f"{len(kept)} of {sent} packets, and no word of it")

    def spooled(self, server: Server) -> list[int]:
        files = [p for p in server.data_dir.rglob("*.pcap*") if "objects" not in p.parts]
        self.assertEqual(len(files), 1, files)
        return numbers(files[0])


if __name__ == "__main__":
    support.main()
