"""Captures that the server delivers to real S3 stores, judged by botocore and tshark."""

import email.header
import hashlib
import json
import os
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

import support
from peers import s3_peer
from support import frames
from support.net import Cable
from support.pcap import numbers, raw_frames
from support.server import BINARY, PATIENCE, Job, Server, clean_environment, wait_until

SMALL_PARTS = '[s3]\npart_size = "5 MiB"\n'
KMS_KEY = "xepacketcap-key"  # of tests/peers/ceph-up.sh
LARGE = 1400  # bytes of payload: some 3,700 packets make a part


class RealStore:
    """A subclass names it."""

    store_name = ""
    settings: dict[str, str] = {}  # of tests/peers/STORE-up.sh
    unknown_key = "403 InvalidAccessKeyId"  # what it says of one

    @classmethod
    def setUpClass(cls) -> None:
        cls.peer = cls.enterClassContext(s3_peer.running(cls.store_name, **cls.settings))
        cls.store = cls.peer.client()
        cls.addClassCleanup(cls.store.close)

    def server(self, config: str = "", **variables: str) -> Server:
        return self.enterContext(Server(config, environment=self.peer.variables | variables))

    def stored(self, job: Job) -> Path:
        """The object as botocore fetches it, compared with what the job says of it."""
        self.assertEqual(job["delivery"], "delivered", json.dumps(job, indent=2))
        self.assertEqual(job["object"]["bucket"], self.peer.bucket)
        reply = self.store.get_object(Bucket=self.peer.bucket, Key=job["object"]["key"])
        content = reply["Body"].read()
        self.assertEqual(len(content), job["object"]["bytes"])
        self.assertEqual(len(content), job["counters"]["bytes"])
        self.assertEqual(reply["ETag"].strip('"'), job["object"]["etag"])
        self.assertEqual(reply["ContentType"], "application/vnd.tcpdump.pcap")
        path = Path(self.enterContext(tempfile.TemporaryDirectory())) / "object.pcap"
        path.write_bytes(content)
        return path

    def open_uploads(self) -> int:
        return len(self.store.list_multipart_uploads(Bucket=self.peer.bucket).get("Uploads", []))

    def send_all(self, server: Server, cable: Cable, job: Job, sent: list[bytes]) -> None:
        """No faster than they are captured: this is about delivery, not about loss."""
        for at in range(0, len(sent), 500):
            cable.send(sent[at:at + 500])
            server.captured(job, min(at + 500, len(sent)))

    def delivered(self, server: Server, cable: Cable, count: int, **more: object) -> Job:
        """So many large frames, captured and sent, are what is in the bucket."""
        job = server.running(cable.near, bucket=self.peer.bucket, proto="udp", **more)
        sent = [frames.udp(n, size=LARGE) for n in range(count)]
        self.send_all(server, cable, job, sent)
        server.stop(job)
        job = server.ended(job)
        self.assertEqual(raw_frames(self.stored(job)), sent)
        return job


class DeliveryToS3(RealStore):
    """What every store must do."""

    def test_check_finds_all_that_a_delivery_needs(self) -> None:
        before = len(self.store.list_objects_v2(Bucket=self.peer.bucket).get("Contents", []))
        done = subprocess.run([BINARY, "check", "--data-dir", "/tmp", "--bucket", self.peer.bucket], capture_output=True,
                              text=True, timeout=PATIENCE, env=clean_environment(**self.peer.variables))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(len(self.store.list_objects_v2(Bucket=self.peer.bucket).get("Contents", [])), before)
        self.assertEqual(self.open_uploads(), 0)

    def test_a_small_capture_is_an_object_in_the_bucket(self) -> None:
        server, cable = self.server(), Cable()
        job = server.running(cable.near, bucket=self.peer.bucket)
        endpoint = self.peer.variables["AWS_ENDPOINT_URL_S3"]
        self.assertTrue(job["url"].startswith(f"{endpoint}/{self.peer.bucket}/"), job["url"])
        cable.send(frames.udp(n) for n in range(1000))
        server.stop(job)
        job = server.ended(job)
        self.assertEqual(numbers(self.stored(job)), list(range(1000)))
        self.assertFalse(list((server.data_dir / "spool").iterdir()))

    def test_the_original_api_says_uploaded_when_the_object_is_there(self) -> None:
        server, cable = self.server(), Cable()
        asked = {"iface": cable.near, "proto": "udp", "src": "any", "dst": "any",
                 "bucket": self.peer.bucket, "duration": "1"}
        number = server.request("POST", "/pcap_json", asked).json["job_id"]

        def status() -> dict:
            return server.request("POST", "/status_json", {"job_id": number}).json

        last = wait_until("UPLOADED", lambda: (s := status())["status"] in ("UPLOADED", "ERROR") and s)
        self.assertEqual(last["status"], "UPLOADED")
        self.store.head_object(Bucket=self.peer.bucket, Key=last["url"].rsplit("/", 1)[1])

    def test_the_object_has_the_key_that_was_asked_for_and_says_what_it_is(self) -> None:
        server, cable = self.server(), Cable()
        job = server.running(cable.near, bucket=self.peer.bucket, proto="udp", key="dt={date}/{interface}/{job}",
                             by="zo\u00eb", comment="two  spaces", s3={"metadata": {"case": "17"}})
        cable.send(frames.udp(n) for n in range(10))
        server.captured(job, 10)
        server.stop(job)
        job = server.ended(job)
        self.assertEqual(numbers(self.stored(job)), list(range(10)))
        date = job["created_at"][:10]
        self.assertEqual(job["object"]["key"], f"dt={date}/{cable.near}/{job['id']}.pcapng")
        said = self.store.head_object(Bucket=self.peer.bucket, Key=job["object"]["key"])["Metadata"]
        received = str(job["counters"]["received"])
        by = str(email.header.make_header(email.header.decode_header(said.pop("by"))))
        self.assertEqual(by, "zo\u00eb")
        self.assertEqual(" ".join(said.pop("comment").split()), "two spaces")
        self.assertEqual(said, {
            "case": "17", "job": job["id"], "number": str(job["number"]), "device": "local", "interface": cable.near,
            "filter": "udp from any to any and back", "received": received, "captured": "10", "dropped": "0"})

    def test_words_that_are_only_spaces_are_delivered(self) -> None:
        server, cable = self.server(), Cable()
        job = server.running(cable.near, bucket=self.peer.bucket, proto="udp", by=" ", comment="  ",
                             s3={"metadata": {"blank": " ", "empty": "", "word": " a "}})
        server.stop(job)
        job = server.ended(job)
        self.stored(job)
        said = self.store.head_object(Bucket=self.peer.bucket, Key=job["object"]["key"])["Metadata"]
        self.assertEqual((said.get("blank", ""), said.get("empty", ""), said["word"]), ("", "", "a"))
        self.assertLessEqual(said.keys() & {"by", "comment"}, set())

    def test_a_compressed_capture_is_uploaded_while_it_runs_and_goes_on_after_a_kill(self) -> None:
        server, cable = self.server(SMALL_PARTS), Cable()
        job = server.running(cable.near, bucket=self.peer.bucket, proto="udp", compression="zstd")
        sent = [frames.udp(n, size=LARGE)[:-1000] + os.urandom(1000) for n in range(9000)]
        self.send_all(server, cable, job, sent)
        wait_until("a multipart upload is open", lambda: self.open_uploads() == 1)
        [upload] = self.store.list_multipart_uploads(Bucket=self.peer.bucket)["Uploads"]
        server.kill()
        server.start()
        job = server.ended(job)
        self.assertIn("upload.resumed", server.log())
        self.assertEqual((job["delivery"], job["stop_reason"], job["object"]["key"]),
                         ("delivered", "crash", upload["Key"]))
        reply = self.store.get_object(Bucket=self.peer.bucket, Key=upload["Key"])
        self.assertEqual(reply["ContentType"], "application/zstd")
        file = server.folder / "capture.pcapng.zst"
        file.write_bytes(reply["Body"].read())
        self.assertEqual(hashlib.sha256(file.read_bytes()).hexdigest(), job["object"]["sha256"])
        self.assertEqual(raw_frames(file), sent[:job["counters"]["captured"]])
        self.assertEqual(self.open_uploads(), 0)
        self.assertFalse(list((server.data_dir / "spool").iterdir()))

    def test_a_large_capture_is_on_its_way_while_it_runs(self) -> None:
        server, cable = self.server(SMALL_PARTS), Cable()
        job = server.running(cable.near, bucket=self.peer.bucket, proto="udp")
        sent = [frames.udp(n, size=LARGE) for n in range(9000)]
        self.send_all(server, cable, job, sent)
        wait_until("a multipart upload is open", lambda: self.open_uploads() == 1)
        self.assertEqual(server.job(job)["state"], "running")
        server.stop(job)
        job = server.ended(job)
        self.assertEqual(raw_frames(self.stored(job)), sent)
        self.assertEqual(self.open_uploads(), 0)
        self.assertIn("-", job["object"]["etag"])  # how S3 marks the ETag of several parts

    def test_the_file_of_a_delivered_job_is_fetched_from_the_store(self) -> None:
        server, cable = self.server(), Cable()
        job = server.running(cable.near, bucket=self.peer.bucket, proto="udp")
        cable.send([frames.udp(7)])
        server.stop(job)
        job = server.ended(job)
        with urllib.request.urlopen(f"{server.url}/api/v1/jobs/{job['id']}/file") as reply:
            self.assertEqual(len(reply.read()), job["object"]["bytes"])

    def test_a_failed_upload_names_the_reason_and_the_file_on_disk(self) -> None:
        wrong_secret = {"AWS_SECRET_ACCESS_KEY": "wrong"}
        wrong_key = {"AWS_ACCESS_KEY_ID": "nobody:knows"}
        for bucket, variables, code, cause in (
                ("no-such-bucket", {}, "no_such_bucket", "404 NoSuchBucket"),
                (self.peer.bucket, wrong_secret, "store_keys", "403 SignatureDoesNotMatch"),
                (self.peer.bucket, wrong_key, "store_keys", self.unknown_key)):
            with self.subTest(cause):
                server, cable = self.server(**variables), Cable()
                job = server.running(cable.near, bucket=bucket, proto="udp")
                cable.send(frames.udp(n) for n in range(10))
                server.stop(job)
                job = server.ended(job)
                self.assertEqual(job["delivery"], "failed")
                [error] = job["errors"]
                self.assertEqual(error["code"], code)
                self.assertIn(f"PUT {bucket}/", error["message"])
                self.assertIn(cause, error["message"])
                kept = server.data_dir / "spool" / f"{job['id']}.pcap"
                self.assertIn(str(kept), error["message"])
                self.assertEqual(numbers(kept), list(range(10)))
                legacy = server.request("POST", "/status_json", {"job_id": job["number"]}).json
                self.assertEqual(legacy["status"], "ERROR")

    def test_a_kill_in_the_middle_of_an_upload_loses_nothing_that_was_written(self) -> None:
        server, cable = self.server(SMALL_PARTS), Cable()
        job = server.running(cable.near, bucket=self.peer.bucket, proto="udp")
        sent = [frames.udp(n, size=LARGE) for n in range(6000)]
        self.send_all(server, cable, job, sent)
        wait_until("a multipart upload is open", lambda: self.open_uploads() == 1)
        spool = server.data_dir / "spool" / f"{job['id']}.pcap"
        wait_until("the spool has all of it", lambda: spool.stat().st_size == server.job(job)["counters"]["bytes"])
        server.kill()
        server.start()
        job = server.ended(job)
        self.assertEqual(job["stop_reason"], "crash")
        self.assertEqual(raw_frames(self.stored(job)), sent)
        self.assertEqual(self.open_uploads(), 0)


class Swift(DeliveryToS3, unittest.TestCase):
    store_name = "swift"
    unknown_key = "403 SignatureDoesNotMatch"

    def test_counters_that_it_can_not_have_as_tags_are_told_of_once(self) -> None:
        server, cable = self.server(SMALL_PARTS), Cable()
        for _ in range(2):
            self.delivered(server, cable, 5000)
        self.assertEqual(server.log_file.read_text().count("upload.counters_not_tagged"), 1)

    def test_what_the_store_can_not_do_is_told_and_the_file_is_kept(self) -> None:
        server, cable = self.server(), Cable()
        job = server.running(cable.near, bucket=self.peer.bucket, proto="udp", s3={"tags": {"team": "netops"}})
        cable.send(frames.udp(n) for n in range(10))
        server.captured(job, 10)
        server.stop(job)
        job = server.ended(job)
        self.assertEqual(job["delivery"], "failed")
        [error] = job["errors"]
        self.assertEqual(error["code"], "store_refused")
        self.assertIn("501", error["message"])
        self.assertEqual(numbers(server.data_dir / "spool" / f"{job['id']}.pcap"), list(range(10)))


class SwiftWithKeys(RealStore, unittest.TestCase):
    store_name = "swift"
    settings = {"ENCRYPTION": "yes"}

    def test_what_the_store_encrypts_with_its_own_key_is_read_as_it_was(self) -> None:
        server, cable = self.server(SMALL_PARTS), Cable()
        for count in (10, 5000):
            with self.subTest(count):
                self.delivered(server, cable, count, s3={"encryption": "AES256"})
        on_disk = list(self.peer.state.rglob("*.data"))
        self.assertGreater(len(on_disk), 3)
        self.assertEqual([file for file in on_disk if frames.udp(7, size=LARGE) in file.read_bytes()], [])


class Ceph(DeliveryToS3, unittest.TestCase):
    store_name = "ceph"

    def test_tags_and_storage_class_are_what_was_asked_for_also_in_parts(self) -> None:
        server, cable = self.server(SMALL_PARTS + "counter_tags = false\n"), Cable()
        tags = {"team": "net ops", "cost-centre": "4711/a+b"}
        for count in (10, 5000):
            with self.subTest(count):
                job = self.delivered(server, cable, count, s3={"tags": tags, "storage_class": "STANDARD",
                                                               "bucket_owner": "xepacketcap"})
                found = self.store.get_object_tagging(Bucket=self.peer.bucket, Key=job["object"]["key"])["TagSet"]
                self.assertEqual({tag["Key"]: tag["Value"] for tag in found}, tags)

    def test_as_many_tags_and_metadata_as_may_be_are_taken(self) -> None:
        server, cable = self.server(), Cable()
        tags = {f"{n}" + "k" * 127: "v" * 256 for n in range(10)}
        metadata = {f"metadata-{n}": "x" for n in range(40)}
        job = self.delivered(server, cable, 10, comment="\u00e9" * 100, by="\u00e9" * 60,
                             s3={"tags": tags, "metadata": metadata})
        found = self.store.get_object_tagging(Bucket=self.peer.bucket, Key=job["object"]["key"])["TagSet"]
        self.assertEqual({tag["Key"]: tag["Value"] for tag in found}, tags)

    def test_counters_are_no_tags_where_tags_are_not_wanted(self) -> None:
        server, cable = self.server(SMALL_PARTS + "counter_tags = false\n"), Cable()
        job = self.delivered(server, cable, 5000)
        self.assertEqual(self.store.get_object_tagging(Bucket=self.peer.bucket, Key=job["object"]["key"])["TagSet"], [])

    def test_the_counters_of_an_object_in_parts_are_tags(self) -> None:
        server, cable = self.server(SMALL_PARTS), Cable()
        for tags in ({}, {"team": "netops", "dropped": "nothing"}):
            with self.subTest(tags):
                job = self.delivered(server, cable, 5000, s3={"tags": tags})
                found = self.store.get_object_tagging(Bucket=self.peer.bucket, Key=job["object"]["key"])["TagSet"]
                counters = {"received": str(job["counters"]["received"]), "captured": "5000", "dropped": "0"}
                self.assertEqual({tag["Key"]: tag["Value"] for tag in found}, counters | tags)

    def test_what_is_encrypted_with_a_key_of_the_key_service_is_read_as_it_was(self) -> None:
        server, cable = self.server(SMALL_PARTS), Cable()
        for count in (10, 5000):
            with self.subTest(count):
                job = self.delivered(server, cable, count, s3={"encryption": "aws:kms", "kms_key": KMS_KEY})
                head = self.store.head_object(Bucket=self.peer.bucket, Key=job["object"]["key"])
                self.assertEqual((head["ServerSideEncryption"], head["SSEKMSKeyId"]), ("aws:kms", KMS_KEY))

    def test_a_key_that_the_key_service_does_not_have_is_told_in_its_words(self) -> None:
        server, cable = self.server(), Cable()
        job = server.running(cable.near, bucket=self.peer.bucket, proto="udp",
                             s3={"encryption": "aws:kms", "kms_key": "nobodys"})
        cable.send([frames.udp(7)])
        server.captured(job, 1)
        server.stop(job)
        job = server.ended(job)
        self.assertEqual((job["delivery"], job["errors"][0]["code"]), ("failed", "store_keys"), job["errors"])
        self.assertIn("nobodys", job["errors"][0]["message"])
        self.assertEqual(numbers(server.data_dir / "spool" / f"{job['id']}.pcap"), [7])

    def test_a_storage_class_that_the_store_does_not_know_is_told(self) -> None:
        server, cable = self.server(), Cable()
        job = server.running(cable.near, bucket=self.peer.bucket, proto="udp", s3={"storage_class": "NO_SUCH"})
        cable.send([frames.udp(7)])
        server.captured(job, 1)
        server.stop(job)
        job = server.ended(job)
        self.assertEqual(job["delivery"], "failed")
        self.assertEqual(job["errors"][0]["code"], "store_refused")
        self.assertEqual(numbers(server.data_dir / "spool" / f"{job['id']}.pcap"), [7])


if __name__ == "__main__":
    support.main()
