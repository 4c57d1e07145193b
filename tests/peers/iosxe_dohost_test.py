"""The emulated device's guestshell: `dohost`, and the session that it takes."""

import os
import select
import subprocess
import unittest
from pathlib import Path

import support
from support.iosxe import Device
from support.server import wait_until

GOLDEN = Path(__file__).parents[1] / "golden/iosxe"


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.device = self.enterContext(Device("router", {"GigabitEthernet1": "lo"}, ssh=False))
        self.environment = self.device.environment()

    def run_it(self, *arguments: str | bytes, environment: dict[str, str] | None = None,
               timeout: float = 10) -> subprocess.CompletedProcess[str]:
        chosen = self.environment if environment is None else environment
        done = subprocess.run([self.device.dohost, *arguments], env={"PATH": os.environ["PATH"]} | chosen, capture_output=True,
                              text=True, timeout=timeout)
        self.assertEqual(done.returncode, 0)
        return done

    def hangs(self, command: str, after: str) -> None:
        """It says that, and then neither more nor good-bye."""
        with subprocess.Popen([self.device.dohost, command], env=os.environ | self.environment, stdout=subprocess.PIPE) as process:
            said = b""
            while not said.endswith(after.encode()):
                piece = os.read(process.stdout.fileno(), 4096)
                self.assertTrue(piece, said)
                said += piece
            self.assertEqual(select.select([process.stdout], [], [], 0.3)[0], [])
            self.assertIsNone(process.poll())
            process.kill()

    def said(self, *arguments: str, **more) -> str:
        return self.run_it(*arguments, **more).stdout


class Sessions(Case):
    def test_without_a_session_of_ios_there_is_one_answer(self) -> None:
        recorded = (GOLDEN / "guestshell_dohost_no_session.txt").read_text().splitlines()
        for environment in ({}, {"IOSP_SESSION": ""}, {"IOSP_SESSION": "12-made-up"}):
            with self.subTest(environment=environment):
                self.assertEqual(self.said("show version", environment=environment), recorded[1] + "\n")
                self.assertEqual(self.said("show version", "show clock", environment=environment), recorded[5] + "\n")
        self.assertEqual(self.device.said(), [])

    def test_a_session_ends(self) -> None:
        short = self.device.environment(seconds=0.5)
        self.assertIn("privilege level is 15", self.said("show privilege", environment=short))
        wait_until("its end", lambda: self.said("show privilege", environment=short) == "Unexpected Error\n")
        self.assertIn("privilege level is 15", self.said("show privilege"))

    def test_sessions_may_be_missing_by_a_fault(self) -> None:
        self.device.fault("no_session")
        self.assertEqual(self.said("show privilege"), "Unexpected Error\n")
        self.device.clear_faults()
        self.assertIn("privilege level is 15", self.said("show privilege"))


class Commands(Case):
    def test_output_begins_with_a_line_and_has_no_prompt_and_no_echo(self) -> None:
        self.assertEqual(self.said("show privilege"), "\nCurrent privilege level is 15\n")

    def test_each_argument_is_a_command(self) -> None:
        self.assertEqual(self.said("show privilege", "show privilege").count("level is 15"), 2)
        self.assertRegex(self.said("show", "clock"), r"^\n% Incomplete command\.\n\n\n% Bad IP address")

    def test_a_space_and_a_semicolon_stand_between_commands(self) -> None:
        self.assertEqual(self.said("show privilege ; show privilege").count("level is 15"), 2)
        self.assertIn("% Invalid input", self.said("show privilege; show privilege"))

    def test_config_mode_ends_with_the_call(self) -> None:
        self.assertEqual(self.said("configure terminal ; ip access-list extended X ; permit ip any any ; end"), "\n")
        self.said("configure terminal", "ip access-list extended Y")
        self.said("configure terminal")
        self.assertIn("% Invalid input", self.said("ip access-list extended Y"))
        self.assertEqual(self.device.left()["access_lists"], ["X"])

    def test_a_pipe_works_within_an_argument(self) -> None:
        self.assertEqual(self.said("show version | include ^Processor"), "\nProcessor board ID 9O2HMHXHWG8\n")

    def test_a_question_is_never_answered(self) -> None:
        self.said("monitor capture X match any")
        self.hangs("monitor capture X match any", "Replace with specified filter?[confirm]")
        self.assertIn("privilege level is 15", self.said("show privilege"))

    def test_letters_beyond_ascii_are_too_much_for_it(self) -> None:
        done = self.run_it("show clock | include h\xf6ren")
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"^Traceback \(most recent call last\):\n(.*\n)+UnicodeEncodeError: 'ascii' codec can't "
                                      r"encode character '\\xf6' in position 22")
        self.assertEqual(self.device.said(), [])

    def test_faults_reach_it_too(self) -> None:
        self.device.fault("cut", command="show version", after=20)
        self.assertEqual(self.said("show version"), "\nCisco IOS XE Softwar")
        self.device.fault("refuse", command="show version", reply="% Error")
        self.assertEqual(self.said("show version"), "\n% Error\n")
        self.device.fault("hang", command="show version")
        self.hangs("show version", "\n")


if __name__ == "__main__":
    support.main()
