"""The ways into the emulated device: logins, keys, old algorithms, secure copy."""

import subprocess
import unittest
from pathlib import Path

import support
from support.iosxe import Device, ssh_is_possible
from support.server import PATIENCE
from support.ssh_session import Session, arguments, environment


@unittest.skipUnless(ssh_is_possible(), "an SSH server needs root")
class Case(unittest.TestCase):
    def device(self, **more) -> Device:
        return self.enterContext(Device("router", {"GigabitEthernet1": "lo"}, **more))

    def gets_in(self, device: Device, *more: str, user: str = "", password: str = "") -> None:
        with Session(device, user, password, *more) as session:
            session.wait(session.prompt)

    def is_refused(self, device: Device, word: str, *more: str, user: str = "", password: str = "") -> None:
        with Session(device, user, password, *more) as session:
            self.assertIn(word, session.refusal())


class Logins(Case):
    def test_a_password_is_taken(self) -> None:
        device = self.device()
        self.gets_in(device, "-o", "PreferredAuthentications=password")
        self.is_refused(device, "Permission denied", password="wrong")
        self.is_refused(device, "Permission denied", user="nobody-here")

    def test_a_password_is_taken_where_it_is_asked_for(self) -> None:
        device = self.device(methods=("keyboard-interactive",))
        self.gets_in(device, "-o", "PreferredAuthentications=keyboard-interactive")
        self.is_refused(device, "Permission denied", "-o", "PreferredAuthentications=password")
        self.is_refused(device, "Permission denied", password="wrong")

    def test_a_key_is_taken(self) -> None:
        folder = Path(self.enterContext(Device("router", {}, ssh=False)).flash)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
        device = self.device(methods=("publickey",), authorized_keys=((folder / "key.pub").read_text(),))
        self.gets_in(device, "-i", str(folder / "key"))
        self.is_refused(device, "Permission denied")

    def test_the_fingerprint_is_that_of_the_host_key(self) -> None:
        device = self.device()
        scanned = subprocess.run(["ssh-keyscan", "-p", str(device.port), "127.0.0.1"], capture_output=True, text=True)
        shown = subprocess.run(["ssh-keygen", "-lf", "-"], input=scanned.stdout, capture_output=True, text=True, check=True)
        self.assertEqual({line.split()[1] for line in shown.stdout.splitlines()}, {device.fingerprint})

    def test_an_old_device_offers_only_what_is_old(self) -> None:
        device = self.device(old_algorithms=True)
        self.is_refused(device, "no matching key exchange method")
        self.gets_in(device, "-o", "KexAlgorithms=+diffie-hellman-group14-sha1", "-o", "HostKeyAlgorithms=+ssh-rsa",
                     "-o", "Ciphers=+aes128-cbc", "-o", "MACs=+hmac-sha1")

    def test_a_banner_is_shown_before_the_login(self) -> None:
        device = self.device(banner="# router9> ^C only for us #\n")
        with Session(device, password="wrong") as session:
            self.assertIn("# router9> ^C only for us #", session.refusal())

    def test_a_command_without_a_terminal_is_done(self) -> None:
        device = self.device()
        done = subprocess.run(["ssh", *arguments(device), "-p", str(device.port), device.host, "show privilege"],
                              env=environment(device, device.password), capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.stdout.strip(), "Current privilege level is 15")

    def test_nothing_of_its_users_is_on_this_machine(self) -> None:
        device = self.device(users={"xpc-test-user": ("a password", 15)})
        self.gets_in(device)
        self.assertNotIn("xpc-test-user", Path("/etc/passwd").read_text() + Path("/etc/shadow").read_text())
        self.assertNotIn(str(device.flash.parent), Path("/proc/self/mounts").read_text())


class SecureCopy(Case):
    def copy(self, device: Device, remote: str, *options: str, user: str = "", password: str = "") -> subprocess.CompletedProcess[str]:
        self.target = device.flash.parent / "fetched"
        return subprocess.run(["scp", *options, *arguments(device, user), "-P", str(device.port), f"{device.host}:{remote}", self.target],
                              env=environment(device, password or device.password), capture_output=True, text=True, timeout=PATIENCE)

    def with_file(self, **more) -> Device:
        device = self.device(config=["ip scp server enable"], **more)
        (device.flash / "guest-share/x.pcap").write_bytes(bytes(range(256)) * 5000)
        return device

    def test_a_file_is_fetched(self) -> None:
        device = self.with_file()
        for name in ("bootflash:guest-share/x.pcap", "flash:/guest-share/x.pcap", "guest-share/x.pcap"):
            with self.subTest(name=name):
                done = self.copy(device, name, "-O")
                self.assertEqual((done.returncode, self.target.read_bytes()), (0, bytes(range(256)) * 5000), done.stderr)
                self.target.unlink()

    def test_what_is_not_there_is_said(self) -> None:
        done = self.copy(self.with_file(), "bootflash:none", "-O")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("bootflash:none: No such file or directory", done.stderr)

    def test_a_name_may_not_leave_the_flash(self) -> None:
        done = self.copy(self.with_file(), "bootflash:../askpass", "-O")
        self.assertIn("No such file or directory", done.stderr)
        self.assertFalse(self.target.exists())

    def test_the_server_must_have_been_enabled(self) -> None:
        done = self.copy(self.device(), "bootflash:x", "-O")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Administratively disabled", done.stdout + done.stderr)

    def test_there_is_no_sftp(self) -> None:
        self.assertNotEqual(self.copy(self.with_file(), "bootflash:guest-share/x.pcap", "-s").returncode, 0)
        self.assertFalse(self.target.exists())

    def test_quotes_and_options_are_not_understood(self) -> None:
        device = self.with_file()
        for command in ("scp -f 'flash:guest-share/x.pcap'", "scp -pf flash:guest-share/x.pcap", "scp -f flash:a ; true", "scp"):
            done = subprocess.run(["ssh", *arguments(device), "-p", str(device.port), device.host, command], stdin=subprocess.DEVNULL,
                                  env=environment(device, device.password), capture_output=True, timeout=PATIENCE)
            with self.subTest(command=command):
                self.assertNotIn(b"C0", done.stdout)
        lenient = self.with_file(lenient_scp=True)
        done = subprocess.run(["ssh", *arguments(lenient), "-p", str(lenient.port), lenient.host, "scp -pf 'flash:guest-share/x.pcap'"],
                              input=b"\0\0", env=environment(lenient, lenient.password), capture_output=True, timeout=PATIENCE)
        self.assertRegex(done.stdout, rb"^T\d+ 0 \d+ 0\nC0644 1280000 x.pcap\n")

    def test_it_takes_privilege(self) -> None:
        device = self.with_file(users={"low": ("a password", 1)})
        self.assertIn("Privilege denied", (done := self.copy(device, "bootflash:guest-share/x.pcap", "-O")).stdout + done.stderr)


if __name__ == "__main__":
    support.main()
