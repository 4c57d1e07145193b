"""A store that is away is waited for, and what it has is not sent again."""

import sqlite3
import unittest
from contextlib import closing

import support
from peers.fault_server import BUCKET, FaultServer, load_fault
from support import frames
from support.capture_file import numbers
from support.net import Cable, free_port
from support.server import Job, Server, wait_until

SMALL_PARTS = '[s3]\npart_size = "5 MiB"\n'
LARGE = 1400  # bytes of payload: some 3,700 packets make a part
PATIENCE = 60  # five attempts take up to ten seconds, and the pause behind them up to eight


class Delivery(unittest.TestCase):
    def captured(self, server: Server, count: int, size: int = 100) -> Job:
        cable = Cable()
        job = server.running(cable.near, bucket=BUCKET, proto="udp")
        for at in range(0, count, 500):  # no faster than they are captured
            cable.send(frames.udp(n, size=size) for n in range(at, min(at + 500, count)))
            server.captured(job, min(at + 500, count))
        return job

    def waits(self, server: Server, job: Job) -> Job:
        wait_until("the job to wait for its store", lambda: server.job(job)["errors"], PATIENCE)
        last = server.job(job)
        self.assertEqual((last["state"], last["delivery"]), ("stopped", "uploading"))
        self.assertEqual(len(last["errors"]), 1)
        self.assertEqual(last["errors"][0]["code"], "store_unreachable")
        self.assertIn(str(server.data_dir / "spool" / job["id"]), last["errors"][0]["message"])
        asked = server.request("POST", "/status_json", {"job_id": job["number"]}).json
        self.assertEqual(asked["status"], "UPLOADING")
        return last

    def delivered(self, server: Server, job: Job, store: FaultServer, *errors: str) -> None:
        # "none" at first, where a restart has found the file
        wait_until("the delivery", lambda: server.job(job)["delivery"] in ("delivered", "failed"), PATIENCE)
        last = server.job(job)
        self.assertEqual(last["delivery"], "delivered")
        self.assertEqual([error["code"] for error in last["errors"]], list(errors))
        # the file goes once the delivery is stored, so that no moment has neither
        wait_until("the spool to be empty", lambda: not list((server.data_dir / "spool").iterdir()))
        stored = store.store.objects[last["object"]["key"]].body
        self.assertEqual(len(stored), last["object"]["bytes"])
        path = server.folder / "object"
        path.write_bytes(stored)
        self.assertEqual(numbers(path), list(range(last["counters"]["captured"])))

    def test_a_store_that_comes_back_gets_the_capture_also_after_a_restart(self) -> None:
        port = free_port()
        with FaultServer() as elsewhere:
            variables = elsewhere.variables
        variables["AWS_ENDPOINT_URL_S3"] = f"http://127.0.0.1:{port}"
        server = self.enterContext(Server(environment=variables))
        job = self.captured(server, 100)
        server.stop(job)
        self.waits(server, job)
        server.kill()
        server.start()
        self.waits(server, job)
        with FaultServer(port=port) as store:
            self.delivered(server, job, store)

    def test_a_job_that_waits_for_its_store_can_be_given_up(self) -> None:
        with FaultServer() as store:
            server = self.enterContext(Server(SMALL_PARTS, environment=store.variables))
            job = self.captured(server, 9000, LARGE)
            wait_until("two parts to be sent",
                       lambda: any(len(upload.parts) == 2 for upload in store.store.uploads.values()))
            store.store.fault = load_fault("complete_503")
            server.stop(job)
            wait_until("the job to wait for its store", lambda: server.job(job)["errors"], PATIENCE)
            self.assertEqual(server.request("DELETE", f"/api/v1/jobs/{job['id']}").status, 204)
            self.assertEqual(server.request("GET", f"/api/v1/jobs/{job['id']}").status, 404)
            self.assertEqual(list((server.data_dir / "spool").iterdir()), [])
            self.assertEqual(store.store.uploads, {}, "an upload was left open")

    def test_an_upload_that_could_not_be_aborted_is_at_the_next_start(self) -> None:
        with FaultServer("abort_denied_once_and_complete_200_error") as store:
            server = self.enterContext(Server(SMALL_PARTS, environment=store.variables))
            job = self.captured(server, 9000, LARGE)
            server.stop(job)
            wait_until("the refusal", lambda: server.job(job)["delivery"] == "failed", PATIENCE)
            self.assertEqual(len(store.store.uploads), 1)
            spool = server.data_dir / "spool"
            self.assertEqual(len(list(spool.glob("*.upload"))), 1)
            server.terminate()
            server.start()
            wait_until("the upload to be aborted", lambda: not store.store.uploads, PATIENCE)
            wait_until("its note to go", lambda: not list(spool.glob("*.upload")))
            self.assertEqual([path.name for path in spool.iterdir()], [f"{job['id']}.pcap"])

    def test_parts_that_the_store_has_are_not_sent_again(self) -> None:
        port = free_port()
        with FaultServer(port=port) as store:
            server = self.enterContext(Server(SMALL_PARTS, environment=store.variables))
            job = self.captured(server, 9000, LARGE)
            wait_until("two parts to be sent",
                       lambda: any(len(upload.parts) == 2 for upload in store.store.uploads.values()))
        server.kill()
        uploads = store.store.uploads
        with FaultServer(port=port) as again:
            again.store.uploads.update(uploads)
            server.start()
            self.delivered(server, job, again, "interrupted")
            self.assertEqual([r.query["partNumber"] for r in again.store.asked("UploadPart")], ["3"])
            self.assertEqual(again.store.asked("CreateMultipartUpload"), [])
            self.assertEqual(again.store.uploads, {})

    def test_an_upload_of_a_capture_that_begins_again_is_aborted(self) -> None:
        # parts of a fast interface are sent before the job is stored as running; here, it is made to look so
        with FaultServer() as store:
            server = self.enterContext(Server(SMALL_PARTS, environment=store.variables))
            job = self.captured(server, 4500, LARGE)
            note = server.data_dir / "spool" / f"{job['id']}.pcap.upload"
            wait_until("an upload to be open, and noted", note.exists)
            server.kill()
            with closing(sqlite3.connect(server.data_dir / "jobs.db")) as jobs, jobs:
                jobs.execute("UPDATE jobs SET state = 'starting', started_at = NULL WHERE id = ?", (job["id"],))
            server.start()
            server.wait_for(job, "running again", lambda j: j["state"] == "running")
            self.assertEqual(store.store.uploads, {})
            server.stop(job)
            self.delivered(server, job, store)

    def test_it_is_given_up_when_its_time_is_over(self) -> None:
        with FaultServer("always_503") as store:
            server = self.enterContext(Server('[delivery]\ngive_up_after = "1 s"\n', environment=store.variables))
            job = self.captured(server, 10)
            server.stop(job)
            wait_until("the end", lambda: server.job(job)["delivery"] == "failed", PATIENCE)
            last = server.job(job)
            self.assertEqual(len(last["errors"]), 1)
            self.assertIn("503", last["errors"][0]["message"])
            self.assertEqual(numbers(server.data_dir / "spool" / f"{job['id']}.pcap"), list(range(10)))

    def test_what_was_begun_goes_with_a_refusal_or_with_the_job(self) -> None:
        for fault in ("complete_200_error", "abort_denied_once_and_complete_200_error"):
            with self.subTest(fault), FaultServer(fault) as store:
                server = self.enterContext(Server(SMALL_PARTS, environment=store.variables))
                job = self.captured(server, 4500, LARGE)
                server.stop(job)
                wait_until("the end", lambda: server.job(job)["delivery"] == "failed", PATIENCE)
                left = len(store.store.uploads)
                self.assertEqual(left, 0 if fault == "complete_200_error" else 1)
                self.assertEqual(server.request("DELETE", f"/api/v1/jobs/{job['id']}").status, 204)
                self.assertEqual(store.store.uploads, {})
                self.assertEqual(list((server.data_dir / "spool").iterdir()), [])


if __name__ == "__main__":
    support.main()
