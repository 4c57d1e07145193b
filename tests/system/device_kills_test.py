"""kill -9 while a job is on a device: before and after each command that is said to it, while its file is fetched,
spooled and delivered. The next process brings the job to its end, and nothing of ours stays on the device.

Some of the steps; XEPACKETCAP_TEST_KILLS=all has every one, which takes some minutes."""

import itertools
import os
import re
import time
import unittest
from contextlib import ExitStack
from functools import partial

import support
from support import frames
from support.device_server import FAMILIES, Worker, by_dohost, by_ssh, is_as_exported
from support.iosxe import Device, ssh_is_possible
from support.net import Cable
from support.pcap import numbers
from support.server import Job, Server, wait_until
from support.together import in_turn, together

WAYS = ("dohost", "ssh") if ssh_is_possible() else ("dohost",)
ALL = os.environ.get("XEPACKETCAP_TEST_KILLS") == "all"
PATIENCE = 60.0
# The steps of a job, by what is said to its device; those that only look change nothing.
SOME = (("dohost", "switch", r"XP\d+ start$", "before"),
        ("dohost", "router", r"XP\d+ start$", "after"),
        ("dohost", "switch", r"XP\d+ export location", "after"),
        ("dohost", "router", r"^no monitor capture", "before"),
        ("ssh", "switch", r"XP\d+ interface", "after"),
        ("ssh", "router", r"XP\d+ export", "before"),
        ("ssh", "switch", r"^delete", "before"))


class Scene(ExitStack):
    """A device, a server that knows it, and what captures from it: the server itself, or workers."""

    def __init__(self, way: str, family: str) -> None:
        super().__init__()
        self.way = way
        self.cable = Cable()
        self.sent = 0
        self.interface = dict(FAMILIES)[family]
        self.device = self.enter_context(Device(family, {self.interface: self.cable.near}, ssh=way == "ssh",
                                                config=["ip scp server enable"]))
        config = by_ssh(self.device) if way == "ssh" else by_dohost(self.device)
        self.server = self.enter_context(
            Server(config, {"XEPACKETCAP_DEVICE_EDGE1_PASSWORD": self.device.password}))
        self.worker = self.enter_context(Worker(self.server, self.device)) if way == "dohost" else None
        self.callback(self.device.release)

    def ask(self, duration: int = 1) -> Job:
        return self.server.create(self.interface, device="edge1" if self.way == "ssh" else "own", proto="udp",
                                  duration=duration)

    def send(self, count: int) -> None:
        first = self.sent
        self.sent += self.cable.send(frames.udp(n) for n in range(first, first + count))

    def kill(self) -> None:
        """And the next process follows."""
        if self.worker:
            self.worker.kill()
        else:
            self.server.kill()
            self.server.start()


class Kills(unittest.TestCase):
    def check_end(self, scene: Scene, job: Job) -> None:
        def ended() -> bool:
            scene.send(1)
            return scene.server.job(job)["delivery"] in ("delivered", "failed")

        wait_until("its end", ended, PATIENCE)
        last = scene.server.job(job)
        self.assertEqual(last["delivery"], "delivered", last)
        # what it dropped is not known where only the file was left
        self.assertLessEqual({error["code"] for error in last["errors"]}, {"device_dropped"}, last)
        file = scene.server.file(job)
        captured = numbers(file)
        self.assertEqual(len(captured), last["counters"]["captured"])
        self.assertEqual(len(captured), len(set(captured)))  # each once
        self.assertTrue(is_as_exported(scene.device, last["number"], file))
        self.assertEqual(len(list((scene.server.data_dir / "objects").rglob("*.pcap*"))), 1)
        scene.device.wait_until_clean()
        self.assertEqual(list((scene.server.data_dir / "spool").iterdir()), [])

    def killed_at(self, way: str, family: str, command: str, when: str) -> None:
        with Scene(way, family) as scene:
            scene.device.fault("hold", command=command, when=when)
            job = scene.ask()
            wait_until(f"{command} is said", scene.device.held, PATIENCE)
            scene.kill()
            scene.device.release()
            self.check_end(scene, job)

    def test_a_kill_around_a_command(self) -> None:
        together((f"{way}, {family}: {when} {command}", partial(self.killed_at, way, family, command, when))
                 for way, family, command, when in SOME if way in WAYS)

    def test_a_kill_while_the_file_is_fetched_spooled_or_delivered(self) -> None:
        some = [(way, family) for way, family in (("dohost", "router"), ("ssh", "switch")) if way in WAYS]
        delays = (0, 0.01, 0.03, 0.1, 0.3) if ALL else (0.03,)
        together((f"{way}, {family}", partial(in_turn, [
            (f"{way}, {family}: {delay} s", partial(self.killed_behind_the_stop, way, family, delay)) for delay in delays]))
            for way, family in (itertools.product(WAYS, dict(FAMILIES)) if ALL else some))

    def killed_behind_the_stop(self, way: str, family: str, delay: float) -> None:
        with Scene(way, family) as scene:
            job = scene.ask(600)
            scene.server.wait_for(job, "running", lambda j: j["state"] == "running")
            wait_until("the capture", scene.device.active)
            scene.send(3000)
            scene.server.stop(job)
            wait_until("its end", lambda: not scene.device.active(), PATIENCE)
            time.sleep(delay)
            scene.kill()
            if scene.worker:  # the one that delivers, too
                scene.server.kill()
                scene.server.start()
            self.check_end(scene, job)
            self.assertEqual(scene.server.job(job)["counters"]["captured"], 3000)

    @unittest.skipUnless("ssh" in WAYS, "an SSH server changes users, which needs root")
    def test_a_kill_while_the_file_is_copied(self) -> None:
        with Scene("ssh", "router") as scene:
            scene.device.fault("hold", command="^scp .*XP")
            job = scene.ask()
            wait_until("the copy", scene.device.held, PATIENCE)
            scene.kill()
            scene.device.release()
            self.check_end(scene, job)

    @unittest.skipUnless(ALL, "takes half a minute: XEPACKETCAP_TEST_KILLS=all")
    def test_a_command_of_a_killed_worker_that_does_not_end_is_ended(self) -> None:
        with Scene("dohost", "router") as scene:
            scene.device.fault("hang", command=r"XP\d+ start$", hard=True)
            job = scene.ask()
            wait_until("the start", lambda: any(line.endswith(" start") for line in scene.device.said()), PATIENCE)
            scene.kill()
            self.check_end(scene, job)
            assert scene.worker
            self.assertTrue(any("worker.command_ended" in one.stderr for one in scene.worker.outcomes))

    @unittest.skipUnless(ALL, "takes long: XEPACKETCAP_TEST_KILLS=all")
    def test_a_kill_around_every_command(self) -> None:
        def on_one(way: str, family: str) -> None:
            in_turn((f"{way}, {family}: {when} {command}", partial(self.killed_at, way, family, command, when))
                    for command in self.commands(way, family) for when in ("before", "after"))

        together((f"{way}, {family}", partial(on_one, way, family)) for way in WAYS for family, _ in FAMILIES)

    def commands(self, way: str, family: str) -> list[str]:
        """What is said for a job that nobody disturbs, as expressions that find it."""
        with Scene(way, family) as scene:
            job = scene.ask()
            self.check_end(scene, job)
            said = scene.device.said()
        lines = [re.escape(line).replace(str(job["number"]), r"\d+") for line in said]
        return [f"^{line}$" for line in dict.fromkeys(lines)]


if __name__ == "__main__":
    support.main()
