"""The emulated device's guestshell and its applets: what the configuration makes of them, and what IOS refuses."""

import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

import support
from support.iosxe import Device, ssh_is_possible
from support.server import wait_until
from support.ssh_session import Session

ROUTER = """configure terminal
iox
interface VirtualPortGroup0
 ip address 192.168.99.1 255.255.255.0
 ip nat inside
app-hosting appid guestshell
 app-vnic gateway0 virtualportgroup 0 guest-interface 0
  guest-ipaddress 192.168.99.2 netmask 255.255.255.0
 app-default-gateway 192.168.99.1 guest-interface 0
end"""


@unittest.skipUnless(ssh_is_possible(), "an SSH server needs root")
class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def device(self, family: str = "router", **more: Any) -> Device:
        name = "GigabitEthernet1/0/1" if family == "switch" else "GigabitEthernet1"
        device = self.enterContext(Device(family, {name: "lo"}, guest_root=str(self.root), iox_seconds=0.3, **more))
        self.session = self.enterContext(Session(device))
        self.session.wait(rf"\n{self.session.prompt}")
        return device

    def say(self, *lines: str) -> list[str]:
        return [self.session.answer(line).replace("\r", "") for line in lines]

    def program(self, text: str) -> str:
        path = self.root / "program"
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return str(path)

    def enabled(self) -> None:
        self.say(*ROUTER.splitlines())
        wait_until("the guestshell", lambda: "enabled successfully" in self.say("guestshell enable")[0])

    def applet(self, *lines: str, bypass: str = " authorization bypass") -> None:
        said = self.say("configure terminal", f"event manager applet TRY{bypass}", *lines, "end")
        self.assertEqual([one for one in said if "%" in one], [])


class Configuration(Case):
    def test_what_is_configured_is_shown(self) -> None:
        self.device()
        said = self.say(*ROUTER.splitlines())
        self.assertEqual([one for one in said if "%" in one], [])
        shown = self.say("terminal length 0", "show running-config")[1]
        for line in ROUTER.splitlines()[1:-1]:
            self.assertIn(f"\n{line}\n", shown)

    def test_each_family_refuses_what_only_the_other_has(self) -> None:
        rows = {"router": ["interface AppGigabitEthernet1/0/1", "interface GigabitEthernet1 \n switchport mode trunk",
                           "app-hosting appid guestshell\napp-vnic AppGigabitEthernet trunk"],
                "switch": ["interface VirtualPortGroup0",
                           "app-hosting appid guestshell\napp-vnic gateway0 virtualportgroup 0 guest-interface 0"]}
        for family, refused in rows.items():
            with self.subTest(family):
                self.device(family)
                for text in refused:
                    self.assertIn("Invalid input", self.say("configure terminal", *text.splitlines())[-1], text)
                    self.say("end")

    def test_values_are_checked(self) -> None:
        self.device()
        for section, line, complaint in (
                ("interface GigabitEthernet1", "ip address 192.0.2.300 255.255.255.0", "Invalid input"),
                ("interface GigabitEthernet1", "ip address 192.0.2.1 255.0.255.0", "Bad mask"),
                ("interface GigabitEthernet9", "", "Invalid input"),
                ("app-hosting appid guestshell", "app-resource profile custom\ncpu 20001", "Invalid input"),
                ("event manager applet X", "event timer watchdog time soon", "Invalid input"),
                ("event manager applet X", "action 1.0 cli command enable", "Invalid input"),
                ("event manager applet X authorization maybe", "", "Invalid input"),
                ("username other privilege 16 secret x", "", "Invalid input"),
                ("ip nat inside source static tcp 192.168.99.2 0 interface GigabitEthernet1 5000", "", "Invalid input")):
            with self.subTest(line or section):
                said = self.say("configure terminal", section, *line.splitlines())
                self.assertIn(complaint, said[-1])
                self.say("end")

    def test_a_user_that_is_made_can_log_in(self) -> None:
        device = self.device()
        self.say("configure terminal", "username capture privilege 15 secret A-new-1", "end")
        with Session(device, "capture", "A-new-1") as other:
            other.wait(rf"\n{other.prompt}")
            self.assertIn("level is 15", other.answer("show privilege"))


class Guestshell(Case):
    def test_it_needs_iox_which_takes_its_time_and_an_address(self) -> None:
        self.device()
        self.assertIn("% Error: IOx", self.say("guestshell enable")[0])
        self.say("configure terminal", "iox", "end")
        self.assertIn("not responding", self.say("guestshell enable")[0])
        wait_until("IOx", lambda: "no interface" in self.say("guestshell enable")[0])
        self.assertIn("not enabled", self.say("guestshell run /bin/true")[0])

    def test_it_sees_the_folder_only_where_that_was_there_before(self) -> None:
        for early in (False, True):
            with self.subTest(early=early):
                self.setUp()
                self.device(bare=True)
                if early:
                    self.say("configure terminal", "file prompt quiet", "end", "mkdir bootflash:guest-share")
                self.enabled()
                self.assertEqual((self.root / "bootflash/guest-share").is_symlink(), early)

    def test_a_program_that_ios_has_started_has_a_session_as_long_as_ios_waits_for_it(self) -> None:
        device = self.device()
        self.enabled()
        path = self.program(f'echo "$IOSP_SESSION" > {self.root}/session\n{device.dohost} "show privilege"\n')
        self.assertIn("privilege level is 15", self.say(f"guestshell run {path}")[0])
        late = self.program(f'IOSP_SESSION=$(cat {self.root}/session) exec {device.dohost} "show privilege"\n')
        self.assertIn("Unexpected Error", self.say(f"guestshell run {late}")[0])


class Applets(Case):
    def wait_for_run(self, device: Device) -> str:
        return wait_until("a run of the applet", device.applets)[0][1]

    def test_its_lines_are_typed_each_time_and_it_goes_with_its_configuration(self) -> None:
        device = self.device()
        self.applet("event timer watchdog time 0.3 maxrun 5", 'action 1.0 cli command "enable"',
                    'action 2.0 cli command "show privilege"')
        wait_until("two runs", lambda: len(device.applets()) > 1)
        self.assertEqual({outcome for _, outcome in device.applets()}, {"success"})
        self.assertGreater(device.said().count("show privilege"), 1)
        self.say("configure terminal", "no event manager applet TRY", "end")
        wait_until("its last run", lambda: not device.sessions() > 1)
        runs = len(device.applets())
        time.sleep(0.7)
        self.assertLessEqual(len(device.applets()), runs + 1)

    def test_what_takes_longer_than_it_may_loses_its_session_and_not_its_life(self) -> None:
        device = self.device()
        self.enabled()
        path = self.program(f'sleep 1\n{device.dohost} "show privilege" > {self.root}/late\nmv {self.root}/late {self.root}/end\n')
        self.applet("event timer watchdog time 0.1 maxrun 0.5 ratelimit 60", 'action 1.0 cli command "enable"',
                    f'action 2.0 cli command "guestshell run {path}"')
        wait_until("the end of its program", (self.root / "end").exists)
        self.assertEqual((self.root / "end").read_text(), "Unexpected Error\n")

    def test_where_aaa_authorizes_commands_it_does_nothing_without_the_bypass(self) -> None:
        for bypass, outcome in (("", "nothing"), (" authorization bypass", "success")):
            with self.subTest(bypass=bypass):
                device = self.device(aaa=True)
                self.applet("event timer watchdog time 0.2", 'action 1.0 cli command "show clock"', bypass=bypass)
                self.assertEqual(self.wait_for_run(device), outcome)
                self.assertEqual("show clock" in device.said(), bool(bypass))

    def test_it_takes_a_line(self) -> None:
        device = self.device(lines=1)
        self.applet("event timer watchdog time 0.2", 'action 1.0 cli command "show clock"')
        self.assertEqual(self.wait_for_run(device), "no line")


if __name__ == "__main__":
    support.main()
