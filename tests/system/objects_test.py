"""The embedded object store over HTTP."""

import os
import time
import unittest

import support
from support import frames
from support.net import Cable
from support.server import Job, Server, wait_until


class Objects(unittest.TestCase):
    server: Server
    job: Job
    whole: bytes

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = cls.enterClassContext(Server())
        cable = Cable()
        job = cls.server.running(cable.near, proto="udp")
        cable.send(frames.udp(n) for n in range(100))
        cls.whole = cls.server.stopped_file(job).read_bytes()
        cls.job = cls.server.job(job)
        cls.path = cls.job["url"].removeprefix(cls.server.url)

    def test_the_object_is_where_the_url_says(self) -> None:
        reply = self.server.request("GET", self.path)
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.body, self.whole)
        self.assertEqual(reply.headers["content-length"], str(len(self.whole)))
        self.assertEqual(reply.headers["content-type"], "application/vnd.tcpdump.pcap")
        self.assertEqual(reply.headers["accept-ranges"], "bytes")

    def test_it_is_a_file_below_data_dir(self) -> None:
        found = self.job["object"]
        file = self.server.data_dir / "objects" / found["bucket"] / found["key"]
        self.assertEqual(file.read_bytes(), self.whole)
        self.assertEqual(found["bytes"], len(self.whole))
        hidden = [p for p in file.parent.iterdir() if p != file]
        self.assertEqual(hidden, [])

    def test_head_has_the_headers_and_no_body(self) -> None:
        reply = self.server.request("HEAD", self.path)
        self.assertEqual((reply.status, reply.body), (200, b""))
        self.assertEqual(reply.headers["content-length"], str(len(self.whole)))

    def test_ranges(self) -> None:
        size = len(self.whole)
        for asked, start, end in (
                ("0-0", 0, 1), ("0-23", 0, 24), ("100-", 100, size), ("-16", size - 16, size),
                                  (f"10-{size * 2}", 10, size), (f"-{size * 2}", 0, size)):
            for path in (self.path, f"/api/v1/jobs/{self.job['id']}/file"):
                with self.subTest(asked, path=path):
                    reply = self.server.request("GET", path, headers={"Range": f"bytes={asked}"})
                    self.assertEqual(reply.status, 206, reply.headers)
                    self.assertEqual(reply.body, self.whole[start:end])
                    self.assertEqual(reply.headers["content-range"], f"bytes {start}-{end - 1}/{size}")

    def test_a_range_beyond_the_end(self) -> None:
        size = len(self.whole)
        for asked in (f"{size}-", f"{size + 5}-{size + 9}", "-0"):
            with self.subTest(asked):
                reply = self.server.request("GET", self.path, headers={"Range": f"bytes={asked}"})
                self.assertEqual(reply.status, 416, reply)
                self.assertEqual(reply.headers["content-range"], f"bytes */{size}")
                self.assertEqual(reply.json["error"]["code"], "range_not_satisfiable")

    def test_a_range_that_is_none_is_ignored(self) -> None:
        # RFC 9110, 14.2: an invalid ranges-specifier or an unknown unit is as if it were not there.
        for asked in ("bytes=5-2", "bytes=a-b", "lines=1-2", "bytes"):
            with self.subTest(asked):
                reply = self.server.request("GET", self.path, headers={"Range": asked})
                self.assertEqual((reply.status, reply.body), (200, self.whole))

    def test_the_file_of_a_job_by_id_and_by_number(self) -> None:
        for name in (self.job["id"], self.job["number"]):
            reply = self.server.request("GET", f"/api/v1/jobs/{name}/file")
            self.assertEqual((reply.status, reply.body), (200, self.whole))

    def test_no_path_leads_out_of_the_store(self) -> None:
        (self.server.data_dir / "secret.pcap").write_text("secret")
        key = self.job["object"]["key"]
        for path in ("/objects/../secret.pcap", "/objects/xepacketcap/../../secret.pcap",
                     "/objects/%2e%2e/secret.pcap", "/objects/xepacketcap/%2e%2e%2f%2e%2e%2fsecret.pcap",
                     "/objects/..%2fsecret.pcap/x", "/objects/xepacketcap/..%5csecret.pcap",
                     "/objects//etc/passwd", "/objects/xepacketcap//etc/passwd",
                     f"/objects/xepacketcap/{key}%00", f"/objects/xepacketcap/{key}/",
                     "/objects/xepacketcap/",
                     "/objects/xepacketcap", "/objects/", "/objects/xepacketcap/.", "/objects/./xepacketcap"):
            with self.subTest(path):
                reply = self.server.request("GET", path)
                self.assertIn(reply.status, (400, 404), reply)
                self.assertNotIn(b"secret\n", reply.body)

    def test_a_link_in_the_store_is_not_followed(self) -> None:
        link = self.server.data_dir / "objects" / "xepacketcap" / "1.pcap"
        link.symlink_to("/etc/hostname")
        try:
            self.assertEqual(self.server.request("GET", "/objects/xepacketcap/1.pcap").status, 404)
        finally:
            link.unlink()

    def test_delete_removes_record_and_file(self) -> None:
        job = self.server.running("lo", bucket="file:other-bucket")
        self.server.stopped_file(job)
        found = self.server.job(job)["object"]
        self.assertEqual(found["bucket"], "other-bucket")
        file = self.server.data_dir / "objects" / "other-bucket" / found["key"]
        self.assertTrue(file.exists())
        self.assertEqual(self.server.request("DELETE", f"/api/v1/jobs/{job['id']}").status, 204)
        self.assertFalse(file.exists())
        self.assertEqual(self.server.request("GET", f"/api/v1/jobs/{job['id']}").status, 404)

    def test_two_stops_are_one(self) -> None:
        job = self.server.running("lo")
        for _ in range(3):
            self.server.stop(job)
        self.server.file(job)
        self.assertEqual(self.server.stop(job)["delivery"], "delivered")


class Retention(unittest.TestCase):
    def test_what_is_too_old_goes_at_the_start_and_its_job_says_so(self) -> None:
        cable = Cable()
        server = self.enterContext(Server('[delivery]\nkeep_for = "1 h"\n'))
        old, new = (server.running(cable.near, proto="udp") for _ in range(2))
        for job in (old, new):
            server.stopped_file(job)
        path = server.data_dir / "objects" / "xepacketcap" / server.job(old)["object"]["key"]
        os.utime(path, (time.time() - 3601,) * 2)
        server.terminate()
        server.start()
        wait_until("the old object is gone", lambda: not path.exists())
        reply = server.request("GET", f"/api/v1/jobs/{old['id']}/file")
        self.assertEqual((reply.status, reply.json["error"]["code"]), (404, "not_found"))
        self.assertIn("delivery.keep_for", reply.json["error"]["message"])
        self.assertEqual(server.job(old)["delivery"], "delivered")
        server.file(new)
        self.assertEqual(server.request("DELETE", f"/api/v1/jobs/{old['id']}").status, 204)


if __name__ == "__main__":
    support.main()
