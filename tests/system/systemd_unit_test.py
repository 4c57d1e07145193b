"""The unit for systemd: what systemd itself says of it, and the server as it would be started by it."""

import os
import pwd
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import support
from support import frames
from support.capture_file import numbers
from support.net import Cable
from support.server import Server

PACKAGING = Path(__file__).resolve().parents[2] / "packaging" / "systemd"
UNIT = PACKAGING / "xepacketcap.service"
MOST_EXPOSURE = 2.0


def words_of(key: str) -> list[str]:
    return [word for line in re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE) for word in line.split()]


class SystemdUnit(unittest.TestCase):
    def test_it_exposes_little_by_the_measure_of_systemd(self) -> None:
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                               f"--threshold={MOST_EXPOSURE * 10:.0f}", str(UNIT)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        found = re.search(r"Overall exposure level for xepacketcap.service: ([\d.]+)", done.stdout)
        assert found, done.stdout
        self.assertLessEqual(float(found[1]), MOST_EXPOSURE)

    def test_every_line_of_it_means_something(self) -> None:
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(UNIT)], capture_output=True, text=True)
        faults = [line for line in (done.stdout + done.stderr).splitlines()
                  if UNIT.name in line and "/usr/bin/xepacketcap is not executable" not in line]  # it is not installed
        self.assertEqual(faults, [])

    def test_every_line_of_the_guestshells_unit_does_too(self) -> None:
        unit = PACKAGING.parent / "guestshell" / "xepacketcap.service"
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
        faults = [line for line in (done.stdout + done.stderr).splitlines()
                  if unit.name in line and "/home/guestshell/xepacketcap is not executable" not in line]
        self.assertEqual(faults, [])

    def test_its_user_is_made_by_sysusers(self) -> None:
        root = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="xepacketcap-test.")))
        (root / "etc").mkdir()
        (root / "etc/machine-id").write_text("0" * 32 + "\n")
        done = subprocess.run(["systemd-sysusers", f"--root={root}", "-"], capture_output=True, text=True,
                              input=(PACKAGING / "xepacketcap.sysusers").read_text())
        self.assertEqual(done.returncode, 0, done.stderr)
        user = words_of("User")[0]
        line = next(line for line in (root / "etc/passwd").read_text().splitlines() if line.startswith(f"{user}:"))
        self.assertEqual(line.split(":")[5:], ["/var/lib/xepacketcap", "/usr/sbin/nologin"])

    @unittest.skipUnless(os.geteuid() == 0, "another user is needed")
    def test_a_server_with_the_rights_of_the_unit_captures_and_gives_up_the_rest(self) -> None:
        self.assertEqual(words_of("AmbientCapabilities"), ["CAP_NET_RAW"])
        nobody = pwd.getpwnam("nobody")
        limit = ("prlimit", f"--nice={20 - int(words_of('LimitNICE')[0])}")
        may_raise = subprocess.run([*limit, "true"], stderr=subprocess.DEVNULL).returncode == 0  # not in every container
        server = Server(runner=(*(limit if may_raise else ()), "setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
                                "--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw",
                                "--bounding-set=-all,+net_raw", "--no-new-privs"))
        server.folder.chmod(0o755)
        server.data_dir.mkdir()
        os.chown(server.data_dir, nobody.pw_uid, nobody.pw_gid)
        self.enterContext(server)
        cable = Cable()
        job = server.running(cable.near, proto="udp", format="pcap")
        assert server.process
        tasks = list(Path(f"/proc/{server.process.pid}/task").iterdir())
        self.assertEqual(min(os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in tasks), -15 if may_raise else 0)
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        self.assertRegex(status, r"CapPrm:\s+0000000000002000\n")
        self.assertRegex(status, r"CapAmb:\s+0000000000000000\n")  # for programs that it starts
        cable.send(frames.udp(n) for n in range(10))
        self.assertEqual(numbers(server.stopped_file(job)), list(range(10)))


if __name__ == "__main__":
    support.main()
