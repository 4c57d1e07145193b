"""The audit log: one line for each thing that was done or refused, in a chain that shows every change."""

import hashlib
import json
import os
import random
import signal
import subprocess
import unittest
from pathlib import Path
from typing import Any

import support
from support.server import Server, wait_until

Line = dict[str, Any]


def lines_of(server: Server) -> list[Line]:
    return [json.loads(line) for line in (server.data_dir / "audit.log").read_text().splitlines()]


def requests_of(server: Server) -> list[Line]:
    return [line for line in lines_of(server) if line["event"] == "request"]


class Audit(unittest.TestCase):
    def verify(self, server: Server, *files: Path) -> subprocess.CompletedProcess[str]:
        return server.run("audit", "verify", *map(str, files))

    def test_what_changes_something_or_takes_packets_away_is_in_it_and_reads_of_status_are_not(self) -> None:
        server = self.enterContext(Server())
        job = server.running("lo", by="alice")
        path = f"/api/v1/jobs/{job['id']}"
        for _ in range(3):
            server.get(path)
        server.get("/api/v1/jobs")
        server.request("GET", "/metrics")
        server.stopped_file(job)  # with the file
        old = server.request("POST", "/pcap_json", {"iface": "lo", "proto": "udp", "src": "any", "dst": "any",
                                                    "bucket": "old", "duration": 1})
        self.assertEqual(server.request("POST", "/api/v1/jobs", {"interface": "absent0", "duration": 1}).status, 400)
        self.assertEqual(server.request("DELETE", path).status, 204)
        found = requests_of(server)
        self.assertEqual([(line["method"], line["route"], line["status"]) for line in found], [
            ("POST", "/api/v1/jobs", 201), ("POST", "/api/v1/jobs/{id}/stop", 202), ("GET", "/api/v1/jobs/{id}/file", 200),
            ("POST", "/pcap_json", 200), ("POST", "/api/v1/jobs", 400), ("DELETE", "/api/v1/jobs/{id}", 204)])
        self.assertEqual([line["job"] for line in found], [job["id"]] * 3 + [old.json["job_id"], None, job["id"]])
        for line in found:
            self.assertEqual((line["from"], line["allowed"]), ("127.0.0.1", True))
        self.assertEqual(json.loads(found[0]["request"])["by"], "alice")
        self.assertEqual(found[4]["why"], "no_such_interface")
        self.assertEqual(self.verify(server).returncode, 0)

    def test_refusals_are_in_it_without_what_was_asked_for_and_strangers_can_not_fill_it(self) -> None:
        server = self.enterContext(Server())
        for n in range(50):
            refused = server.request("POST", "/api/v1/jobs", {"interface": "lo", "comment": f"secret {n}"},
                                     {"Authorization": "Bearer no-such-token"})
            self.assertIn(refused.status, (401, 429))
        found = requests_of(server)
        self.assertTrue(10 <= len(found) <= 12, found)
        for line in found:
            self.assertEqual((line["allowed"], line["status"] in (401, 429)), (False, True))
            self.assertIn(line["why"], ("unauthorized", "too_many"))
        text = (server.data_dir / "audit.log").read_text()
        self.assertNotIn("secret", text)
        self.assertNotIn("no-such-token", text)
        server.running("lo")
        self.assertEqual(requests_of(server)[-1]["refusals_left_out"], 50 - len(found))

    def test_the_chain_is_what_its_description_says(self) -> None:
        server = self.enterContext(Server())
        for _ in range(3):
            server.running("lo")
        raw = (server.data_dir / "audit.log").read_bytes().splitlines()
        previous = ""
        for number, line in enumerate(raw, 1):
            read = json.loads(line)
            self.assertEqual((read["n"], read["prev"]), (number, previous))
            previous = hashlib.sha256(line).hexdigest()
        self.assertIn(f"the last is number {len(raw)}, SHA-256 {previous}", self.verify(server).stdout)

    def test_verify_names_the_first_line_that_is_wrong(self) -> None:
        server = self.enterContext(Server())
        for _ in range(5):
            server.running("lo")
        file = server.folder / "copy"
        raw = (server.data_dir / "audit.log").read_text().splitlines(keepends=True)
        for name, changed, line in (
            ("changed", [*raw[:2], raw[2].replace('"lo', '"l0'), *raw[3:]], 4),
            ("taken out", [*raw[:2], *raw[3:]], 3),
            ("put in twice", [*raw[:2], raw[1], *raw[2:]], 3),
        ):
            with self.subTest(name):
                file.write_text("".join(changed))
                done = self.verify(server, file)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(f"line {line}: ", done.stdout)
        file.write_text("".join(raw))
        self.assertEqual(self.verify(server, file).returncode, 0)

    def test_it_goes_on_after_kill_9_and_behind_a_line_that_was_cut_off(self) -> None:
        server = self.enterContext(Server())
        file = server.data_dir / "audit.log"
        for round_number in range(3):
            server.running("lo")
            server.kill()
            if round_number > 0:
                os.truncate(file, file.stat().st_size - random.randrange(2, 60))
            server.start()
        found = lines_of_with_torn(file)
        self.assertEqual([line["event"] for line in found].count("torn"), 2)
        done = self.verify(server)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("2 cut off by a crash", done.stdout)
        self.assertIn("audit.torn", server.log())

    def test_a_kill_in_the_middle_of_many_requests_loses_no_line_of_what_was_answered(self) -> None:
        server = self.enterContext(Server())
        answered = []
        assert server.process
        pid = server.process.pid
        try:
            for n in range(200):
                answered.append(server.create("lo")["id"])
                if n == 30:
                    os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
        server.process.wait()
        server.process = None
        server.start()
        told = {line["job"] for line in lines_of(server) if line.get("route") == "/api/v1/jobs"}
        self.assertLessEqual(set(answered), told)
        self.assertEqual(self.verify(server).returncode, 0)

    def test_a_full_log_is_set_aside_and_nothing_is_lost(self) -> None:
        server = self.enterContext(Server(config='[audit]\nrotate_size = "4 KiB"'))
        for _ in range(40):
            server.create("lo")
        files = sorted(server.data_dir.glob("audit.log.*"), key=lambda path: int(path.suffix[1:]))
        self.assertGreater(len(files), 1)
        count = sum(json.loads(line)["event"] == "request" for path in (*files, server.data_dir / "audit.log")
                    for line in path.read_text().splitlines())
        self.assertEqual(count, 40)
        self.assertEqual(self.verify(server).returncode, 0)
        files[0].unlink()
        self.assertEqual(self.verify(server).returncode, 0)  # what is kept is whole by itself
        files[1].unlink()
        self.assertEqual(self.verify(server, *[file for file in files if file.exists()]).returncode, 0)


def lines_of_with_torn(file: Path) -> list[Line]:
    found = []
    for line in file.read_text().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            pass
    return found


if __name__ == "__main__":
    support.main()
