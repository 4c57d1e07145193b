"""docs/ios-xe.md as somebody follows it who has a device and nothing else, word for word: from there to objects in S3.

What this machine can not do, stands in a table (`STAND_INS`): a build that takes half an hour, systemd, a second terminal. All
else is run as it is written, and what is for the device's prompt is typed there."""

import configparser
import os
import re
import shutil
import subprocess
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import support
from peers import s3_peer
from support import net
from support.capture_file import packets
from support.console import ROOT, Console, Example, as_user, steps
from support.iosxe import Device, ssh_is_possible
from support.machine import machine_of_its_own
from support.net import Cable
from support.server import BINARY, clean_environment, wait_until
from support.ssh_session import Session, environment
from support.traffic import traffic

DOCUMENT = "docs/ios-xe.md"
ADDRESS = "192.0.2.1"
HOME = Path("/home/guestshell")
# What IOS says when it does not do what it is told.
REFUSED = re.compile(r"^\s*(%.*|\^|CLI syntax.*|Bad mask.*|Failed.*)$", re.MULTILINE)
USER = "guestshell"
COPIED = [f"guest-share/{name}" for name in ("xepacketcap", "xepacketcap.toml", "xepacketcap.service")]  # by the reader
StandIns = dict[str, Callable[[str], None]]


def setUpModule() -> None:
    if not ssh_is_possible():
        raise unittest.SkipTest("needs root, for an SSH server and a machine of its own")
    machine_of_its_own()
    Guide.store = unittest.enterModuleContext(s3_peer.running("swift"))


class Guide(unittest.TestCase):
    store: s3_peer.Peer

    def setUp(self) -> None:
        self.folder = Path("/home/reader")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        net.ip("address", "replace", f"{ADDRESS}/24", "dev", "lo")
        self.cable = Cable(near=f"gi{os.urandom(3).hex()}")
        self.enterContext(traffic(self.cable, port=53))
        self.machine = Console(self.folder, clean_environment(USER="reader", HOME=str(self.folder)))
        self.printed = ""  # by the last command that was run

    # The device.

    def begin(self, family: str = "router", **more: Any) -> None:
        self.interface = "GigabitEthernet1/0/1" if family == "switch" else "GigabitEthernet1"
        self.device = self.enterContext(Device(
            family, {self.interface: self.cable.near}, address=ADDRESS, port=22, host_key_type="rsa", rsa_with_sha1=True,
            scp_needs_aaa=True, config=[f"interface {self.interface}", f"ip address {ADDRESS} 255.255.255.0"], **more))
        self.prompt = self.enterContext(Session(self.device))
        self.prompt.wait(rf"\n{self.prompt.prompt}")
        self.machine.environment |= environment(self.device, self.device.password)
        known = Path("/root/.ssh/known_hosts")  # a person has said yes to the key
        known.parent.mkdir(exist_ok=True)
        known.write_text(f"{ADDRESS} {self.device.host_key}\n")

    def paste(self, text: str) -> str:
        """All at once, as from a clipboard. What came back, without what was to be repeated."""
        self.prompt.type(text.strip().replace("\n", "\r") + "\rshow privilege\r")
        said = self.prompt.wait(r"Current privilege level is 15\s+\S+#$").replace("\r", "")
        refused = [line.strip() for line in REFUSED.findall(said)]
        allowed = [line for line in refused if "Can't create a file that exists" not in line]
        self.assertEqual(allowed, [], said)
        return said

    def enable(self, text: str) -> None:
        """Once more until it is enabled, as the document has it."""
        wait_until("the guestshell", lambda: "Guestshell enabled successfully" in self.paste(text))

    # The machines.

    def follow(self, heading: str, stand_ins: StandIns | None = None, replaced: dict[str, str] | None = None) -> None:
        """Every block below the heading, in its order. Each of the others has to be in one of its commands."""
        stand_ins, replaced = stand_ins or {}, replaced or {}
        used: set[str] = set()
        for block in steps(DOCUMENT, heading):
            if isinstance(block, str):
                stand_ins.get(block, self.paste)(block)
                used.add(block)
                continue
            for example in block:
                used |= {words for words in replaced if words in example.command} | {example.command.removeprefix("sudo ")}
                for words, others in replaced.items():
                    example = Example(example.command.replace(words, others), example.output)
                self.assertNotIn("…", example.command, "what is to be filled in there?")
                self.one(example, stand_ins)
        self.assertEqual((set(stand_ins) | set(replaced)) - used, set(), "is not in the document any more")

    def one(self, example: Example, stand_ins: StandIns) -> None:
        if stand_in := stand_ins.get(example.command):
            return stand_in(example.command)
        patience = 60 if re.search("/(readyz|status_json)", example.command) else 0
        self.printed = self.console().expect(example, patience)
        if "print-" in example.command:
            self.paste(self.printed)
        return None

    def console(self) -> Console:
        return self.machine

    def filled_in(self) -> dict[str, str]:
        """What the reader has for `…`, and the store that is here."""
        given = self.store.variables
        return {"AWS_ACCESS_KEY_ID=…": f"AWS_ACCESS_KEY_ID={given['AWS_ACCESS_KEY_ID']}",
                "AWS_SECRET_ACCESS_KEY=…": f"AWS_SECRET_ACCESS_KEY={given['AWS_SECRET_ACCESS_KEY']}",
                '# endpoint = "https://s3.example.org"': f'endpoint = "{given["AWS_ENDPOINT_URL_S3"]}"'}

    def started(self, command: list[str], log: Path, **more: Any) -> None:
        with open(log, "wb") as file:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, **more)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        wait_until("the server", lambda: "server.listening" in log.read_text() or process.poll() is not None)
        self.assertIsNone(process.poll(), log.read_text())

    def check_object(self) -> None:
        """The only one of this device in the store has what the device has exported."""
        client = self.store.client()
        self.addCleanup(client.close)
        (number,) = {re.search(r"XP(\d{6}) start", line)[1] for line in self.device.said() if re.search(r"XP\d{6} start", line)}
        exported = packets(self.device.exported(f"XP{number}.pcap"))
        self.assertGreater(len(exported), 20)
        found = []
        for one in client.list_objects_v2(Bucket=self.store.bucket)["Contents"]:
            path = self.folder / "object"
            path.write_bytes(client.get_object(Bucket=self.store.bucket, Key=one["Key"])["Body"].read())
            found.append([(packet.when, packet.data) for packet in packets(path)])
        self.assertIn([(packet.when, packet.data) for packet in exported], found)


class BySsh(Guide):
    def test_by_ssh(self) -> None:
        self.begin()

        def build(_: str) -> None:
            (self.folder / "build/release").mkdir(parents=True)
            shutil.copy(BINARY, self.folder / "build/release")

        def serve(command: str) -> None:
            self.started(command.split(), self.folder / "log", env=self.shell_environment())

        self.follow("## By SSH", {"./dev build": build, "xepacketcap serve": serve}, self.filled_in())
        self.check_object()
        self.device.wait_until_clean()

    def shell_environment(self) -> dict[str, str]:
        """With what was exported in the shell."""
        shown = self.machine.run(Example("env -0", ""))
        return dict(one.split("=", 1) for one in shown.split("\0") if "=" in one)


class InGuestshell(Guide):
    """The reader is at two machines: at the guestshell's prompt from the first command there up to `exit`."""

    def setUp(self) -> None:
        super().setUp()
        self.guest: Console | None = None

    def begin(self, family: str = "router", **more: Any) -> None:
        for made in ("/bootflash", "/flash"):
            if os.path.lexists(made):
                shutil.rmtree(made) if not Path(made).is_symlink() else os.unlink(made)
        subprocess.run(["bash", "-c", f"getent passwd {USER} || {{ groupadd network-admin && "
                        f"useradd --create-home --groups network-admin {USER}; }}"], check=True, stdout=subprocess.DEVNULL)
        super().begin(family, guest_root="/", iox_seconds=1.5, bare=True, **more)
        shutil.copy(self.device.dohost, "/usr/bin/dohost")

    def console(self) -> Console:
        return self.guest or self.machine

    def one(self, example: Example, stand_ins: StandIns) -> None:
        if example.command.startswith("cp /bootflash/"):
            about = {"HOME": str(HOME), "USER": USER, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
            self.guest = Console(HOME, about | self.device.environment(), user=USER)
        if self.guest and example.command.startswith("sudo "):  # which asks for no password there
            example = Example(example.command.removeprefix("sudo "), example.output)
            self.guest.user = ""
        super().one(example, stand_ins)
        if self.guest:
            self.guest.user = USER
        if example.command == "exit":
            self.guest = None

    def package(self, _: str) -> None:
        made = self.folder / "build/package/xepacketcap-1-linux"
        made.mkdir(parents=True)
        shutil.copy(BINARY, made / "xepacketcap")
        shutil.copytree(ROOT / "packaging/guestshell", made / "guestshell")

    def systemd(self, _: str) -> None:
        """Does what the unit says."""
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read("/etc/systemd/system/xepacketcap.service")
        service = unit["Service"]
        self.assertEqual((service["User"], service["Group"]), ("guestshell", "network-admin"))
        given = Path(service["EnvironmentFile"].removeprefix("-")).read_text().split()
        self.started(service["ExecStart"].split(), self.folder / "log", **as_user("guestshell"), cwd="/",
                     env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"} | dict(line.split("=", 1) for line in given))

    def paste_aaa(self) -> None:
        """What step 4 takes from the other way."""
        (block,) = [one for one in steps(DOCUMENT, "## By SSH") if isinstance(one, str) and "aaa" in one]
        self.paste(str(block))

    def test_in_the_guestshell_of_a_router(self) -> None:
        self.begin()
        self.paste_aaa()
        self.follow("## In the guestshell", {"./dev package": self.package, "guestshell enable": self.enable,
                                             "systemctl enable --now xepacketcap": self.systemd}, self.filled_in())
        self.check_object()
        self.device.wait_until_clean(*COPIED)
        self.follow("## To be rid of it")
        self.assertNotIn("XEPACKETCAP", self.paste("show event manager policy registered"))
        self.assertEqual(self.device.left(), {"captures": [], "access_lists": [], "files": sorted(COPIED)})

    def test_the_guestshell_of_a_catalyst(self) -> None:
        self.begin("switch")
        (self.folder / "xepacketcap").symlink_to(BINARY)
        (self.folder / "xepacketcap.toml").write_text('[[device]]\nname = "own"\nway = "dohost"\n')
        self.follow("## On a Catalyst")
        self.enable("guestshell enable")
        addresses = subprocess.run(["ip", "-brief", "address", "show", "dev", "lo"], capture_output=True, text=True, check=True)
        self.assertIn(" 10.1.100.5/", addresses.stdout)
        self.assertIn("vlan add 100", self.printed)


if __name__ == "__main__":
    support.main()
