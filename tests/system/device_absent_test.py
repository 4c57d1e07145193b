"""A device that nobody reaches any more: its jobs can be stopped and deleted, and what is left on it is removed
when somebody does."""

import os
import time
import unittest

import support
from support.device_server import FAMILIES, Worker, by_dohost
from support.iosxe import Device
from support.net import Cable
from support.server import Server, wait_until


class NoWorker(unittest.TestCase):
    def test_a_job_is_stopped_and_deleted_and_the_next_worker_clears_the_device(self) -> None:
        for family, interface in FAMILIES:
            with self.subTest(family), Device(family, {interface: Cable().near}, ssh=False) as device, \
                    Server(by_dohost(device)) as server:
                worker = Worker(server, device)
                job = server.create(interface, device="own", proto="udp")
                with worker.launched() as process:
                    server.wait_for(job, "running", lambda j: j["state"] == "running")
                    wait_until("the capture", device.active)
                    wait_until("the worker's sign", (server.data_dir / "worker.seen").exists)
                    process.kill()
                self.assertEqual(server.stop(job)["state"], "running")  # a worker may come and end it
                long_ago = time.time() - 121
                os.utime(server.data_dir / "worker.seen", (long_ago, long_ago))
                job = server.ended(job)
                self.assertEqual((job["state"], job["delivery"], job["stop_reason"]), ("stopped", "failed", "user"))
                (error,) = job["errors"]
                self.assertEqual(error["code"], "device_unreachable")
                for words in ("device own could not be reached", f"XP{job['number']}", "work --once"):
                    self.assertIn(words, error["message"])
                wait_until("the word of it", lambda: "job.given_up_on_device" in server.log())
                self.assertEqual(server.request("DELETE", f"/api/v1/jobs/{job['id']}").status, 204)
                self.assertEqual(device.active(), [f"XP{job['number']}"])
                self.assertEqual(worker.once().returncode, 0)
                self.assertEqual(device.left(), {"captures": [], "access_lists": [], "files": []})


class LostStore(unittest.TestCase):
    def test_a_capture_that_runs_and_belongs_to_no_job_is_swept(self) -> None:
        for family, interface in FAMILIES:
            with self.subTest(family), Device(family, {interface: Cable().near}, ssh=False) as device, \
                    Server(by_dohost(device)) as server:
                worker = Worker(server, device)
                job = server.create(interface, device="own", proto="udp")
                with worker.launched() as process:
                    wait_until("the capture", device.active)
                    process.kill()
                server.kill()
                for path in server.data_dir.glob("jobs.db*"):
                    path.unlink()
                server.start()
                new = server.create(interface, device="own", proto="udp", duration=1)
                with worker:
                    self.assertEqual(server.ended(new)["delivery"], "delivered")
                    device.wait_until_clean()
                self.assertNotEqual(new["number"], job["number"])


if __name__ == "__main__":
    support.main()
