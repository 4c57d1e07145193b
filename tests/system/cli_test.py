"""The command line, as a person in a terminal and as a program in a pipe sees it."""

import json
import os
import pty
import select
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import support
from support import frames
from support.net import Cable
from support.pcap import numbers
from support.server import BINARY, PATIENCE, Server, clean_environment, wait_until


class Cli(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())
        self.cable = Cable()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="xepacketcap-test.")))

    def environment(self) -> dict[str, str]:
        return clean_environment(XEPACKETCAP_SERVER=self.server.url, TERM="xterm")

    def run_cli(self, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run([BINARY, *arguments], capture_output=True, timeout=PATIENCE,
                              stdin=subprocess.DEVNULL, env=self.environment())
        self.assertEqual(done.returncode, expect, done)
        return done

    def with_traffic(self, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[bytes]:
        """Runs `capture`, and sends 100 packets as soon as it runs."""
        known = {job["id"] for job in self.server.jobs()}

        def send() -> None:
            wait_until("a running job", lambda: [
                job for job in self.server.jobs() if job["id"] not in known and job["state"] == "running"])
            self.cable.send(frames.udp(n) for n in range(100))

        sender = threading.Thread(target=send)
        sender.start()
        try:
            return self.run_cli("capture", self.cable.near, "--proto", "udp", "--duration", "1s", *arguments,
                                expect=expect)
        finally:
            sender.join()

    def test_capture_says_what_there_is_and_where(self) -> None:
        done = self.with_traffic()
        said = (done.stdout + done.stderr).decode()
        job = self.server.jobs()[0]
        self.assertIn(job["url"], said)
        self.assertRegex(said, r"\b100\b")
        self.assertNotIn("\r", said, "a progress bar where there is no terminal")
        self.assertNotIn("\x1b", said)

    def test_capture_into_a_file(self) -> None:
        path = self.folder / "got.pcap"
        self.with_traffic("-w", str(path))
        self.assertEqual(numbers(path), list(range(100)))
        self.assertEqual(list(self.folder.iterdir()), [path])

    def test_capture_into_a_pipe(self) -> None:
        path = self.folder / "piped.pcap"
        path.write_bytes(self.with_traffic("-w", "-").stdout)
        self.assertEqual(numbers(path), list(range(100)))

    def test_capture_for_a_program(self) -> None:
        job = json.loads(self.with_traffic("--json").stdout)
        self.assertEqual(job, self.server.job(job))
        self.assertEqual(job["delivery"], "delivered")

    def test_a_file_that_cannot_be_written_is_refused_before_anything_starts(self) -> None:
        there = self.folder / "there.pcap"
        there.write_text("precious")
        for path in ("/nonexistent/got.pcap", str(self.folder), str(there)):
            with self.subTest(path):
                done = self.run_cli("capture", "lo", "--duration", "1s", "-w", path, expect=2)
                self.assertIn(path.encode(), done.stderr)
        self.assertEqual(there.read_text(), "precious")
        self.assertEqual(self.server.jobs(), [])

    def test_progress_on_a_terminal_and_ctrl_c_keeps_the_capture(self) -> None:
        path = self.folder / "interrupted.pcap"
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(BINARY, [BINARY, "capture", self.cable.near, "--proto", "udp", "--duration", "600",
                               "-w", str(path)], self.environment())
        screen = bytearray()

        def read_until(what: str, condition) -> None:
            deadline = time.monotonic() + PATIENCE
            while not condition():
                self.assertLess(time.monotonic(), deadline, f"{what}; the screen: {bytes(screen)!r}")
                if select.select([terminal], [], [], 0.05)[0]:
                    try:
                        screen.extend(os.read(terminal, 65536))
                    except OSError:  # the other side is closed: Linux says EIO
                        return

        try:
            read_until("running", lambda: any(j["state"] == "running" for j in self.server.jobs()))
            self.cable.send(frames.udp(n) for n in range(100))
            read_until("the count on the screen", lambda: b"100" in screen)
            self.assertIn(b"\r", screen)
            os.write(terminal, b"\x03")  # the terminal makes SIGINT of it
            read_until("its end", lambda: False)
            _, status = os.waitpid(pid, 0)
            pid = 0
            self.assertEqual(os.waitstatus_to_exitcode(status), 0, bytes(screen))
        finally:
            os.close(terminal)
            if pid:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        job = self.server.jobs()[0]
        self.assertEqual((job["stop_reason"], job["delivery"]), ("user", "delivered"))
        self.assertEqual(numbers(path), list(range(100)))

    def test_list_show_stop_and_delete(self) -> None:
        job = self.server.running(self.cable.near, proto="udp")
        number = str(job["number"])
        self.assertIn(number, self.run_cli("list").stdout.decode())
        self.assertIn(number, self.run_cli("show", number).stdout.decode())
        self.assertEqual(json.loads(self.run_cli("list", "--json").stdout)["jobs"][0]["id"], job["id"])
        self.assertEqual(json.loads(self.run_cli("show", "--json", job["id"]).stdout)["state"], "running")
        self.assertEqual(json.loads(self.run_cli("stop", "--json", number).stdout)["id"], job["id"])
        self.server.ended(job)
        self.run_cli("stop", number)
        self.run_cli("delete", number)
        self.run_cli("show", number, expect=3)
        self.assertEqual(json.loads(self.run_cli("list", "--json").stdout)["jobs"], [])

    def test_refusals_and_absence_have_exit_codes_of_their_own(self) -> None:
        done = self.run_cli("capture", "eth99", expect=3)
        self.assertIn(b"eth99", done.stderr)
        done = self.run_cli("list", "--server", "http://127.0.0.1:1", expect=4)
        self.assertIn(b"127.0.0.1:1", done.stderr)


if __name__ == "__main__":
    support.main()
