"""The emulated device at its terminal: prompts, modes, pages, questions, errors; through the real ssh client."""

import unittest

import support
from support.iosxe import Device, ssh_is_possible
from support.ssh_session import Session

INTERFACES = {"GigabitEthernet1": "lo", "GigabitEthernet2": "lo"}


@unittest.skipUnless(ssh_is_possible(), "an SSH server needs root")
class Case(unittest.TestCase):
    def device(self, family: str = "router", **more) -> Device:
        return self.enterContext(Device(family, more.pop("interfaces", INTERFACES), **more))

    def session(self, device: Device, *who: str) -> Session:
        session = self.enterContext(Session(device, *who))
        session.wait(rf"\n{session.prompt}")
        return session


class Prompts(Case):
    def test_what_is_typed_comes_back_and_lines_end_in_both_signs(self) -> None:
        session = self.session(self.device())
        self.assertEqual(session.answer("show privilege"), "show privilege\r\nCurrent privilege level is 15\r\nrtr1#")
        self.assertEqual(session.answer(""), "\r\nrtr1#")

    def test_the_message_of_the_day_may_look_like_a_prompt(self) -> None:
        device = self.device(motd="\n# keep out # rtr9>\nnot ^ me#\n")
        with Session(device) as session:
            greeting = session.wait(r"\nrtr1#$")
        self.assertIn("# keep out # rtr9>\r\nnot ^ me#\r\n", greeting)

    def test_each_mode_has_its_prompt(self) -> None:
        session = self.session(self.device(hostname="a-very-long-name-of-a-router"))
        rows = [
            ("configure terminal", "a-very-long-name-of-(config)#"),
            ("ip access-list extended X", "a-very-long-name-of-(config-ext-nacl)#"),
            ("permit ip any any", "a-very-long-name-of-(config-ext-nacl)#"),
            ("ipv6 access-list Y", "a-very-long-name-of-(config-ipv6-acl)#"),
            ("exit", "a-very-long-name-of-(config)#"),
            ("hostname short", "short(config)#"),
            ("end", "short#"),
        ]
        for line, prompt in rows:
            with self.subTest(line=line):
                self.assertTrue(session.answer(line).endswith("\r\n" + prompt))

    def test_a_prompt_may_have_a_suffix(self) -> None:
        session = self.session(self.device("switch", prompt_suffix="(recovery-mode)"))
        self.assertTrue(session.answer("").endswith("\r\nsw1(recovery-mode)#"))

    def test_control_z_leaves_config_mode(self) -> None:
        session = self.session(self.device())
        session.answer("conf t")
        session.type("\x1a")
        self.assertEqual(session.wait(r"rtr1#$"), "^Z\r\nrtr1#")

    def test_config_mode_may_have_no_prompt(self) -> None:
        session = self.session(self.device(config=["no service prompt config"]))
        session.type("configure terminal\r")
        session.wait(r"CNTL/Z\.\r\n$")
        self.assertTrue(session.is_silent())
        self.assertEqual(session.answer("end"), "end\r\nrtr1#")


class Privileges(Case):
    USERS = {"low": ("a password", 1), "admin": ("cisco-Pass_1", 15)}

    def test_enable_asks_for_its_secret_and_does_not_show_it(self) -> None:
        session = self.session(self.device(users=self.USERS, enable_secret="s3cret"))
        self.assertIn("Invalid input", session.answer("configure terminal"))
        session.type("enable\r")
        self.assertEqual(session.wait("Password: $"), "enable\r\nPassword: ")
        self.assertEqual(session.answer("s3cret"), "\r\nrtr1#")

    def test_a_wrong_secret_is_asked_for_three_times(self) -> None:
        session = self.session(self.device(users=self.USERS, enable_secret="s3cret"))
        session.type("enable\r")
        for _ in range(3):
            session.wait("Password: $")
            session.type("wrong\r")
        self.assertEqual(session.wait(r"rtr1>$"), "\r\n% Bad secrets\r\n\r\nrtr1>")

    def test_a_secret_that_nobody_asked_for_is_a_command(self) -> None:
        session = self.session(self.device(enable_secret="s3cret"))
        self.assertEqual(session.answer("enable"), "enable\r\nrtr1#")
        self.assertIn("% Bad IP address or host name% Unknown command", session.answer("s3cret"))


class Pages(Case):
    def test_long_output_stops_at_each_page(self) -> None:
        device = self.device(config=["ip access-list extended LONG",
                                     *(f"permit tcp any host 10.0.0.{n} eq 80" for n in range(1, 61)), "end"])
        session = self.session(device)
        session.type("show access-lists\r")
        page = session.wait(" --More-- $")
        self.assertEqual(page.count("\r\n"), 1 + 23)
        session.type(" ")
        self.assertTrue(session.wait(" --More-- $").startswith("\b" * 10 + " " * 10 + "\b" * 10))
        session.type("\r")
        self.assertEqual(session.wait(" --More-- $").count("\r\n"), 1)
        session.type("q")
        session.wait("rtr1#$")
        session.answer("terminal length 0")
        whole = session.answer("show access-lists")
        self.assertNotIn("--More--", whole)
        self.assertIn("    10 permit tcp any host 10.0.0.1 eq www\r\n", whole)
        self.assertIn("    600 permit tcp any host 10.0.0.60 eq www\r\n", whole)


class Errors(Case):
    def test_the_marker_stands_under_what_is_not_understood(self) -> None:
        session = self.session(self.device())

        def marked(good: str) -> str:
            return " " * len(f"rtr1#{good}") + "^\r\n% Invalid input detected at '^' marker.\r\n\r\n"

        rows = [
            ("show bogus", marked("show ")),
            ("show clocks", marked("show clock")),
            ("monitor capture X match any | redirect flash:x", marked("monitor capture X match any ")),
            ("show monitor", "% Incomplete command.\r\n\r\n"),
            ("show i", '% Ambiguous command:  "show i"\r\n'),
            ("nonsense", "% Bad IP address or host name% Unknown command or computer name, or unable to find "
             "computer address\r\n"),
        ]
        for line, answer in rows:
            with self.subTest(line=line):
                self.assertEqual(session.answer(line), f"{line}\r\n{answer}rtr1#")

    def test_what_a_marker_is_under_is_counted_from_the_prompt(self) -> None:
        session = self.session(self.device())
        screen = "rtr1#" + session.answer("show ip bogus")
        echoed, marker = screen.split("\r\n")[:2]
        self.assertEqual(echoed[marker.index("^"):], "bogus")

    def test_a_question_mark_helps_at_once(self) -> None:
        session = self.session(self.device())
        session.type("monitor capture X ?")
        shown = session.wait("rtr1#monitor capture X $")
        for word in ("access-list", "buffer", "export", "start"):
            self.assertIn(f"  {word}\r\n", shown)
        session.type("sto?")
        self.assertIn("  stop\r\n", session.wait("rtr1#monitor capture X sto$"))
        session.type("\x15")
        session.wait("\b \b$")
        session.answer("show clock")
        self.assertNotIn("Capture X", session.answer("show monitor capture"))


class Questions(Case):
    def test_one_key_answers(self) -> None:
        session = self.session(self.device())
        session.answer("monitor capture X match any interface g1 both")
        for key, limit in (("\r", "20"), ("n", "20"), ("y", "40")):
            session.type(f"monitor capture X limit duration {limit if key != 'n' else '30'}\r")
            if key != "\r":
                session.wait(r"Duration limit is already set, replace\?\[confirm\]$")
                session.type(key)
            session.wait(r"\nrtr1#$")
            self.assertIn(f"Packet Capture duration: {limit}\r\n", session.answer("show mon cap X | inc duration"))

    def test_deleting_asks_twice_unless_forced_or_quiet(self) -> None:
        device = self.device()
        for name in ("a", "b", "c"):
            (device.flash / name).write_bytes(b"x")
        session = self.session(device)
        session.type("delete flash:a\r")
        session.wait(r"Delete filename \[a\]\? $")
        session.type("\r")
        session.wait(r"Delete flash:/a\? \[confirm\]$")
        session.type("\r")
        session.wait(r"\nrtr1#$")
        self.assertEqual(session.answer("delete /force flash:b"), "delete /force flash:b\r\nrtr1#")
        for line in ("conf t", "file prompt quiet", "end"):
            session.answer(line)
        self.assertEqual(session.answer("delete bootflash:c"), "delete bootflash:c\r\nrtr1#")
        self.assertEqual(device.left()["files"], [])
        self.assertIn("%Error deleting flash:/c (No such file or directory)", session.answer("delete /force flash:c"))

    def test_copying_asks_for_the_name_and_before_it_writes_over_a_file(self) -> None:
        device = self.device()
        (device.flash / "a").write_bytes(b"four")
        (device.flash / "b").write_bytes(b"x")
        session = self.session(device)
        session.type("copy flash:a flash:b\r")
        session.wait(r"Destination filename \[b\]\? $")
        session.type("\r")
        session.wait(r"%Warning:There is a file already existing with this name \r\nDo you want to over write\? \[confirm\]$")
        session.type("\r")
        self.assertIn("4 bytes copied in", session.wait(r"\nrtr1#$"))
        self.assertEqual((device.flash / "b").read_bytes(), b"four")


class Output(Case):
    def test_show_commands_may_begin_with_the_load_and_the_time(self) -> None:
        asked = self.session(self.device())
        asked.answer("terminal exec prompt timestamp")
        configured = self.session(self.device(config=["line vty 0 15", "exec prompt timestamp", "end"]))
        for session in (asked, configured):
            self.assertRegex(session.answer("show privilege"),
                             r"\r\nLoad for five secs: .*\r\nTime source is NTP, .*\r\nCurrent privilege level is 15\r\n")

    def test_lines_of_the_log_come_where_they_please(self) -> None:
        device = self.device(monitors=True)
        session = self.session(device)
        device.fault("syslog", command="show version", line="%SYS-6-SOMETHING: happened")
        shown = session.answer("show version")
        before, _, after = shown.partition("%SYS-6-SOMETHING: happened\r\n")
        self.assertIn("Cisco IOS XE Software", before)
        self.assertIn("Configuration register", after)
        session.answer("monitor capture X match any interface g1 both")
        session.type("monitor capture X start\r")
        self.assertRegex(session.wait(r"enabled\.\r\n"), r"\*\w{3} [ \d]\d [\d:.]+: %BUFCAP-6-ENABLE: Capture Point X")

    def test_long_lines_move_to_the_left(self) -> None:
        session = self.session(self.device())
        line = "monitor capture X match ipv4 protocol udp host 192.168.100.100 eq 4000 host 192.168.100.200 eq 5000"
        self.assertIn("$", session.answer(line))
        session.answer("terminal width 511")
        session.answer("no monitor capture X")
        self.assertEqual(session.answer(line), f"{line}\r\nrtr1#")

    def test_pipes_choose_lines(self) -> None:
        session = self.session(self.device(config=["ip access-list extended X", "permit ip any any", "end"]))
        self.assertEqual(session.answer("show version | include ^Processor"),
                         "show version | include ^Processor\r\nProcessor board ID 9O2HMHXHWG8\r\nrtr1#")
        self.assertEqual(session.answer("show running-config | section access-list"),
                         "show running-config | section access-list\r\nip access-list extended X\r\n"
                         " 10 permit ip any any\r\nrtr1#")

    def test_the_families_tell_who_they_are(self) -> None:
        for family, release, words in (("router", "16.9.5", ("Version 16.09.05", "CSR1000V")),
                                       ("router", "17.9.4", ("Version 17.09.04", "C8000V")),
                                       ("switch", "17.12.3", ("Version 17.12.03", "C9300-24T", "CAT9K_IOSXE"))):
            session = self.session(self.device(family, release=release))
            session.answer("terminal length 0")
            shown = session.answer("show version")
            for word in ("Cisco IOS XE Software", *words):
                self.assertIn(word, shown)


if __name__ == "__main__":
    support.main()
