"""systemd's notification protocol, sd_notify(3)."""

import socket
import tempfile
import time
import unittest

import support
from support.server import PATIENCE, Server


class SdNotify(unittest.TestCase):
    def check(self, address: str, name: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(address)
            systemd.settimeout(PATIENCE)
            server = self.enterContext(Server(environment={"NOTIFY_SOCKET": name}))
            self.assertIn("READY=1", self.message_with(systemd, "READY="))
            self.assertEqual(server.get("/readyz"), {"status": "ok"})
            server.terminate()
            self.assertIn("STOPPING=1", self.message_with(systemd, "STOPPING="))

    def message_with(self, systemd: socket.socket, start: str) -> list[str]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            lines = systemd.recv(4096).decode().splitlines()
            if any(line.startswith(start) for line in lines):
                return lines
        raise AssertionError(f"no {start}")

    def test_a_socket_in_a_folder(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.check(f"{folder}/notify", f"{folder}/notify")

    def test_an_abstract_socket(self) -> None:
        self.check("\0xepacketcap-test", "@xepacketcap-test")

    def test_a_socket_that_is_gone_does_no_harm(self) -> None:
        server = self.enterContext(Server(environment={"NOTIFY_SOCKET": "/nonexistent/notify"}))
        self.assertEqual(server.get("/healthz"), {"status": "ok"})


if __name__ == "__main__":
    support.main()
