"""Thousands who follow jobs of which there is nothing to tell: what they cost."""

import os
import resource
import socket
import time
from concurrent.futures import ThreadPoolExecutor
import unittest
from pathlib import Path

import support
from support.net import Cable
from support.server import Server, wait_until
from support.streams import EventStream, events_of

COUNT = 2000
KIB = 1 << 10
MOST_EACH = 64 * KIB


class IdleStreams(unittest.TestCase):
    def setUp(self) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
        if hard < 2 * COUNT + 200:
            self.skipTest(f"no more than {hard} descriptors a process are allowed here")

    def status(self, name: str) -> int:
        assert self.server.process
        for line in Path(f"/proc/{self.server.process.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise AssertionError(name)

    def connect(self, path: str) -> socket.socket:
        connection = socket.create_connection(self.server.address)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return connection

    def test_each_costs_no_thread_and_little_memory_and_hears_at_once_when_something_happens(self) -> None:
        self.server = self.enterContext(Server("[jobs]\nmax_running = 1\n"))
        cable = Cable()
        running = self.server.running(cable.near)
        job = self.server.create(cable.near)
        paths = (f"/api/v1/jobs/{job['id']}/events", "/api/v1/events")
        warm = [self.connect(path) for path in paths]
        for connection in warm:
            self.assertTrue(connection.recv(1 << 16).startswith(b"HTTP/1.1 200 "))
        threads, resident = self.status("Threads"), self.status("VmRSS") * KIB
        connections = [self.connect(paths[n % 2]) for n in range(COUNT)]
        for connection in connections:
            self.assertTrue(connection.recv(1 << 16).startswith(b"HTTP/1.1 200 "))
        each = (self.status("VmRSS") * KIB - resident) / COUNT
        print(f"{COUNT} idle event streams: {each / KIB:.1f} KiB each", flush=True)
        self.assertLess(each, MOST_EACH)
        most_threads = 32  # that answer requests, of which there were many at once
        self.assertLessEqual(self.status("Threads"), threads + most_threads)
        self.assertEqual(self.server.get("/healthz"), {"status": "ok"}, "others are served as before")

        self.server.stop(running)
        began = time.monotonic()
        for connection in connections:
            connection.settimeout(30)
            heard = b""
            while b'"starting"' not in heard:
                heard += connection.recv(1 << 16)
        self.assertLess(time.monotonic() - began, 10)
        assert self.server.process
        for connection in connections:
            connection.close()
        folder = f"/proc/{self.server.process.pid}/fd"
        wait_until("their descriptors back", lambda: len(os.listdir(folder)) < 200)

    def test_one_on_which_nothing_happens_shows_a_sign_of_life_each_quarter_of_a_minute(self) -> None:
        self.server = self.enterContext(Server())
        job = self.server.running(Cable().near)
        with events_of(self.server, job) as one, EventStream(self.server, "/api/v1/events") as all_jobs:
            def silence(stream: EventStream) -> float:
                last = time.monotonic()
                while stream.reply.readline() != b":\n":
                    last = time.monotonic()  # how it stands, and its first counters
                return time.monotonic() - last

            with ThreadPoolExecutor() as pool:
                for seconds in pool.map(silence, (one, all_jobs)):
                    self.assertLess(abs(seconds - 15), 4)


if __name__ == "__main__":
    support.main()
