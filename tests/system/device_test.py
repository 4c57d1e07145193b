"""The original API's whole life on an emulated device: `serve` beside `work --once`, and `serve` by SSH."""

import json
import unittest

import support
from support import frames
from support.device_server import FAMILIES, Worker, by_dohost, by_ssh, is_as_exported
from support.iosxe import Device, ssh_is_possible
from support.net import Cable
from support.pcap import numbers
from support.server import PATIENCE, Server, wait_until


class OnDevice(unittest.TestCase):
    def setUp(self) -> None:
        self.cable = Cable()
        self.sent = 0

    def ask(self, server: Server, interface: str, duration: int = 2) -> int:
        reply = server.request("POST", "/pcap_json", {"iface": interface, "proto": "udp", "src": "any", "dst": "any",
                                                      "duration": duration, "bucket": "captures"})
        self.assertEqual(reply.status, 200, reply)
        return int(reply.json["job_id"])

    def follow(self, server: Server, *jobs: int, until: tuple[str, ...] = ("UPLOADED", "ERROR")) -> dict[int, list[str]]:
        """The words that the status of each had, in their order, up to one of the last. Frames flow meanwhile."""
        words: dict[int, list[str]] = {number: [""] for number in jobs}

        def ended() -> bool:
            for number in jobs:
                word = str(server.request("POST", "/status_json", {"job_id": number}).json["status"])
                if words[number][-1] != word:
                    words[number].append(word)
            self.sent += self.cable.send([frames.udp(self.sent)])
            return all(one[-1] in until for one in words.values())

        wait_until("the end of the jobs", ended, PATIENCE * 2)
        return words

    def check_delivered(self, device: Device, server: Server, number: int, words: list[str]) -> None:
        job = server.get(f"/api/v1/jobs/{number}")
        self.assertEqual(words[-1], "UPLOADED", job)
        self.assertIn("STARTED", words)
        self.assertEqual(job["errors"], [])
        self.assertEqual(job["stop_reason"], "duration")
        file = server.file(job)
        captured = numbers(file)
        self.assertEqual(len(captured), job["counters"]["captured"])
        self.assertGreater(len(captured), 0)
        self.assertEqual(len(captured), len(set(captured)))  # each once
        self.assertTrue(is_as_exported(device, number, file))
        transcript = server.request("GET", f"/api/v1/jobs/{number}/transcript")
        self.assertEqual(transcript.status, 200)
        self.assertIn(f"monitor capture XP{number} start".encode(), transcript.body)

    def started(self, device: Device, number: int) -> int:
        return sum(f"monitor capture XP{number} start" in line for line in device.said())

    def test_by_dohost(self) -> None:
        for family, interface in FAMILIES:
            with self.subTest(family), Device(family, {interface: self.cable.near}, ssh=False) as device, \
                    Server(by_dohost(device)) as server, Worker(server, device):
                number = self.ask(server, interface)
                self.check_delivered(device, server, number, self.follow(server, number)[number])
                device.wait_until_clean()
                self.assertEqual(server.get("/readyz"), {"status": "ok"})

    def test_a_capture_that_is_longer_than_a_worker(self) -> None:
        with Device("router", {"GigabitEthernet1": self.cable.near}, ssh=False) as device, \
                Server(by_dohost(device)) as server, Worker(server, device, seconds=3) as worker:
            number = self.ask(server, "GigabitEthernet1", duration=8)
            self.check_delivered(device, server, number, self.follow(server, number)[number])
            self.assertGreater(sum("its time is over" in one.stderr for one in worker.outcomes), 0)
            self.assertEqual(self.started(device, number), 1)
            device.wait_until_clean()

    def test_several_at_once(self) -> None:
        with Device("router", {"GigabitEthernet1": self.cable.near}, ssh=False) as device, \
                Server(by_dohost(device)) as server, Worker(server, device):
            jobs = [self.ask(server, "GigabitEthernet1") for _ in range(4)]
            words = self.follow(server, *jobs)
            for number in jobs:
                self.check_delivered(device, server, number, words[number])
                self.assertEqual(self.started(device, number), 1)
            device.wait_until_clean()

    def test_a_worker_that_is_killed_is_followed_by_another(self) -> None:
        with Device("router", {"GigabitEthernet1": self.cable.near}, ssh=False) as device, \
                Server(by_dohost(device)) as server:
            worker = Worker(server, device)
            number = self.ask(server, "GigabitEthernet1", duration=5)
            with worker.launched() as process:
                self.follow(server, number, until=("STARTED",))
                wait_until("the capture", device.active)
                process.kill()
            with worker:
                self.check_delivered(device, server, number, ["STARTED", *self.follow(server, number)[number]])
            self.assertEqual(self.started(device, number), 1)

    def test_a_stop_reaches_the_worker(self) -> None:
        with Device("router", {"GigabitEthernet1": self.cable.near}, ssh=False) as device, \
                Server(by_dohost(device)) as server, Worker(server, device):
            job = server.running("GigabitEthernet1", device="own")
            server.stop(job)
            self.assertEqual(server.ended(job)["stop_reason"], "user")
            device.wait_until_clean()

    def test_a_stop_that_comes_at_once_reaches_the_worker_too(self) -> None:
        for family, interface in FAMILIES:
            with self.subTest(family), Device(family, {interface: self.cable.near}, ssh=False) as device, \
                    Server(by_dohost(device)) as server, Worker(server, device):
                device.fault("hold", command=r"XP\d+ start$")  # the first that a worker ever does here
                job = server.create(interface, device="own", proto="udp")
                wait_until("the start", device.held)
                self.assertEqual(server.get("/readyz"), {"status": "ok"})
                server.stop(job)
                device.release()
                last = server.ended(job)
                self.assertEqual((last["stop_reason"], last["delivery"], last["errors"]), ("user", "delivered", []), last)
                device.wait_until_clean()

    def test_without_a_session_the_job_waits_and_what_is_missing_is_said(self) -> None:
        with Device("router", {"GigabitEthernet1": self.cable.near}, ssh=False) as device, \
                Server(by_dohost(device)) as server:
            number = self.ask(server, "GigabitEthernet1")
            done = server.run("work", "--once", PATH=f"{device.dohost.parent}:/usr/bin:/bin")
            self.assertEqual(done.returncode, 4, done)
            self.assertIn("device own", done.stderr)
            self.assertIn("no IOS session", done.stderr)
            self.assertEqual(server.get(f"/api/v1/jobs/{number}")["state"], "queued")
            (reason,) = server.get("/readyz", 503)["reasons"]
            self.assertIn("work --once", reason)
            check = server.run("check", "--json", PATH=f"{device.dohost.parent}:/usr/bin:/bin")
            (found,) = [one for one in json.loads(check.stdout)["checks"] if one["what"] == "device own"]
            self.assertEqual((found["ok"], found["error"]["code"]), (False, "not_ready"), found)

    @unittest.skipUnless(ssh_is_possible(), "an SSH server changes users, which needs root")
    def test_by_ssh(self) -> None:
        for family, interface in FAMILIES:
            with self.subTest(family), Device(family, {interface: self.cable.near},
                                              config=["ip scp server enable"]) as device, \
                    Server(by_ssh(device), {"XEPACKETCAP_DEVICE_EDGE1_PASSWORD": device.password}) as server:
                number = self.ask(server, interface)
                self.check_delivered(device, server, number, self.follow(server, number)[number])
                device.wait_until_clean()
                transcript = server.request("GET", f"/api/v1/jobs/{number}/transcript").body
                self.assertNotIn(device.password.encode(), transcript)
                self.assertNotIn(device.password, server.log())

    @unittest.skipUnless(ssh_is_possible(), "an SSH server changes users, which needs root")
    def test_a_server_that_ends_or_is_killed_leaves_its_capture_to_the_next(self) -> None:
        for end in ("terminate", "kill"):
            with self.subTest(end), Device("router", {"GigabitEthernet1": self.cable.near},
                                           config=["ip scp server enable"]) as device, \
                    Server(by_ssh(device), {"XEPACKETCAP_DEVICE_EDGE1_PASSWORD": device.password}) as server:
                number = self.ask(server, "GigabitEthernet1", duration=6)
                self.follow(server, number, until=("STARTED",))
                wait_until("the capture", device.active)
                getattr(server, end)()
                self.assertEqual(device.active(), [f"XP{number}"])
                server.start()
                self.check_delivered(device, server, number, ["STARTED", *self.follow(server, number)[number]])
                self.assertEqual(self.started(device, number), 1)
                device.wait_until_clean()


if __name__ == "__main__":
    support.main()
