"""What a job may say of its object: its key, and compression. Judged by tshark and zstd."""

import datetime
import subprocess
import unittest

import support
from support import frames
from support.net import Cable
from support.pcap import numbers
from support.server import Job, Server


class ObjectOptions(unittest.TestCase):
    def setUp(self) -> None:
        self.cable = Cable()
        self.server = self.enterContext(Server())

    def captured(self, count: int = 100, **asked) -> Job:
        job = self.server.running(self.cable.near, proto="udp", **asked)
        for start in range(0, count, 500):
            self.cable.send(frames.udp(n, size=1000) for n in range(start, min(start + 500, count)))
            self.server.captured(job, min(start + 500, count))
        self.server.stop(job)
        return self.server.ended(job)

    def test_a_template_makes_the_key_and_the_object_is_there(self) -> None:
        job = self.captured(key="{date}/{device}/{interface}/{job}.pcapng")
        today = datetime.datetime.fromisoformat(job["created_at"]).strftime("%Y-%m-%d")
        self.assertEqual(job["object"]["key"], f"{today}/local/{self.cable.near}/{job['id']}.pcapng")
        self.assertEqual(numbers(self.server.file(job)), list(range(100)))
        path = job["url"].removeprefix(self.server.url)
        reply = self.server.request("GET", path)
        self.assertEqual(reply.status, 200)
        self.assertEqual(len(reply.body), job["object"]["bytes"])
        self.assertIn(f'filename="{job["id"]}.pcapng"', reply.headers["content-disposition"])

    def test_deleting_removes_the_object_and_the_folders_that_are_empty(self) -> None:
        first, second = (self.captured(key="a/{number}/x", bucket="pcaps") for _ in range(2))
        bucket = self.server.data_dir / "objects" / "pcaps"
        self.assertEqual(self.server.request("DELETE", f"/api/v1/jobs/{first['id']}").status, 204)
        self.assertEqual([p.name for p in (bucket / "a").iterdir()], [str(second["number"])])
        self.assertEqual(self.server.request("DELETE", f"/api/v1/jobs/{second['id']}").status, 204)
        self.assertEqual(list(bucket.iterdir()), [])

    def test_a_key_is_given_once(self) -> None:
        first = self.captured(key="today")
        refused = self.server.request("POST", "/api/v1/jobs", {"interface": self.cable.near, "key": "today"})
        self.assertEqual(refused.status, 409)
        self.assertEqual((refused.json["error"]["code"], refused.json["error"]["field"]), ("conflict", "key"))
        self.assertIn(str(first["number"]), refused.json["error"]["message"])
        self.assertEqual(self.server.request("DELETE", f"/api/v1/jobs/{first['id']}").status, 204)
        self.captured(key="today")

    def test_what_makes_no_key_or_needs_s3_is_refused(self) -> None:
        for field, asked in (("key", {"key": "../x"}), ("key", {"key": "{nothing}"}), ("key", {"key": "a.pcap"}),
                             ("compression", {"compression": "gzip"}), ("s3", {"s3": {"tags": {"a": "b"}}}),
                             ("s3", {"s3": {"bucket_owner": "123456789012"}}),
                             ("s3.encryption", {"s3": {"encryption": "rot13"}})):
            with self.subTest(asked):
                refused = self.server.request("POST", "/api/v1/jobs", {"interface": self.cable.near} | asked)
                self.assertEqual((refused.status, refused.json["error"]["field"]), (400, field))
        self.assertEqual(self.server.jobs(), [])

    def test_tags_and_metadata_that_are_too_long_as_they_are_sent_are_refused(self) -> None:
        s3 = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
        server = self.enterContext(Server(environment=s3))
        for member, asked in (("tags", {f"{n}": "\u00fc" * 256 for n in range(10)}),
                              ("metadata", {f"a{n}": "\u00e9\u00e9" for n in range(72)})):
            with self.subTest(member):
                refused = server.request("POST", "/api/v1/jobs", {"interface": self.cable.near, "s3": {member: asked}})
                self.assertEqual((refused.status, refused.json["error"]["field"]), (400, f"s3.{member}"))
                self.assertIn("as they are sent", refused.json["error"]["message"])

    def test_a_compressed_capture_is_read_by_wireshark_and_by_zstd(self) -> None:
        for form in ("pcapng", "pcap"):
            with self.subTest(form):
                job = self.captured(count=3000, compression="zstd", format=form)  # some frames of zstd
                self.assertTrue(job["object"]["key"].endswith(f".{form}.zst"), job["object"])
                self.assertLess(job["object"]["bytes"], job["counters"]["bytes"])
                file = self.server.file(job).rename(self.server.folder / f"capture.{form}.zst")
                self.assertEqual(numbers(file), list(range(3000)))
                plain = subprocess.run(["zstd", "--decompress", "--stdout", file], check=True, capture_output=True)
                self.assertEqual(len(plain.stdout), job["counters"]["bytes"])
                self.assertFalse(list((self.server.data_dir / "spool").iterdir()))

    def test_segments_are_compressed_each(self) -> None:
        job = self.captured(count=1000, compression="zstd", segment={"bytes": "256 KiB"}, key="s/{number}")
        self.assertGreater(len(job["objects"]), 2)
        found: list[int] = []
        for one in job["objects"]:
            self.assertRegex(one["key"], rf"^s/{job['number']}-\d{{4}}\.pcapng\.zst$")
            file = self.server.folder / "segment.pcapng.zst"
            file.write_bytes(self.server.request("GET", one["url"].removeprefix(self.server.url)).body)
            found += numbers(file)
        self.assertEqual(found, list(range(1000)))

    def test_a_compressed_capture_of_a_killed_server_is_delivered(self) -> None:
        job = self.server.running(self.cable.near, proto="udp", compression="zstd")
        self.cable.send(frames.udp(n, size=1000) for n in range(500))
        self.server.wait_for(job, "a file on the disk", lambda j: self.spooled(j) > 500_000)
        self.server.kill()
        self.server.start()
        job = self.server.ended(job)
        self.assertEqual((job["delivery"], job["stop_reason"]), ("delivered", "crash"))
        file = self.server.file(job).rename(self.server.folder / "capture.pcapng.zst")
        self.assertEqual(numbers(file), list(range(job["counters"]["captured"])))

    def spooled(self, job: Job) -> int:
        return (self.server.data_dir / "spool" / f"{job['id']}.pcap").stat().st_size


if __name__ == "__main__":
    support.main()
