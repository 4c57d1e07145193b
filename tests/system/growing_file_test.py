"""The file of a capture that still runs: what there is so far, and the rest of it later."""

import tempfile
import unittest
from pathlib import Path

import support
from support import frames
from support.capture_file import numbers
from support.net import Cable
from support.pcap import numbers as numbers_by_tshark
from support.server import Job, Reply, Server, wait_until


class GrowingFile(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())
        self.cable = Cable()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def get(self, job: Job, method: str = "GET", **headers: str) -> Reply:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.request(method, f"/api/v1/jobs/{job['id']}/file", headers=sent)

    def saved(self, data: bytes) -> Path:
        path = self.folder / "so-far"
        path.write_bytes(data)
        return path

    def with_packets(self, job: Job, begin: int, end: int) -> Reply:
        """Sends these; the reply whose file has them all."""
        self.cable.send(frames.udp(n) for n in range(begin, end))

        def has_all() -> Reply | None:
            reply = self.get(job)
            self.assertEqual(reply.status, 200, reply)
            return reply if len(numbers(self.saved(reply.body))) == end else None

        return wait_until(f"{end} packets in the file", has_all)

    def test_what_is_there_is_a_file_that_can_be_read_and_more_comes(self) -> None:
        for form in ("pcapng", "pcap"):
            with self.subTest(form):
                job = self.server.running(self.cable.near, proto="udp", format=form)
                first = self.with_packets(job, 0, 100)
                self.assertEqual(numbers_by_tshark(self.saved(first.body)), list(range(100)))
                self.assertRegex(first.headers["content-disposition"], rf'^attachment; filename="\d+\.{form}"$')
                self.assertEqual(first.headers["content-type"], "application/vnd.tcpdump.pcap")
                second = self.with_packets(job, 100, 200)
                self.assertTrue(second.body.startswith(first.body))
                self.assertNotEqual(second.headers["etag"], first.headers["etag"])
                final = self.server.stopped_file(job).read_bytes()
                self.assertTrue(final.startswith(second.body))

    def test_at_any_moment_it_ends_with_a_whole_packet(self) -> None:
        job = self.server.running(self.cable.near, proto="udp")
        self.with_packets(job, 0, 1)
        seen = 0
        for begin in range(0, 10_000, 100):
            self.cable.send(frames.udp(n, size=1200) for n in range(begin, begin + 100))
            count = len(numbers(self.saved(self.get(job).body)))  # which refuses half a block
            self.assertGreaterEqual(count, seen)
            seen = count
        self.assertGreater(seen, 1)

    def test_a_range_fetches_what_is_new(self) -> None:
        job = self.server.running(self.cable.near, proto="udp")
        first = self.with_packets(job, 0, 100)
        have = len(first.body)
        nothing_new = self.get(job, Range=f"bytes={have}-")
        self.assertEqual((nothing_new.status, nothing_new.headers["content-range"]), (416, f"bytes */{have}"))
        self.with_packets(job, 100, 200)
        rest = self.get(job, Range=f"bytes={have}-")
        self.assertEqual(rest.status, 206)
        self.assertEqual(numbers(self.saved(first.body + rest.body)), list(range(200)))
        final = self.server.stopped_file(job).read_bytes()
        rest = self.get(job, Range=f"bytes={have}-")
        self.assertEqual(first.body + rest.body, final)

    def test_a_client_is_told_whether_what_it_has_is_all_there_is(self) -> None:
        job = self.server.running(self.cable.near, proto="udp")
        first = self.with_packets(job, 0, 100)
        tag = first.headers["etag"]
        same = self.get(job, If_None_Match=tag)
        self.assertEqual((same.status, same.body, same.headers["etag"]), (304, b"", tag))
        self.assertEqual(self.get(job, If_Range=tag, Range="bytes=0-9").status, 206)
        head = self.get(job, method="HEAD")
        self.assertEqual((head.status, head.headers["content-length"], head.body), (200, str(len(first.body)), b""))
        self.with_packets(job, 100, 200)
        self.assertEqual(self.get(job, If_None_Match=tag).status, 200)
        changed = self.get(job, If_Range=tag, Range="bytes=0-9")
        self.assertEqual(changed.status, 200, "it has grown: all of it is sent")
        self.server.stopped_file(job)
        self.assertEqual(self.get(job).headers["etag"].strip('"'), self.server.job(job)["object"]["etag"])

    def test_a_compressed_one_is_not_compressed_yet(self) -> None:
        job = self.server.running(self.cable.near, proto="udp", compression="zstd")
        reply = self.with_packets(job, 0, 10)
        self.assertRegex(reply.headers["content-disposition"], r'filename="\d+\.pcapng"$')

    def test_before_there_is_anything_and_where_there_are_several_it_is_a_conflict(self) -> None:
        with Server("[jobs]\nmax_running = 1\n") as server:
            segmented = server.running(self.cable.near, segment={"duration": 60})
            waiting = server.create(self.cable.near)
            for job in (segmented, waiting):
                reply = server.request("GET", f"/api/v1/jobs/{job['id']}/file")
                self.assertEqual((reply.status, reply.json["error"]["code"]), (409, "conflict"))


if __name__ == "__main__":
    support.main()
