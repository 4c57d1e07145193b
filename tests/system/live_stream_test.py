"""Captures that are watched while they are made: curl's bytes in tshark's pipe."""

import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import support
from support import frames
from support.capture_file import numbers
from support.net import Cable
from support.pcap import numbers as numbers_by_tshark
from support.server import BINARY, Job, Server, clean_environment, wait_until
from support.streams import Stream

# Half a second in memory, a fifth until the server looks, and a busy machine.
SOON = 5.0


class Live(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server("[jobs]\nmax_running = 2\n"))
        self.cable = Cable()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def stream(self, job: Job) -> Stream:
        stream = self.enterContext(Stream(self.server, f"/api/v1/jobs/{job['id']}/stream"))
        self.assertEqual(stream.status, 200)
        return stream

    def numbers(self, data: bytes) -> list[int]:
        path = self.folder / "streamed"
        path.write_bytes(data)
        return numbers(path)

    def send(self, *numbers: int, size: int = 100) -> None:
        self.cable.send(frames.udp(n, size=size) for n in range(*numbers))


class Tshark:
    """Wireshark's own way to read a pipe. `command` writes to it."""

    def __init__(self, *command: str) -> None:
        self._writer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=clean_environment())
        self._tshark = subprocess.Popen(
            ["tshark", "-n", "-l", "-i", "-", "-Y", "udp", "-T", "fields", "-e", "udp.payload"],
            stdin=self._writer.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self._writer.stdout
        self._writer.stdout.close()
        self.seen: list[int] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._tshark.stdout
        for line in self._tshark.stdout:
            self.seen.append(int(line.replace(":", "")[:16], 16))

    def end(self) -> None:
        """Both have ended by themselves, and well."""
        codes = self._writer.wait(30), self._tshark.wait(30)
        self._reader.join()
        assert self._tshark.stderr and self._writer.stderr
        words = self._writer.stderr.read().decode() + self._tshark.stderr.read()
        assert codes == (0, 0), (codes, words)
        for one in (self._tshark.stdout, self._tshark.stderr, self._writer.stderr):
            one.close()


class InWireshark(Live):
    def watch(self, tshark: Tshark) -> None:
        """Packets appear while the capture runs."""
        for end in (10, 20):
            began = time.monotonic()
            self.send(end - 10, end)
            wait_until("the packets on the screen", lambda end=end: len(tshark.seen) == end)
            self.assertLess(time.monotonic() - began, SOON)

    def test_curl_pipes_a_capture_into_it_while_it_runs(self) -> None:
        for form in ("pcapng", "pcap"):
            with self.subTest(form):
                job = self.server.running(self.cable.near, proto="udp", format=form)
                tshark = Tshark("curl", "-sN", "--fail", f"{self.server.url}/api/v1/jobs/{job['number']}/stream")
                self.watch(tshark)
                self.server.stop(job)
                tshark.end()
                self.assertEqual(tshark.seen, list(range(20)))

    def test_capture_w_pipes_into_it(self) -> None:
        tshark = Tshark(BINARY, "capture", self.cable.near, "--proto", "udp", "-w", "-", "--server", self.server.url)
        wait_until("running", lambda: any(job["state"] == "running" for job in self.server.jobs()))
        self.watch(tshark)
        (job,) = self.server.jobs()
        self.server.stop(job)
        tshark.end()
        self.assertEqual(tshark.seen, list(range(20)))


class Readers(Live):
    def test_each_gets_the_whole_file_from_its_beginning_whenever_it_comes(self) -> None:
        job = self.server.running(self.cable.near, proto="udp")
        early = self.stream(job)
        self.send(1000)
        self.server.captured(job, 1000)
        late = [self.stream(job) for _ in range(20)]
        self.send(1000, 2000)
        self.server.captured(job, 2000)
        self.server.stop(job)
        path = self.server.file(job)
        self.assertEqual(numbers_by_tshark(path), list(range(2000)))
        for stream in (early, *late):
            self.assertEqual(stream.read_all(), path.read_bytes())

    def test_one_that_does_not_read_delays_nobody_and_loses_nothing(self) -> None:
        job = self.server.running(self.cable.near, proto="udp")
        idle = self.stream(job)
        count = 20_000  # 28 MB: more than the kernel keeps for a connection
        for begin in range(0, count, 1000):
            self.send(begin, begin + 1000, size=1400)
            self.server.captured(job, begin + 1000)
        self.server.stop(job)
        path = self.server.file(job)
        self.assertEqual(numbers(path), list(range(count)))
        self.assertEqual(idle.read_all(), path.read_bytes())

    def test_those_that_leave_are_forgotten(self) -> None:
        job = self.server.running(self.cable.near)
        assert self.server.process
        folder = Path(f"/proc/{self.server.process.pid}/fd")
        before = len(list(folder.iterdir()))
        streams = [self.stream(job) for _ in range(20)]
        for stream in streams:
            stream.read_some()
        for stream in streams:
            stream.close()
        wait_until("their descriptors back", lambda: len(list(folder.iterdir())) <= before + 1)


class Kinds(Live):
    def test_a_job_that_waits_is_waited_for(self) -> None:
        busy = [self.server.running(self.cable.near) for _ in range(2)]
        job = self.server.create(self.cable.near, proto="udp")
        stream = self.stream(job)
        self.server.stop(busy[0])
        self.server.wait_for(job, "running", lambda j: j["state"] == "running")
        self.send(10)
        self.server.captured(job, 10)
        self.server.stop(job)
        self.assertEqual(self.numbers(stream.read_all()), list(range(10)))

    def test_a_job_that_is_stopped_before_it_began_ends_its_stream_with_nothing_in_it(self) -> None:
        for _ in range(2):
            self.server.running(self.cable.near)
        job = self.server.create(self.cable.near)
        stream = self.stream(job)
        self.server.stop(job)
        self.assertEqual(stream.read_all(), b"")

    def test_a_compressed_one_is_streamed_as_it_is_before_that(self) -> None:
        job = self.server.running(self.cable.near, proto="udp", compression="zstd")
        stream = self.stream(job)
        self.send(10)
        self.server.captured(job, 10)
        self.server.stop(job)
        self.assertEqual(self.numbers(stream.read_all()), list(range(10)))
        self.server.ended(job)
        reply = self.server.request("GET", f"/api/v1/jobs/{job['id']}/stream")
        self.assertEqual((reply.status, reply.json["error"]["code"]), (409, "conflict"))

    def test_one_in_several_files_is_streamed_as_one_from_the_current_one_on(self) -> None:
        for form in ("pcapng", "pcap"):
            with self.subTest(form):
                job = self.server.running(self.cable.near, proto="udp", segment={"bytes": 65536}, format=form)
                whole = self.stream(job)
                self.send_slowly(job, 0, 200)
                later = self.stream(job)
                later_bytes = later.read_some()
                self.send_slowly(job, 200, 300)
                self.server.stop(job)
                self.assertGreater(len(self.server.ended(job)["objects"]), 3)
                self.assertEqual(self.numbers(whole.read_all()), list(range(300)))
                seen = self.numbers(later_bytes + later.read_all())
                self.assertEqual(seen, list(range(seen[0], 300)))
                self.assertGreater(seen[0], 0)
                reply = self.server.request("GET", f"/api/v1/jobs/{job['id']}/stream")
                self.assertEqual(reply.status, 409)

    def send_slowly(self, job: Job, begin: int, end: int) -> None:
        for first in range(begin, end, 20):
            self.send(first, first + 20, size=1000)
            self.server.captured(job, first + 20)

    def test_one_that_has_ended_is_its_file(self) -> None:
        job = self.server.running(self.cable.near, proto="udp")
        self.send(10)
        self.server.captured(job, 10)
        path = self.server.stopped_file(job)
        self.assertEqual(self.stream(job).read_all(), path.read_bytes())

    def test_there_is_none_of_a_job_that_there_is_not(self) -> None:
        reply = self.server.request("GET", "/api/v1/jobs/999999/stream")
        self.assertEqual((reply.status, reply.json["error"]["code"]), (404, "not_found"))

    def test_a_server_that_stops_ends_it_with_the_capture(self) -> None:
        job = self.server.running(self.cable.near, proto="udp")
        stream = self.stream(job)
        self.send(10)
        self.server.captured(job, 10)
        self.server.terminate()
        self.assertEqual(self.numbers(stream.read_all()), list(range(10)))


if __name__ == "__main__":
    support.main()
