"""A device that fails: its user learns which way it failed, in its own words and in bounded time, and
nothing of ours stays on it."""

import time
import unittest
from contextlib import ExitStack

import support
from support import frames
from support.device_server import FAMILIES, Worker, by_dohost, by_ssh
from support.iosxe import Device, ssh_is_possible
from support.net import Cable
from support.server import Job, Server, wait_until

# Three tries, each with two answers that do not come, and what a busy machine adds.
BOUND = 40.0
WAYS = ("dohost", "ssh") if ssh_is_possible() else ("dohost",)
SETTINGS = 'timeout = "2 s"\n'


class Scene:
    """A device, a server that knows it, and the worker where there is one."""

    def __init__(self, stack: ExitStack, way: str, family: str = "router", password: str = "",
                 fingerprint: str = "", **more) -> None:
        self.cable = Cable()
        self.interface = dict(FAMILIES)[family]
        self.device = stack.enter_context(Device(family, {self.interface: self.cable.near}, ssh=way == "ssh",
                                                 config=["ip scp server enable"], **more))
        config = by_ssh(self.device) if way == "ssh" else by_dohost(self.device)
        config = config.replace("[legacy]", SETTINGS + "[legacy]") if way == "ssh" else config + SETTINGS
        if fingerprint:
            config = config.replace(self.device.fingerprint, fingerprint)
        secret = password or self.device.password
        self.name = "edge1" if way == "ssh" else "own"
        self.server = stack.enter_context(Server(config, {"XEPACKETCAP_DEVICE_EDGE1_PASSWORD": secret}))
        if way == "dohost":
            stack.enter_context(Worker(self.server, self.device))

    def ask(self, duration: int = 1, **more) -> Job:
        return self.server.create(self.interface, device=self.name, duration=duration, proto="udp", **more)

    def capturing(self, duration: int = 600, **more) -> Job:
        job = self.server.wait_for(self.ask(duration, **more), "running", lambda j: j["state"] == "running")
        wait_until("the capture", self.device.active)
        self.cable.send(frames.udp(n) for n in range(50))
        return job


class Faults(unittest.TestCase):
    def scene(self, way: str, family: str = "router", **more) -> Scene:
        return Scene(self.enterContext(ExitStack()), way, family, **more)

    def check_failed(self, scene: Scene, job: Job, code: str, words: str) -> Job:
        began = time.monotonic()
        last = scene.server.ended(job)
        self.assertLess(time.monotonic() - began, BOUND)
        self.assertEqual((last["state"], last["delivery"], last["stop_reason"]), ("stopped", "failed", "error"), last)
        self.assertEqual(last["errors"][-1]["code"], code, last)
        self.assertIn(words, last["errors"][-1]["message"])
        self.assertIsNone(last.get("object"))
        self.check_clean(scene)
        return last

    def check_clean(self, scene: Scene) -> None:
        scene.device.clear_faults()
        scene.device.wait_until_clean()

    def test_a_start_that_is_refused_fails_the_job_with_the_words_of_the_device(self) -> None:
        for way in WAYS:
            with self.subTest(way):
                scene = self.scene(way)
                scene.device.fault("refuse", command="XP.* start$", reply="Unable to activate Capture.", times=0)
                self.check_failed(scene, scene.ask(), "device_refused", "Unable to activate Capture.")

    def test_an_interface_that_the_device_has_not_fails_the_job(self) -> None:
        for way in WAYS:
            with self.subTest(way):
                scene = self.scene(way)
                scene.interface = "GigabitEthernet9"
                self.check_failed(scene, scene.ask(), "device_refused", "nvalid")

    def test_more_captures_than_the_device_has_fail_the_job(self) -> None:
        for way in WAYS:
            with self.subTest(way):
                scene = self.scene(way, max_captures=0)
                self.check_failed(scene, scene.ask(), "device_refused", "Maximum number of capture points")

    def test_a_list_that_is_gone_before_it_is_attached_fails_the_job(self) -> None:
        for way in WAYS:
            with self.subTest(way):
                scene = self.scene(way)
                scene.device.fault("lose_acl", command="^permit", times=0)
                self.check_failed(scene, scene.ask(), "device_acl_lost", "Non-existent access-list")

    def test_a_flash_that_is_full_at_the_export_fails_the_job(self) -> None:
        for way in WAYS:
            with self.subTest(way):
                scene = self.scene(way)
                job = scene.capturing()
                scene.device.fault("flash_full", free=100)
                scene.server.stop(job)
                self.check_failed(scene, job, "device_flash_full", "No space left on device")

    def test_a_file_of_another_size_than_the_device_says_fails_the_job(self) -> None:
        for way in WAYS:
            with self.subTest(way):
                scene = self.scene(way)
                job = scene.capturing()
                scene.device.fault("wrong_size", extra=7)
                scene.server.stop(job)
                self.check_failed(scene, job, "device_file", "bytes")

    def test_a_reload_during_the_capture_fails_the_job(self) -> None:
        for family, _ in FAMILIES if "ssh" in WAYS else ():
            with self.subTest(family):
                scene = self.scene("ssh", family)
                job = scene.capturing()
                scene.device.fault("reload", down=1)
                self.check_failed(scene, job, "device_reloaded", "it was reloaded")

    def test_a_command_that_never_answers_fails_the_job(self) -> None:
        for way in WAYS:
            with self.subTest(way):
                scene = self.scene(way)
                scene.device.fault("hang", command="XP.* start$", when="before", hard=True, times=0)
                self.check_failed(scene, scene.ask(), "timeout", "in time")


if __name__ == "__main__":
    support.main()
