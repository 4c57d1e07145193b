"""Loss is told: what a device dropped, an end that came early because its buffer was full, and a buffer that kept only
the last packets. On both families by both ways, seen through the API, and in the file where a file can tell it."""

import unittest
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import support
from support import frames
from support.capture_file import STATISTICS, blocks
from support.device_scene import WAYS, Scene
from support.device_server import FAMILIES
from support.pcap import numbers
from support.server import Job, wait_until
from support.together import together

RECEIVED, DROPPED, ACCEPTED, OS_DROPPED, DELIVERED = range(4, 9)  # draft-ietf-opsawg-pcapng, 4.6
MORE_THAN_A_MEBIBYTE = 1300  # frames of a thousand bytes


class Loss(unittest.TestCase):
    def everywhere(self, case: Callable[[str, str], None]) -> None:
        together((f"{family}, {way}", partial(case, family, way)) for family, _ in FAMILIES for way in WAYS)

    def capture(self, family: str, way: str, fault: dict | None = None, **asked) -> tuple[Scene, Job]:
        """One that runs, and has seen nothing yet."""
        scene = Scene(self.enterContext(ExitStack()), way, family)
        if fault:
            scene.device.fault(**fault)
        job = scene.server.wait_for(scene.ask(600, **asked), "running", lambda j: j["state"] == "running")
        wait_until("the capture", scene.device.active)
        return scene, job

    def send(self, scene: Scene, count: int, size: int = 64) -> None:
        scene.cable.send(frames.udp(n, size=size) for n in range(count))

    def delivered(self, scene: Scene, job: Job) -> tuple[Job, list[int]]:
        """The job, and the numbers of the packets in its file. All that was sent is accounted for."""
        file = scene.server.file(job)
        scene.device.wait_until_clean()
        last = scene.server.job(job)
        (block,) = blocks(file, STATISTICS)  # Wireshark shows one, and not two
        counters = last["counters"]
        lost = sum(counters["dropped"].values())
        told = [block.count(option) for option in (RECEIVED, ACCEPTED, DROPPED, OS_DROPPED, DELIVERED)]
        self.assertEqual(told, [counters["received"], counters["received"], lost, lost, counters["captured"]])
        return last, numbers(file)

    def test_what_the_device_drops_is_counted(self) -> None:
        def case(family: str, way: str) -> None:
            scene, job = self.capture(family, way, {"kind": "drop", "every": 5})
            self.send(scene, 50)
            scene.server.stop(job)
            last, captured = self.delivered(scene, job)
            self.assertEqual(captured, [n for n in range(50) if n % 5 != 4])
            self.assertEqual(last["counters"]["dropped"], {"ring": 10, "queue": 0, "disk": 0}, last)
            self.assertEqual((last["counters"]["received"], last["counters"]["captured"]), (50, 40), last)

        self.everywhere(case)

    def test_a_full_linear_buffer_ends_the_capture_early_and_the_job_tells_it(self) -> None:
        def case(family: str, way: str) -> None:
            scene, job = self.capture(family, way, buffer=1)
            self.send(scene, MORE_THAN_A_MEBIBYTE, 1000)
            last, captured = self.delivered(scene, job)  # nobody stops it
            self.assertEqual(last["stop_reason"], "device", last)
            self.assertEqual([one["code"] for one in last["errors"]], ["device_buffer_full"], last)
            self.assertIn("the capture ended early", last["errors"][0]["message"])
            self.assertEqual(captured, list(range(len(captured))))
            self.assertLess(len(captured), MORE_THAN_A_MEBIBYTE)
            self.assertGreater(len(captured), 900)

        self.everywhere(case)

    def test_a_wrapped_circular_buffer_is_told(self) -> None:
        def case(family: str, way: str) -> None:
            scene, job = self.capture(family, way, buffer=1, circular=True)
            self.send(scene, MORE_THAN_A_MEBIBYTE, 1000)
            scene.server.stop(job)
            last, captured = self.delivered(scene, job)
            self.assertEqual(last["stop_reason"], "user", last)
            self.assertEqual([one["code"] for one in last["errors"]], ["device_tail_only"], last)
            self.assertEqual(captured, list(range(MORE_THAN_A_MEBIBYTE))[-len(captured):])
            self.assertLess(len(captured), MORE_THAN_A_MEBIBYTE)
            self.assertEqual(last["counters"]["captured"], len(captured))

        self.everywhere(case)

    def test_a_buffer_that_is_not_full_is_not_told(self) -> None:
        def case(family: str, way: str) -> None:
            scene, job = self.capture(family, way, buffer=1, circular=True)
            self.send(scene, 100, 1000)
            scene.server.stop(job)
            last, captured = self.delivered(scene, job)
            self.assertEqual((last["errors"], captured), ([], list(range(100))), last)

        self.everywhere(case)

    def test_the_silent_limit_of_packets_a_second_is_lifted_unless_one_is_asked_for(self) -> None:
        def case(asked: int | None, family: str, way: str) -> None:
            scene, job = self.capture(family, way, **{"pps": asked} if asked else {})
            self.send(scene, 3000)
            scene.server.stop(job)
            last, captured = self.delivered(scene, job)
            limits = [line for line in scene.device.said() if "limit pps" in line]
            if asked:
                self.assertTrue(limits[0].endswith(" limit pps 100"), limits)
                self.assertGreater(last["counters"]["dropped"]["ring"], 2000, last)
                self.assertEqual(last["counters"]["received"], 3000, last)
            else:
                self.assertEqual(len(limits), 1 if family == "router" else 0)
                self.assertEqual((len(captured), last["counters"]["dropped"]["ring"]), (3000, 0), last)

        for asked in (None, 100):
            self.everywhere(partial(case, asked))


if __name__ == "__main__":
    support.main()
