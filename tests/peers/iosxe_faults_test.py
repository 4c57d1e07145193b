"""What the emulated device is told to do wrong, it does, and no more often."""

import subprocess
import time
import unittest

import support
from support import frames, pcap
from support.iosxe import Device, ssh_is_possible
from support.net import Cable
from support.server import wait_until
from support.ssh_session import Session


@unittest.skipUnless(ssh_is_possible(), "an SSH server needs root")
class Case(unittest.TestCase):
    def device(self, family: str = "router", **more) -> Device:
        self.cable = Cable()
        return self.enterContext(Device(family, more.pop("interfaces", {"GigabitEthernet1": self.cable.near}), **more))

    def session(self, device: Device) -> Session:
        session = self.enterContext(Session(device))
        session.wait(rf"\n{session.prompt}")
        session.answer("terminal length 0")
        return session

    def running(self, session: Session) -> None:
        session.answer("monitor capture X interface g1 both match any")
        self.assertIn("Started capture point : X", session.answer("monitor capture X start"))


class OfACommand(Case):
    def test_a_command_is_refused_as_often_as_was_said(self) -> None:
        device = self.device()
        session = self.session(device)
        session.answer("monitor capture X interface g1 both match any")
        device.fault("refuse", command="capture X start", reply="Unable to activate Capture.", times=2)
        for _ in range(2):
            self.assertIn("\r\nUnable to activate Capture.\r\n", session.answer("monitor capture X start"))
            self.assertEqual(device.active(), [])
        self.assertIn("Started", session.answer("monitor capture X start"))

    def test_a_command_hangs_before_or_after_it_is_done(self) -> None:
        device = self.device()
        session = self.session(device)
        for when, done in (("before", False), ("after", True)):
            device.fault("hang", command="^mkdir", when=when)
            session.type(f"mkdir flash:{when}\r")
            if done:
                session.wait(rf"filename \[{when}\]\? $")
                session.type("\r")
                session.wait(rf"Created dir flash:/{when}\r\n$")
            else:
                session.wait(rf"mkdir flash:{when}\r\n$")
            self.assertTrue(session.is_silent())
            self.assertEqual((device.flash / when).exists(), done)
            session.type("\x1e" if done else "\x03")
            session.wait(r"\nrtr1#$")

    def test_nothing_helps_where_it_hangs_hard(self) -> None:
        device = self.device()
        session = self.session(device)
        device.fault("hang", command="show clock", hard=True)
        session.type("show clock\r")
        session.wait("show clock\r\n$")
        session.type("\x03\x1e\r")
        self.assertTrue(session.is_silent())
        self.session(device).answer("show clock")

    def test_a_command_is_held_until_it_is_released(self) -> None:
        device = self.device()
        session = self.session(device)
        for when, done in (("before", False), ("after", True)):
            device.fault("hold", command="^delete", when=when)
            (device.flash / "F").write_text("x")
            session.type("delete /force flash:F\r")
            session.wait(r"flash:F\r\n$")
            wait_until("the command", device.held)
            self.assertTrue(session.is_silent())
            self.assertEqual((device.flash / "F").exists(), not done)
            device.release()
            session.wait(r"rtr1#$")
            self.assertFalse((device.flash / "F").exists())
            self.assertEqual(device.held(), 0)

    def test_a_command_takes_its_time(self) -> None:
        device = self.device()
        session = self.session(device)
        device.fault("delay", command="show clock", seconds=0.5)
        began = time.monotonic()
        session.answer("show clock")
        self.assertGreater(time.monotonic() - began, 0.5)

    def test_the_connection_ends_in_the_middle_of_a_line(self) -> None:
        device = self.device()
        session = self.session(device)
        device.fault("cut", command="show version", after=30)
        session.type("show version\r")
        self.assertEqual(session.rest(), "show version\r\nCisco IOS XE Software, Version")
        wait_until("the line is free", lambda: device.sessions() == 0)

    def test_a_reload_forgets_captures_and_what_was_not_saved(self) -> None:
        device = self.device(config=["ip access-list extended OLD", "permit ip any any", "end"])
        session = self.session(device)
        for line in ("conf t", "ip access-list extended SAVED", "end", "write memory", "conf t", "ip access-list extended LOST", "end"):
            session.answer(line)
        self.running(session)
        before = device.environment()
        device.fault("reload", command="show monitor capture X", down=60)
        session.type("show monitor capture X\r")
        session.rest()
        with Session(device) as refused:
            self.assertIn("kex_exchange_identification", refused.refusal())
        self.assertEqual(device.left(), {"captures": [], "access_lists": ["SAVED"], "files": []})
        device.up()
        self.assertIn("OLD", self.session(device).answer("show access-lists"))
        done = subprocess.run([device.dohost, "show clock"], env=before, capture_output=True, text=True)
        self.assertEqual(done.stdout, "Unexpected Error\n")

    def test_a_reload_may_come_at_any_time(self) -> None:
        device = self.device()
        session = self.session(device)
        self.running(session)
        device.fault("reload", down=0.2)
        session.rest()
        self.assertEqual(device.left()["captures"], [])

        def is_back() -> bool:
            with Session(device) as again:
                try:
                    again.wait(again.prompt)
                    return True
                except AssertionError:
                    return False

        wait_until("it is back", is_back)

    def test_access_lists_are_lost(self) -> None:
        device = self.device()
        session = self.session(device)
        device.fault("lose_acl", command="^end$")
        for line in ("conf t", "ip access-list extended X", "permit ip any any", "end"):
            session.answer(line)
        self.assertIn("Non-existent access-list specified\r\n\r\nFailed to attach existing ACL\r\n",
                      session.answer("monitor capture X access-list X"))
        for line in ("conf t", "ip access-list extended X", "end", "monitor capture X access-list X interface g1 in"):
            session.answer(line)
        device.fault("lose_acl")
        self.assertIn("Unable to activate Capture", session.answer("monitor capture X start"))


class OfTheDevice(Case):
    def test_all_lines_are_taken(self) -> None:
        device = self.device(lines=2)
        first, _ = self.session(device), self.session(device)
        with Session(device) as third:
            self.assertIn("kex_exchange_identification", third.refusal())
        first.type("exit\r")
        first.rest()
        wait_until("a line is free", lambda: device.sessions() == 1)
        self.session(device)

    def test_who_types_nothing_for_long_is_thrown_out(self) -> None:
        device = self.device(exec_timeout=0.5)
        session = self.session(device)
        session.answer("show clock")
        self.assertEqual(session.rest(), "")

    def test_lines_are_full_in_two_ways(self) -> None:
        device = self.device()
        device.fault("lines_full")
        with Session(device) as session:
            self.assertIn("kex_exchange_identification", session.refusal())
        device.clear_faults()
        device.fault("lines_full", how="text")
        with Session(device) as session:
            self.assertIn("% Connection refused by remote host", session.rest())
        device.clear_faults()
        self.session(device)

    def test_output_comes_in_pieces(self) -> None:
        device = self.device()
        session = self.session(device)
        device.fault("slow", chunk=1, pause=0.005)
        began = time.monotonic()
        self.assertTrue(session.answer("show clock").endswith("\r\nrtr1#"))
        self.assertGreater(time.monotonic() - began, 0.25)

    def test_a_flash_is_full(self) -> None:
        device = self.device()
        session = self.session(device)
        self.running(session)
        self.cable.send([frames.udp(n, size=1000) for n in range(20)])
        session.answer("monitor capture X stop")
        device.fault("flash_full", free=5000)
        self.assertIn("(5000 bytes free)", session.answer("dir"))
        shown = session.answer("monitor capture X export flash:x")
        self.assertIn("No space left on device)\r\nFailed to Export\r\n", shown)
        self.assertEqual((device.flash / "x").stat().st_size, 5000)
        device.clear_faults()
        session.answer("delete /force flash:x")
        self.assertIn("Exported Successfully", session.answer("monitor capture X export flash:x"))

    def test_a_flash_fills_up_by_itself(self) -> None:
        device = self.device(flash_size=3000)
        session = self.session(device)
        self.running(session)
        self.cable.send([frames.udp(n, size=1000) for n in range(4)])
        session.answer("monitor capture X stop")
        self.assertIn("Failed to Export", session.answer("monitor capture X export flash:x"))

    def test_files_are_cut_short_or_said_to_be_longer(self) -> None:
        device = self.device()
        session = self.session(device)
        self.running(session)
        self.cable.send([frames.udp(n) for n in range(3)])
        session.answer("monitor capture X stop")
        session.answer("monitor capture X export flash:whole")
        device.fault("truncate", bytes=10)
        self.assertIn("Exported Successfully", session.answer("monitor capture X export flash:short"))
        whole, short = (device.flash / "whole").read_bytes(), (device.flash / "short").read_bytes()
        self.assertEqual(short, whole[:-10])
        with self.assertRaises(AssertionError):
            pcap.raw_frames(device.flash / "short")
        device.fault("wrong_size", extra=7)
        self.assertIn(f" {len(whole) + 7}  ", session.answer("dir flash:whole"))

    def test_packets_are_dropped_and_counted(self) -> None:
        device = self.device()
        session = self.session(device)
        device.fault("drop", every=4)
        self.running(session)
        self.cable.send([frames.udp(n) for n in range(8)])
        session.answer("monitor capture X stop")
        shown = session.answer("show monitor capture X buffer")
        self.assertIn("packets in buf   : 6\r\n packets dropped  : 2\r\n", shown)

    def test_captures_are_too_many(self) -> None:
        device = self.device()
        device.fault("max_captures", count=0)
        self.assertIn("Unable to create capture", self.session(device).answer("monitor capture X match any"))

    def test_a_switch_says_that_an_export_is_complete_whenever_it_is(self) -> None:
        cable = Cable()
        device = self.device("switch", interfaces={"GigabitEthernet1/0/1": cable.near}, export_seconds=0.3)
        session = self.session(device)
        session.answer("monitor capture X interface gi1/0/1 both match any start")
        session.answer("monitor capture X stop")
        self.assertTrue(session.answer("monitor capture X export location flash:x").endswith("Export Started Successfully\r\nsw1#"))
        self.assertEqual(session.wait("point X\r\n"), "Export completed for capture point X\r\n")

    def test_a_fault_that_is_none_is_refused(self) -> None:
        device = self.device()
        for kind, values in (("nonsense", {}), ("hang", {})):
            with self.assertRaises(AssertionError):
                device.fault(kind, **values)


if __name__ == "__main__":
    support.main()
