"""A device whose answers do not come, or break off, and that loses what it had: each way to it and each family. What
one repetition heals is healed; what none does fails with a code of its own, and nothing of ours stays."""

import unittest
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import support
from support.device_scene import WAYS, Scene
from support.device_server import FAMILIES
from support.server import Job
from support.together import together

# Three tries, each with an answer that does not come, and what a busy machine adds.
BOUND = 45.0
START, STOP = "XP.* start$", "XP.* stop$"


@dataclass
class Row:
    name: str
    fault: dict
    code: str = ""  # "": it is delivered
    words: str = ""


@dataclass
class Late:
    """Of a capture that runs."""

    name: str
    fault: dict
    code: str
    words: str
    delivery: str  # "delivered": what there is, and the job tells what is wrong with it
    reason: str


AT_THE_START = [
    Row("a start that hangs for ever", {"kind": "hang", "command": START, "hard": True, "times": 0}, "timeout", "in time"),
    Row("a start that was done, and is not answered", {"kind": "hang", "command": START, "when": "after", "hard": True}),
    Row("a hang at the access list", {"kind": "hang", "command": "access-list.*XP", "hard": True}),
    Row("a start that is cut off once", {"kind": "cut", "command": START, "after": 5}),
    Row("a stop that is cut off once", {"kind": "cut", "command": STOP, "after": 5}),
    Row("a state that is cut off every time", {"kind": "cut", "command": r"^show monitor capture XP\d+$", "after": 3, "times": 0},
        "device_lost", "device "),
    Row("an export that is cut off once", {"kind": "cut", "command": "XP.* export", "after": 3}),
]

WHILE_IT_RUNS = [
    Late("a stop that hangs for ever", {"kind": "hang", "command": STOP, "hard": True, "times": 0}, "timeout",
         "in time", "failed", "error"),
    Late("an access list that is lost", {"kind": "lose_acl"}, "device_acl_lost", "was removed while it captured",
         "delivered", "device"),
    Late("an export that lacks its end", {"kind": "truncate", "bytes": 30}, "device_file", "damaged", "delivered",
         "device"),
    Late("a file of another size", {"kind": "wrong_size", "extra": 7}, "device_file", "bytes", "failed", "error"),
    Late("a flash that is full", {"kind": "flash_full", "free": 100}, "device_flash_full", "(No space left on device|100 bytes free)",
         "failed", "error"),
]


class Breaks(unittest.TestCase):
    def everywhere(self, *cases: Callable[[Scene], None], **given: Any) -> None:
        """On devices of each way and family, one for each of the cases, all at the same time."""
        def on_one(case: Callable[[Scene], None], way: str, family: str) -> None:
            with ExitStack() as stack:
                case(Scene(stack, way, family, **given))

        together((f"{way}, {family}", partial(on_one, case, way, family))
                 for case in cases for way in WAYS for family, _ in FAMILIES)

    def ended(self, scene: Scene, job: Job) -> Job:
        last = scene.server.wait_for(job, "its end", lambda j: j["delivery"] in ("delivered", "failed"), BOUND)
        scene.check_clean()
        return last

    def test_answers_that_do_not_come_or_break_off(self) -> None:
        def case(rows: list[Row], scene: Scene) -> None:
            for row in rows:
                scene.device.fault(**row.fault)
                job = self.ended(scene, scene.ask())
                self.assertEqual([one["code"] for one in job["errors"]], [row.code] if row.code else [], (row, job))
                self.assertEqual(job["delivery"], "failed" if row.code else "delivered", (row, job))
                if row.code:
                    self.assertIn(row.words, job["errors"][0]["message"])

        self.everywhere(partial(case, AT_THE_START[:2]), partial(case, AT_THE_START[2:]))

    def test_what_goes_wrong_behind_the_start(self) -> None:
        def case(rows: list[Late], scene: Scene) -> None:
            for row in rows:
                running = scene.capturing()
                scene.device.fault(**row.fault)
                scene.server.stop(running)
                job = self.ended(scene, running)
                self.assertEqual((job["delivery"], job["stop_reason"]), (row.delivery, row.reason), (row, job))
                self.assertEqual(job["errors"][-1]["code"], row.code, (row, job))
                self.assertRegex(job["errors"][-1]["message"], row.words)
                if row.delivery == "delivered":
                    self.assertGreater(job["counters"]["captured"], 40, (row, job))

        self.everywhere(partial(case, WHILE_IT_RUNS[:2]), partial(case, WHILE_IT_RUNS[2:]))

    def test_a_reload_during_the_capture_fails_the_job(self) -> None:
        def case(scene: Scene) -> None:
            job = scene.capturing()
            scene.device.fault("reload", down=1)
            last = self.ended(scene, job)
            self.assertEqual((last["delivery"], last["stop_reason"]), ("failed", "error"), last)
            self.assertEqual([one["code"] for one in last["errors"]], ["device_reloaded"], last)
            self.assertIn("it was reloaded", last["errors"][0]["message"])

        # a reload ends the sessions of all workers: a later one finds out what has happened
        self.everywhere(case, worker={"codes": (0, 4), "seconds": 4})


if __name__ == "__main__":
    support.main()
