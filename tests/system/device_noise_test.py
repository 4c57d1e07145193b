"""Devices that say more, say it otherwise, or take their time about it: whole jobs by SSH and by dohost, on both families. And
one connection a device, shared by all its jobs."""

import unittest
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import support
from support.device_scene import WAYS, Scene
from support.device_server import FAMILIES, is_as_exported
from support.iosxe import ssh_is_possible
from support.together import in_turn, together

LOG_LINE = "%BUFCAP-6-ENABLE: Status : Inactive, packets in buf : 9, Exported Successfully"


@dataclass
class Row:
    """`device`: arguments of it; `config`: lines of its start-up configuration."""

    name: str
    device: dict[str, Any] = field(default_factory=dict)
    fault: dict[str, Any] | None = None
    config: tuple[str, ...] = ()


ANYWHERE = [
    Row("a log line in the middle of every answer", fault={"kind": "syslog", "command": ".", "line": LOG_LINE, "times": 0}),
    Row("the load and the clock before every answer", config=("line vty 0 15", "exec prompt timestamp")),
    Row("a start that only the log tells", {"start_reply": "syslog"}),
    Row("a start that nothing tells", {"start_reply": "none"}),
    Row("answers that take a second", fault={"kind": "delay", "command": "^(show|dir|monitor)", "seconds": 0.3, "times": 0}),
]
# What there is at a terminal only.
AT_A_TERMINAL = [
    Row("a byte at a time", fault={"kind": "slow", "chunk": 1, "pause": 0.0005}),
    Row("pieces of seven bytes", fault={"kind": "slow", "chunk": 7, "pause": 0.002}),
    Row("the log on every terminal", {"monitors": True}),
    Row("a suffix of the prompt", {"prompt_suffix": "(standby)"}),
    Row("a long name", {"hostname": "a-router-whose-name-is-longer-than-a-prompt.example"}),
    Row("no prompt in config mode", config=("no service prompt config",)),
    Row("a question about what it has by itself", {"pps_asks": True}),
    Row("somebody who says good-bye to whoever is silent", {"exec_timeout": 1.0}),
]


class Noise(unittest.TestCase):
    def check(self, row: Row, family: str, way: str) -> None:
        with ExitStack() as stack:
            scene = Scene(stack, way, family, config=("ip scp server enable", *row.config), fault=row.fault,
                          keys={"timeout": "10 s"}, **row.device)
            job = scene.capturing()
            file = scene.server.stopped_file(job)
            last = scene.server.job(job)
            assert (last["errors"], last["counters"]["captured"]) == ([], 50), last
            assert is_as_exported(scene.device, job["number"], file)
            transcript = scene.server.request("GET", f"/api/v1/jobs/{job['id']}/transcript").body.decode()
            assert f"monitor capture XP{job['number']} start" in transcript
            scene.check_clean()

    def check_rows(self, rows: list[Row], way: str) -> None:
        together((f"{way}, {family}", partial(in_turn, [(f"{way}, {family}: {row.name}", partial(self.check, row, family, way))
                                                       for row in rows])) for family, _ in FAMILIES)

    def test_by_dohost(self) -> None:
        self.check_rows(ANYWHERE, "dohost")

    @unittest.skipUnless(ssh_is_possible(), "an SSH server changes users, which needs root")
    def test_by_ssh(self) -> None:
        self.check_rows(ANYWHERE + AT_A_TERMINAL, "ssh")


@unittest.skipUnless("ssh" in WAYS, "an SSH server changes users, which needs root")
class Connections(unittest.TestCase):
    def test_there_is_one_for_all_jobs_of_a_device_and_it_is_kept(self) -> None:
        scene = Scene(self.enterContext(ExitStack()), "ssh")
        jobs = [scene.capturing() for _ in range(3)]
        self.assertEqual(scene.device.sessions(), 1)
        for job in jobs:
            scene.server.stopped_file(job)
            self.assertEqual(scene.device.sessions(), 1)
        self.assertEqual(scene.device.said().count("terminal length 0"), 1)


if __name__ == "__main__":
    support.main()
