"""Devices that nobody gets into: what no repetition heals fails at once, in the device's words; what may pass is
waited for, for a bounded time, and the job says what it waits for."""

import subprocess
import time
import unittest
from contextlib import ExitStack

import support
from support.device_scene import Scene
from support.iosxe import ssh_is_possible
from support.server import BINARY, Job, clean_environment, wait_until

OTHER_KEY = "SHA256:" + "A" * 43
# One look at the device, which answers at once.
AT_ONCE = 8.0


@unittest.skipUnless(ssh_is_possible(), "an SSH server changes users, which needs root")
class Access(unittest.TestCase):
    def scene(self, family: str = "router", **more) -> Scene:
        return Scene(self.enterContext(ExitStack()), "ssh", family, **more)

    def check_failed(self, scene: Scene, job: Job, code: str, words: str, within: float) -> None:
        began = time.monotonic()
        last = scene.server.ended(job)
        self.assertLess(time.monotonic() - began, within)
        self.assertEqual((last["state"], last["delivery"], last["stop_reason"]), ("stopped", "failed", "error"), last)
        self.assertEqual([one["code"] for one in last["errors"]], [code], last)
        self.assertIn(words, last["errors"][0]["message"])
        self.assertIsNone(last["waiting"])

    def check_delivered(self, scene: Scene, job: Job) -> None:
        last = scene.server.ended(job)
        self.assertEqual((last["delivery"], last["errors"], last["waiting"]), ("delivered", [], None), last)
        scene.device.wait_until_clean()

    def test_who_is_refused_for_good_fails_at_once_and_is_not_tried_again(self) -> None:
        refusals = [("a password", {"password": "not-the-one"}, "device_login", "does not let admin in"),
                    ("a changed host key", {"keys": {"fingerprint": OTHER_KEY}}, "device_host_key",
                     "not the configured"),
                    ("an unknown host key", {"keys": {"fingerprint": None, "known_hosts": "/dev/null"}}, "device_host_key",
                     "is not in /dev/null"),
                    ("enable", {"users": {"low": ("cisco-Low_1", 1)}, "enable_secret": "s3cret-One"}, "device_login",
                     "configure enable_password")]
        for family in ("router", "switch"):
            for name, given, code, words in refusals:
                with self.subTest(f"{family}: {name}"):
                    scene = self.scene(family, **given)
                    self.check_failed(scene, scene.ask(), code, words, AT_ONCE)
                    (reason,) = scene.server.get("/readyz", 503)["reasons"]
                    self.assertIn(words, reason)
                    self.assertEqual(scene.device.said(), [] if name != "enable" else ["enable"])

    def test_many_jobs_are_not_many_refused_logins(self) -> None:
        scene = self.scene(password="not-the-one")
        for job in [scene.ask() for _ in range(10)]:
            self.check_failed(scene, job, "device_login", "does not let admin in", AT_ONCE)
        # one when the server starts, and one for ten seconds of jobs: devices lock users out
        self.assertLessEqual(scene.device.refused_logins(), 3)

    def test_a_device_that_lets_us_in_again_takes_jobs_again(self) -> None:
        scene = self.scene(password="not-the-one")
        self.check_failed(scene, scene.ask(), "device_login", "does not let admin in", AT_ONCE)
        scene.server.terminate()
        scene.server.environment["XEPACKETCAP_DEVICE_EDGE1_PASSWORD"] = scene.device.password
        scene.server.start()
        self.assertEqual(scene.server.ended(scene.ask())["delivery"], "delivered")
        scene.device.wait_until_clean()

    def test_a_device_whose_lines_are_full_is_waited_for_and_then_given_up(self) -> None:
        for how, words in (("refuse", "all its lines are in use"), ("text", "refused")):
            with self.subTest(how):
                scene = self.scene(sections='[jobs]\nmax_wait = "4 s"\n', fault={"kind": "lines_full", "how": how})
                job = scene.server.wait_for(scene.ask(), "its reason", lambda j: j["errors"])
                self.assertEqual((job["state"], job["errors"][0]["code"]), ("queued", "device_lines_full"), job)
                self.assertIn(words, job["waiting"])
                self.check_failed(scene, job, "device_lines_full", words, 30)
                scene.check_clean()

    def test_a_device_that_comes_back_in_time_is_captured_from(self) -> None:
        scene = self.scene("switch", fault={"kind": "lines_full", "how": "refuse"})
        job = scene.server.wait_for(scene.ask(), "its reason", lambda j: j["errors"])
        scene.device.clear_faults()
        self.check_delivered(scene, job)

    def test_a_line_that_is_missing_only_for_the_file_is_waited_for(self) -> None:
        scene = self.scene()
        job = scene.capturing()
        scene.device.fault("lines_full", how="refuse")  # there is a connection already
        scene.server.stop(job)
        job = scene.server.wait_for(job, "its reason", lambda j: j["errors"])
        self.assertEqual(job["errors"][-1]["code"], "device_lines_full", job)
        self.assertEqual(job["waiting"], job["errors"][-1]["message"])
        scene.device.clear_faults()
        self.check_delivered(scene, job)

    def test_a_device_that_nobody_reaches_is_given_up(self) -> None:
        scene = self.scene(sections='[jobs]\nmax_wait = "3 s"\n', keys={"port": 1})
        job = scene.server.wait_for(scene.ask(), "its reason", lambda j: j["errors"])
        self.assertEqual(job["errors"][0]["code"], "device_unreachable", job)
        shown = subprocess.run([BINARY, "show", str(job["number"]), "--server", scene.server.url], text=True,
                               capture_output=True, timeout=30, env=clean_environment())
        self.assertRegex(shown.stdout, r"waits for +device edge1: .*Connection refused")
        listed = subprocess.run([BINARY, "list", "--server", scene.server.url], text=True, capture_output=True,
                                timeout=30, env=clean_environment())
        self.assertIn("Connection refused", listed.stdout)
        self.check_failed(scene, job, "device_unreachable", "Connection refused", 30)

    def test_a_job_that_waits_for_its_place_says_so(self) -> None:
        scene = self.scene(keys={"captures": 1})
        first = scene.capturing()
        second = scene.server.wait_for(scene.ask(), "its reason", lambda j: j["waiting"])
        self.assertEqual(second["waiting"], "1 capture runs on device edge1, and it allows no more at a time "
                                            "(device.captures)")
        self.assertEqual(second["errors"], [])
        scene.server.stop(first)
        self.assertEqual(scene.server.ended(second)["delivery"], "delivered")
        self.assertEqual(scene.server.ended(first)["waiting"], None)
        wait_until("nothing is left", scene.device.is_clean)


if __name__ == "__main__":
    support.main()
