"""A job's whole life on every kind of device, by both ways in and by both APIs: from WAITING to UPLOADED, and from queued to
delivered. The object has what the device exported, and nothing stays on the device."""

import itertools
import os
import unittest
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import support
from support import frames
from support.capture_file import packets
from support.device_server import FAMILIES, Worker, by_dohost, by_ssh, is_as_exported
from support.iosxe import Device, ssh_is_possible
from support.machine import machine_of_its_own
from support.net import Cable
from support.server import Server, wait_until
from support.together import in_turn, together

# The families, and of routers also a release of which a guestshell sees the whole flash.
KINDS = (("router", "17.9.4"), ("router", "16.9.5"), ("switch", "17.12.3"))
WAYS = ("dohost", "ssh") if ssh_is_possible() else ("dohost",)
WORDS = {"/pcap_json": ["WAITING", "STARTED", "UPLOADED"], "/api/v1/jobs": ["queued", "running", "delivered"]}
PATIENCE = 90.0


class Life:
    """One job. `path`: of the API."""

    def __init__(self, stack: ExitStack, kind: tuple[str, str], way: str, path: str, **keys: Any) -> None:
        family, release = kind
        self.interface, self.path = dict(FAMILIES)[family], path
        self.cable = Cable()
        self.device = stack.enter_context(Device(family, {self.interface: self.cable.near}, release=release, ssh=way == "ssh",
                                                 config=["ip scp server enable"]))
        config = by_ssh(self.device) if way == "ssh" else by_dohost(self.device, **keys)
        self.server = stack.enter_context(Server(config, {"XEPACKETCAP_DEVICE_EDGE1_PASSWORD": self.device.password}))
        self.name = "edge1" if way == "ssh" else "own"
        # the job waits for it
        self.device.fault("hold", command="^(show version|terminal length)")
        stack.callback(self.device.release)
        if way == "dohost":
            stack.enter_context(Worker(self.server, self.device))

    def ask(self) -> int:
        if self.path == "/pcap_json":
            reply = self.server.request("POST", self.path, {"iface": self.interface, "proto": "udp", "src": "any", "dst": "any",
                                                            "duration": 1, "bucket": "captures"})
            return int(reply.json["job_id"])
        return int(self.server.create(self.interface, device=self.name, proto="udp", duration=1, bucket="captures")["number"])

    def word(self, number: int) -> str:
        if self.path == "/pcap_json":
            return str(self.server.request("POST", "/status_json", {"job_id": number}).json["status"])
        job = self.server.get(f"/api/v1/jobs/{number}")
        return str(job["delivery"] if job["delivery"] in ("delivered", "failed") else job["state"])

    def check(self) -> None:
        number = self.ask()
        words = [self.word(number)]
        self.device.release()
        sent = 0

        def ended() -> bool:
            nonlocal sent
            if (word := self.word(number)) != words[-1]:
                words.append(word)
            sent += self.cable.send([frames.udp(sent)])
            return words[-1] in ("UPLOADED", "ERROR", "delivered", "failed")

        wait_until("its end", ended, PATIENCE)
        job = self.server.get(f"/api/v1/jobs/{number}")
        # those between are there for as long as they take
        assert [word for word in words if word in WORDS[self.path]] == WORDS[self.path], (words, job)
        assert (job["errors"], job["stop_reason"]) == ([], "duration"), job
        file = self.server.file(job)
        assert packets(file) and is_as_exported(self.device, number, file)
        assert job["object"]["bucket"] == "captures", job
        self.device.wait_until_clean()


class WholeLives(unittest.TestCase):
    def test_on_each_kind_of_device_by_both_ways_and_both_apis(self) -> None:
        def case(kind: tuple[str, str], way: str, path: str) -> None:
            with ExitStack() as stack:
                life = Life(stack, kind, way, path)
                life.check()

        # a few at a time, which is enough for two processors
        every = list(itertools.product(KINDS, WAYS, WORDS))
        together((f"{kind}", partial(in_turn, [(f"{one}", partial(case, *one)) for one in every if one[0] == kind])) for kind in KINDS)

    @unittest.skipUnless(ssh_is_possible(), "a machine of its own needs root")
    def test_where_a_guestshell_sees_the_files_is_found_out(self) -> None:
        def case(kind: tuple[str, str]) -> None:
            with ExitStack() as stack:
                life = Life(stack, kind, "dohost", "/api/v1/jobs", export_to=None, mount=None)
                seen = Path("/bootflash")
                if kind[1].startswith("16."):
                    seen.symlink_to(life.device.flash)
                else:
                    seen.mkdir()
                    (seen / "guest-share").symlink_to(life.device.flash / "guest-share")
                stack.callback(lambda: seen.unlink() if seen.is_symlink() else (os.unlink(seen / "guest-share"), seen.rmdir()))
                life.check()

        in_turn((f"{kind}", partial(case, kind)) for kind in KINDS)


def setUpModule() -> None:
    if ssh_is_possible():
        machine_of_its_own()


if __name__ == "__main__":
    support.main()
