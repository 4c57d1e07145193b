"""Captures that the server delivers to a real Ceph, to which things happen that do happen."""

import json
import re
import signal
import tempfile
import unittest
from pathlib import Path

import support
from peers import s3_peer
from peers.ceph import Ceph
from support import frames
from support.net import Cable
from support.capture_file import numbers
from support.server import Job, Server, wait_until
from support.stores import S3_KEYS, silent_store

SMALL_PARTS = '[s3]\npart_size = "5 MiB"\n'
LARGE = 1400  # bytes of payload: some 3,700 packets make a part
SEVERAL_PARTS = 9000
PATIENCE = 60  # five attempts take up to ten seconds, and the pause behind them up to eight
SILENCE = 110  # two attempts are made, of some 35 s each


class StoreFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.peer = cls.enterClassContext(s3_peer.running("ceph"))
        cls.ceph = Ceph(cls.peer)
        cls.store = cls.peer.client()
        cls.addClassCleanup(cls.store.close)

    def server(self, **variables: str) -> Server:
        return self.enterContext(Server(SMALL_PARTS, environment=self.peer.variables | variables))

    def captured(self, server: Server, count: int = 10, size: int = 100, bucket: str = "") -> Job:
        """A capture that runs, and has so many packets, no faster than they are captured."""
        cable = Cable()
        job = server.running(cable.near, bucket=bucket or self.peer.bucket, proto="udp")
        for at in range(0, count, 500):
            cable.send(frames.udp(n, size=size) for n in range(at, min(at + 500, count)))
            server.captured(job, min(at + 500, count))
        return job

    def begun(self, server: Server) -> Job:
        """Likewise, with two parts in the store."""
        job = self.captured(server, SEVERAL_PARTS, LARGE)
        wait_until("two parts to be sent", lambda: self.parts_of(job) == 2)
        return job

    def open_uploads(self, job: Job) -> list[dict[str, str]]:
        """What botocore needs to ask for their parts."""
        uploads = self.store.list_multipart_uploads(Bucket=self.peer.bucket).get("Uploads", [])
        key = job["url"].rsplit("/", 1)[1]
        return [{"Bucket": self.peer.bucket, "Key": key, "UploadId": one["UploadId"]}
                for one in uploads if one["Key"] == key]

    def parts_of(self, job: Job) -> int:
        return sum(len(self.store.list_parts(**one).get("Parts", [])) for one in self.open_uploads(job))

    def told(self, server: Server, job: Job, code: str, *words: str, patience: float = PATIENCE) -> Job:
        """The job says what is wrong, in the store's own words, and where its file is; which is all there."""
        wait_until(f"the error {code}", lambda: server.job(job)["errors"], patience)
        last = server.job(job)
        [error] = last["errors"]
        self.assertEqual(error["code"], code, error["message"])
        kept = server.data_dir / "spool" / f"{job['id']}.pcap"
        for word in [*words, str(kept)]:
            self.assertIn(word, error["message"])
        self.assertEqual(numbers(kept), list(range(last["counters"]["captured"])))
        return last

    def status(self, server: Server, job: Job) -> str:
        return server.request("POST", "/status_json", {"job_id": job["number"]}).json["status"]

    def waits(self, server: Server, job: Job, code: str, *words: str, patience: float = PATIENCE) -> None:
        last = self.told(server, job, code, *words, patience=patience)
        self.assertEqual((last["state"], last["delivery"]), ("stopped", "uploading"))
        self.assertEqual(self.status(server, job), "UPLOADING")

    def refused(self, server: Server, job: Job, code: str, *words: str) -> None:
        """For good, and the API serves the file from where it is kept."""
        last = self.told(server, job, code, *words)
        self.assertEqual((last["state"], last["delivery"]), ("stopped", "failed"))
        self.assertEqual(self.status(server, job), "ERROR")
        reply = server.request("GET", f"/api/v1/jobs/{job['id']}/file")
        self.assertEqual(reply.status, 200)
        self.assertEqual(numbers(self.file(reply.body)), list(range(last["counters"]["captured"])))

    def delivered(self, server: Server, job: Job, bucket: str = "", store=None) -> None:
        """It is, with no error left, and the store has what was captured."""
        wait_until("the delivery", lambda: server.job(job)["delivery"] in ("delivered", "failed"), PATIENCE)
        last = server.job(job)
        self.assertEqual((last["delivery"], last["errors"]), ("delivered", []), json.dumps(last, indent=2))
        reply = (store or self.store).get_object(Bucket=bucket or self.peer.bucket, Key=last["object"]["key"])
        content = reply["Body"].read()
        self.assertEqual(len(content), last["counters"]["bytes"])
        self.assertEqual(reply["ETag"].strip('"'), last["object"]["etag"])
        self.assertEqual(numbers(self.file(content)), list(range(last["counters"]["captured"])))
        wait_until("the spool to be empty", lambda: not list((server.data_dir / "spool").iterdir()))

    def file(self, content: bytes) -> Path:
        path = Path(self.enterContext(tempfile.TemporaryDirectory())) / "file.pcap"
        path.write_bytes(content)
        return path

    def parts_taken(self, job: Job) -> list[int]:
        """The numbers of those that the store has said yes to, by its log."""
        key = job["url"].rsplit("/", 1)[1]
        targets = [one.target for one in self.ceph.requests() if one.method == "PUT" and one.status == 200]
        found = [re.search(r"[?&]partNumber=(\d+)", target) for target in targets if f"/{key}?" in target]
        return sorted(int(one[1]) for one in found if one)

    def test_a_user_who_is_suspended_during_an_upload_is_waited_for(self) -> None:
        server = self.server()
        job = self.begun(server)
        self.ceph.admin("user", "suspend", "--uid=xepacketcap")
        try:
            server.stop(job)
            self.waits(server, job, "store_suspended", "403 UserSuspended")
        finally:
            self.ceph.admin("user", "enable", "--uid=xepacketcap")
        self.delivered(server, job)
        wait_until("the log to have all parts", lambda: self.parts_taken(job)[2:])
        self.assertEqual(self.parts_taken(job), [1, 2, 3])

    def test_a_quota_that_is_used_up_is_waited_for(self) -> None:
        server = self.server()
        job = self.captured(server)
        self.ceph.limit("user", 1)
        try:
            server.stop(job)
            self.waits(server, job, "store_quota", "403 QuotaExceeded")
        finally:
            self.ceph.lift_limit("user")
        self.delivered(server, job)

    def test_buckets_of_somebody_else(self) -> None:
        access_key, secret_key = self.ceph.make_user("somebody")
        theirs = self.peer.client(access_key, secret_key)
        self.addCleanup(theirs.close)
        theirs.create_bucket(Bucket="theirs")
        with self.subTest("a stranger is refused"):
            server = self.server()
            job = self.captured(server, bucket="theirs")
            server.stop(job)
            self.refused(server, job, "store_denied", "PUT theirs/", "403 AccessDenied")
        with self.subTest("their owner waits where they are full"):
            server = self.server(AWS_ACCESS_KEY_ID=access_key, AWS_SECRET_ACCESS_KEY=secret_key)
            self.ceph.limit("bucket", 1, "somebody")
            job = self.captured(server, bucket="theirs")
            server.stop(job)
            self.waits(server, job, "store_quota", "403 QuotaExceeded")
            self.ceph.lift_limit("bucket", "somebody")
            self.delivered(server, job, "theirs", theirs)

    def test_a_key_that_is_taken_away_during_an_upload_is_a_refusal(self) -> None:
        key = [f"--access-key={self.peer.variables['AWS_ACCESS_KEY_ID']}", "--key-type=s3", "--uid=xepacketcap"]
        server = self.server()
        job = self.begun(server)
        self.ceph.admin("key", "rm", *key)
        try:
            server.stop(job)
            self.refused(server, job, "store_keys", "403 InvalidAccessKeyId")
        finally:
            self.ceph.admin("key", "create", *key, f"--secret-key={self.peer.variables['AWS_SECRET_ACCESS_KEY']}")
        # what was begun could not be aborted: the next start does it, and keeps the file
        self.assertEqual(self.parts_of(job), 2)
        server.terminate()
        server.start()
        wait_until("the upload to be aborted", lambda: not self.open_uploads(job))
        self.refused(server, job, "store_keys", "403 InvalidAccessKeyId")

    def test_stores_that_say_nothing_are_waited_for(self) -> None:
        # each for a reason of its own; at the same time, since it takes a minute
        with self.ceph.second_gateway() as (second, gateway), silent_store() as silent:
            paused, stopped = self.server(), self.server(AWS_ENDPOINT_URL_S3=second)
            never = self.enterContext(Server(environment=S3_KEYS | {"AWS_ENDPOINT_URL_S3": silent}))
            jobs = [(paused, self.begun(paused)), (stopped, self.captured(stopped)), (never, self.captured(never))]
            self.ceph.cluster("osd", "set", "pause")
            gateway.send_signal(signal.SIGSTOP)
            try:
                for server, job in jobs:
                    server.stop(job)
                for server, job in jobs:
                    self.waits(server, job, "timeout", server.environment["AWS_ENDPOINT_URL_S3"], "30 seconds",
                               "(2 attempts)", patience=SILENCE)
            finally:
                gateway.send_signal(signal.SIGCONT)
                self.ceph.cluster("osd", "unset", "pause")
            for server, job in jobs[:2]:
                self.delivered(server, job)
            never.kill()  # what waits would have two seconds

    def test_what_a_gateway_has_that_was_killed_is_not_sent_again(self) -> None:
        server = self.server()
        job = self.begun(server)
        self.ceph.kill_gateway()
        try:
            server.stop(job)
            self.waits(server, job, "store_unreachable", "Connection refused (5 attempts)")
        finally:
            self.ceph.start_gateway()
        self.delivered(server, job)
        wait_until("the log to have all parts", lambda: self.parts_taken(job)[2:])
        self.assertEqual(self.parts_taken(job), [1, 2, 3])
        key = job["url"].rsplit("/", 1)[1]
        lists = [one for one in self.ceph.requests() if one.method == "GET" and f"/{key}?uploadId=" in one.target]
        self.assertGreater(len(lists), 0)


if __name__ == "__main__":
    support.main()
