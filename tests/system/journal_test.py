"""The log in systemd's journal, by its native protocol: a journald of the test's own takes it, journalctl reads it."""

import ctypes
import json
import os
import socket
import subprocess
import unittest
from pathlib import Path
from typing import Any

import support
from support.net import free_port, listens
from support.server import BINARY, Server, clean_environment, wait_until

CLONE_NEWNS = 0x00020000  # linux/sched.h
JOURNALD = Path("/lib/systemd/systemd-journald")
SETTINGS = "[Journal]\nStorage=volatile\nReadKMsg=no\nForwardToSyslog=no\nRateLimitBurst=0\nAudit=no\n"

journald: subprocess.Popen[bytes] | None = None


def setUpModule() -> None:
    """A /run of our own, with a journald that knows nothing of the machine's."""
    global journald
    if os.geteuid() != 0 or ctypes.CDLL(None).unshare(CLONE_NEWNS) != 0:
        raise unittest.SkipTest("only root can have a /run of its own")
    for command in (["mount", "--make-rprivate", "/"], ["mount", "-t", "tmpfs", "none", "/run"]):
        subprocess.run(command, check=True)
    settings = Path("/run/systemd/journald.conf.d/test.conf")
    for folder in (settings.parent, Path("/run/systemd/journal"), Path("/run/log/journal")):
        folder.mkdir(parents=True)
    settings.write_text(SETTINGS)
    journald = subprocess.Popen([JOURNALD], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until("journald", Path("/run/systemd/journal/socket").exists)


def tearDownModule() -> None:
    if journald:
        journald.terminate()
        journald.wait()


def entries(**fields: str) -> list[dict[str, Any]]:
    """In their order, those that have these fields."""
    said = subprocess.run(["journalctl", "--directory=/run/log/journal", "--output=json", "--all", "--no-pager", "--quiet",
                           *(f"{name}={value}" for name, value in fields.items())], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in said.stdout.splitlines()]


def stream() -> socket.socket:
    """What systemd makes of a service's standard error (sd_journal_stream_fd(3))."""
    made = socket.socket(socket.AF_UNIX)
    made.connect("/run/systemd/journal/stdout")
    made.sendall(b"xepacketcap\n\n6\n1\n0\n0\n0\n")
    return made


class ServiceServer(Server):
    """Its standard error is a stream to the journal; that it says to be `stream_is`."""

    def __init__(self, config: str, stream_is: str = "") -> None:
        super().__init__(config, listen=f"127.0.0.1:{free_port()}")
        self.stream_is = stream_is

    def start(self) -> "ServiceServer":
        port = int(self.config_file.read_text().partition('listen = "127.0.0.1:')[2].partition('"')[0])
        self.address = ("127.0.0.1", port)
        self.process = self.launch()
        wait_until("the server", lambda: listens(port))
        return self

    def launch(self) -> subprocess.Popen[bytes]:
        with stream() as errors:
            there = os.fstat(errors.fileno())
            said = self.stream_is or f"{there.st_dev}:{there.st_ino}"
            return subprocess.Popen([BINARY, "serve", "--config", str(self.config_file)], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=errors, env=clean_environment(JOURNAL_STREAM=said))


class Journal(unittest.TestCase):
    def last(self, server: Server, **fields: str) -> dict[str, Any]:
        assert server.process
        mine = {"_PID": str(server.process.pid)} | fields
        return wait_until(f"an entry with {mine}", lambda: entries(**mine))[-1]

    def test_a_service_of_systemd_writes_entries_with_fields(self) -> None:
        with ServiceServer('[log]\nlevel = "debug"\n') as server:
            listening = self.last(server, XPC_EVENT="server.listening")
            self.assertEqual(listening["_TRANSPORT"], "journal")
            self.assertEqual(listening["XPC_ADDRESS"], f"127.0.0.1:{server.address[1]}")
            self.assertEqual((listening["PRIORITY"], listening["SYSLOG_IDENTIFIER"]), ("6", "xepacketcap"))
            self.assertTrue(listening["MESSAGE"].startswith("server.listening address=127.0.0.1:"), listening)
            # after it has been confined, from another thread, at another level
            server.request("GET", "/api/v1/jobs", headers={"Authorization": "Bearer \u00e9\"\\"})
            refused = self.last(server, XPC_EVENT="auth.refused")
            self.assertEqual((refused["PRIORITY"], refused["XPC_PEER"]), ("4", "127.0.0.1"))
            self.assertEqual(entries(_PID=str(server.process.pid), _TRANSPORT="stdout"), [], "none twice")

    def test_what_only_says_to_be_a_service_writes_lines(self) -> None:
        with ServiceServer("", stream_is="1:2") as server:
            line = wait_until("the line", lambda: [e for e in entries(_TRANSPORT="stdout") if "server.listening" in e["MESSAGE"]])[-1]
            self.assertRegex(line["MESSAGE"], r"^\d{4}-.* info +server\.listening address=")
            self.assertEqual(entries(_PID=str(server.process.pid), _TRANSPORT="journal"), [])

    def test_the_format_is_what_the_configuration_says(self) -> None:
        with ServiceServer('[log]\nformat = "json"\n') as server:
            line = wait_until("the line", lambda: [e for e in entries(_TRANSPORT="stdout") if '"server.listening"' in e["MESSAGE"]])[-1]
            self.assertEqual(json.loads(line["MESSAGE"])["address"], f"127.0.0.1:{server.address[1]}")

    def test_while_the_journal_is_away_events_are_lines_on_standard_error(self) -> None:
        place, aside = Path("/run/systemd/journal/socket"), Path("/run/systemd/journal/aside")
        with ServiceServer("") as server:
            self.last(server, XPC_EVENT="server.listening")
            place.rename(aside)
            try:
                server.request("GET", "/api/v1/jobs", headers={"Authorization": "Bearer away"})
                wait_until("the line", lambda: [e for e in entries(_TRANSPORT="stdout") if "auth.refused" in e["MESSAGE"]])
            finally:
                aside.rename(place)
            server.request("GET", "/api/v1/jobs", headers={"Authorization": "Bearer back"})
            self.last(server, XPC_EVENT="auth.refused")

    def test_where_there_is_no_journal_it_does_not_start(self) -> None:
        socket_of_journald, aside = Path("/run/systemd/journal/socket"), Path("/run/systemd/journal/aside")
        server = Server('[log]\nformat = "journald"\n')
        socket_of_journald.rename(aside)
        try:
            done = server.run("serve")
        finally:
            aside.rename(socket_of_journald)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/run/systemd/journal/socket", done.stderr)


if __name__ == "__main__":
    support.main()
