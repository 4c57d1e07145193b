"""What a device refuses: its user learns which way it failed, in the device's own words, and nothing of ours stays on
it. By each way to it, and on each family."""

import time
import unittest
from contextlib import ExitStack
from dataclasses import dataclass

import support
from support.device_scene import WAYS, Scene
from support.device_server import FAMILIES

# Nothing is tried again.
BOUND = 20.0


@dataclass
class Row:
    name: str
    fault: dict | None
    code: str
    words: str
    interface: str = ""  # in place of the one that there is


ROWS = [
    Row("the start", {"kind": "refuse", "command": "XP.* start$", "reply": "Unable to activate Capture.", "times": 0},
        "device_refused", "Unable to activate Capture."),
    Row("a command, by AAA", {"kind": "refuse", "command": "XP.* buffer", "reply": "Command authorization failed.",
                              "times": 0}, "device_refused", "Command authorization failed."),
    Row("an interface that it has not", None, "device_refused", "nvalid", "GigabitEthernet9"),
    Row("one capture more", {"kind": "max_captures", "count": 0}, "device_refused", "Maximum number of capture points"),
    Row("a list that is gone before it is attached", {"kind": "lose_acl", "command": "^permit", "times": 0},
        "device_acl_lost", "Non-existent access-list"),
    Row("no room for the buffer", {"kind": "flash_full", "free": 100_000}, "device_flash_full", "less than the buffer"),
]


class Refusals(unittest.TestCase):
    def test_what_a_device_refuses_fails_the_job_with_its_words(self) -> None:
        for way in WAYS:
            for family, interface in FAMILIES:
                with ExitStack() as stack:
                    scene = Scene(stack, way, family)
                    for row in ROWS:
                        with self.subTest(f"{way}, {family}: {row.name}"):
                            if row.fault:
                                scene.device.fault(**row.fault)
                            scene.interface = row.interface or interface
                            self.check(scene, row)

    def check(self, scene: Scene, row: Row) -> None:
        began = time.monotonic()
        job = scene.server.ended(scene.ask())
        self.assertLess(time.monotonic() - began, BOUND)
        self.assertEqual((job["state"], job["delivery"], job["stop_reason"]), ("stopped", "failed", "error"), job)
        self.assertEqual([one["code"] for one in job["errors"]], [row.code], job)
        self.assertIn(row.words, job["errors"][0]["message"])
        self.assertIsNone(job["object"])
        scene.check_clean()


if __name__ == "__main__":
    support.main()
