"""A server among clients that mean harm: what must still hold behind each test."""

import json
import os
import re
import socket
import time
import unittest
from typing import Any

from support import frames
from support.net import Cable
from support.server import Job, Reply, Server, wait_until

SECRET = b"a byte of another job"
REQUEST_SECONDS = 2


def parsed(raw: bytes) -> Reply:
    """The first reply in `raw`, with all that follows it as its body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    assert re.match(r"HTTP/1\.[01] \d{3} ", lines[0]), raw[:200]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return Reply(int(lines[0].split()[1]), headers, body)


def descriptors(server: Server) -> int:
    """How many it has open."""
    assert server.process
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


class HostileCase(unittest.TestCase):
    """`server` has a job whose packets say SECRET. A test that fetches none of its file must not see that; and behind
    each test the server answers, has all of its descriptors back, and no job more."""
    server: Server
    secret: Job

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = cls.enterClassContext(Server(
            server_keys=f'request_timeout = "{REQUEST_SECONDS} s"\nmax_connections = 50'))
        cls.cable = Cable()
        job = cls.server.running(cls.cable.near)
        cls.cable.send(frames.udp(n, size=64)[:-len(SECRET)] + SECRET for n in range(20))
        cls.server.captured(job, 20)
        cls.server.stopped_file(job)
        cls.secret = cls.server.job(job)

    def setUp(self) -> None:
        self.heard: list[bytes] = []
        wait_until("the descriptors of before", lambda: descriptors(self.server) <= self.usual)
        self.jobs_before = self.server.jobs()

    @property
    def usual(self) -> int:
        """Nothing is captured: what the server has when nobody is connected."""
        cls = type(self)
        if not hasattr(cls, "_usual"):
            time.sleep(0.3)
            cls._usual = descriptors(self.server)  # type: ignore[attr-defined]
        return cls._usual  # type: ignore[attr-defined,no-any-return]

    def tearDown(self) -> None:
        began = time.monotonic()
        self.assertEqual(self.server.get("/healthz"), {"status": "ok"})
        self.assertLess(time.monotonic() - began, 5, "it answers late")
        for heard in self.heard:
            self.assertNotIn(SECRET, heard)
        self.assertEqual(self.server.jobs(), self.jobs_before, "something was stored")
        wait_until("its descriptors back", lambda: descriptors(self.server) <= self.usual)

    def connect(self, patience: float = 20) -> socket.socket:
        connection = socket.create_connection(self.server.address, timeout=patience)
        self.addCleanup(connection.close)
        return connection

    def hear(self, connection: socket.socket) -> bytes:
        """All that comes until the end of the connection."""
        heard = b""
        try:
            while piece := connection.recv(65536):
                heard += piece
        except ConnectionError:
            pass
        connection.close()
        self.heard.append(heard)
        return heard

    def exchange(self, data: bytes, half_close: bool = False) -> bytes:
        connection = self.connect()
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass  # it hung up on what it did not want to read to the end
        return self.hear(connection)

    def problem(self, reply: Reply, status: int, code: str) -> dict[str, Any]:
        """The reply is that problem, and nothing comes behind it."""
        self.assertEqual(reply.status, status, reply)
        self.assertEqual(reply.headers["content-type"], "application/problem+json")
        self.assertEqual(len(reply.body), int(reply.headers["content-length"]), reply)
        found = json.loads(reply.body)
        self.assertEqual((found["type"], found["code"], found["status"]), (f"/problems/{code}", code, status))
        self.assertTrue(all(c.isprintable() for c in found["detail"]), found)
        return found

    def refused(self, raw: bytes, status: int, code: str) -> dict[str, Any]:
        """Likewise, and it is the connection's last."""
        reply = parsed(raw)
        self.assertEqual(reply.headers.get("connection", "close" if raw.startswith(b"HTTP/1.0 ") else ""), "close", raw)
        return self.problem(reply, status, code)
