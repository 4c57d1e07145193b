"""What a server that root has started may still do, as the kernel tells of each of its threads."""

import os
import pwd
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

import support
from support import frames
from support.capture_file import numbers
from support.net import Cable
from support.server import PATIENCE, Server

NET_RAW = 1 << 13  # linux/capability.h
NET_BIND_SERVICE = 1 << 10
SYS_RESOURCE = 1 << 24
FILTERED = 2  # proc(5), "Seccomp": SECCOMP_MODE_FILTER


def threads(server: Server) -> list[dict[str, str]]:
    assert server.process
    found = []
    for task in Path(f"/proc/{server.process.pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        found.append({name: value.strip() for name, value in (line.split(":", 1) for line in lines)})
    return found


def may_raise_priority() -> bool:
    """Root of a container often has no CAP_SYS_RESOURCE; nothing then can give an ordinary user a priority."""
    held = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff:"))
    return bool(int(held.split()[1], 16) & SYS_RESOURCE)


class ReachableServer(Server):
    """In a folder that every user may pass through, as /var/lib is."""

    def __init__(self, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.folder.chmod(0o755)


@unittest.skipUnless(os.geteuid() == 0 and Path("/proc/self/uid_map").read_text().split()[2] == "4294967295",
                     "only root has something to give up")
class Privileges(unittest.TestCase):
    def check_capabilities(self, server: Server, held: int = NET_RAW) -> None:
        found = threads(server)
        self.assertGreater(len(found), 5)
        for thread in found:
            with self.subTest(thread=thread["Name"]):
                self.assertEqual({name: int(thread[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")},
                                 {"CapInh": 0, "CapPrm": held, "CapEff": held, "CapBnd": 0, "CapAmb": 0})
                self.assertEqual((thread["NoNewPrivs"], int(thread["Seccomp"])), ("1", FILTERED))

    def check_user(self, server: Server, uid: int, gid: int) -> None:
        for thread in threads(server):
            self.assertEqual((thread["Uid"].split(), thread["Gid"].split()), ([str(uid)] * 4, [str(gid)] * 4))
            self.assertIn(thread["Groups"], ("", str(gid)))

    def check_captures(self, server: Server) -> None:
        """Also frames that are for nobody here: promiscuous mode."""
        cable = Cable()
        job = server.running(cable.near, proto="udp", format="pcap")
        self.assertIn("PROMISC", self.flags(cable.near))
        self.check_priority(server)
        cable.send(frames.udp(n) for n in range(10))
        self.assertEqual(numbers(server.stopped_file(job)), list(range(10)))

    def flags(self, interface: str) -> str:
        shown = subprocess.run(["ip", "-details", "link", "show", interface], capture_output=True, text=True, check=True)
        return "PROMISC" if "promiscuity 1" in shown.stdout else shown.stdout

    def check_priority(self, server: Server) -> None:
        assert server.process
        nice = [os.getpriority(os.PRIO_PROCESS, int(task.name))
                for task in Path(f"/proc/{server.process.pid}/task").iterdir()]
        self.assertEqual(min(nice), -15 if may_raise_priority() else 0)

    def test_root_becomes_a_user_that_nobody_else_is(self) -> None:
        server = self.enterContext(ReachableServer())
        uid = server.data_dir.stat().st_uid
        with self.assertRaises(KeyError):
            pwd.getpwuid(uid)
        self.assertGreater(uid, 0)
        self.check_capabilities(server)
        self.check_user(server, uid, uid)
        self.check_captures(server)
        self.check_capabilities(server)  # with the threads that a capture has had started
        server.terminate()
        server.start()
        self.check_user(server, uid, uid)

    def test_root_becomes_the_configured_user(self) -> None:
        nobody = pwd.getpwnam("nobody")
        server = self.enterContext(ReachableServer(server_keys='user = "nobody"'))
        self.check_capabilities(server)
        self.check_user(server, nobody.pw_uid, nobody.pw_gid)
        self.check_captures(server)

    def test_what_an_earlier_server_has_left_as_root_goes_to_the_user(self) -> None:
        server = self.enterContext(ReachableServer(server_keys='user = "root"'))
        self.check_capabilities(server)
        self.check_user(server, 0, 0)
        self.check_captures(server)
        theirs = server.data_dir / "notes.txt"
        theirs.write_text("not the server's\n")
        outside = server.folder / "outside"
        outside.mkdir()
        outside.chmod(0o777)
        (server.data_dir / "objects" / "link").symlink_to(outside)
        server.terminate()
        server.configure(server_keys='user = "nobody"')
        server.start()
        self.check_captures(server)
        uid = pwd.getpwnam("nobody").pw_uid
        for path in (server.data_dir / "jobs.db", *server.data_dir.glob("objects/*/*")):
            self.assertEqual(path.stat().st_uid, uid, path)
        self.assertEqual({path.stat().st_uid for path in (theirs, outside)}, {0})

    def test_a_data_dir_that_no_user_can_reach_keeps_root_without_its_powers(self) -> None:
        server = self.enterContext(Server())  # its folder is of mode 0700
        self.assertEqual(stat.S_IMODE(server.folder.stat().st_mode), 0o700)
        self.assertRegex(server.log(), r"server\.stays_root .*server\.data_dir")
        self.check_capabilities(server)
        self.check_user(server, 0, 0)
        self.check_captures(server)

    def test_a_configured_user_who_can_not_do_it_is_refused(self) -> None:
        for server, keys, words in (
            (Server(), 'user = "nobody"', ["server.user", "nobody", "server.data_dir"]),
            (Server(), 'user = "no.such.user"', ["server.user", "no.such.user"]),
        ):
            with self.subTest(keys=keys):
                server.configure(server_keys=keys)
                self.assertEqual(server.launch().wait(PATIENCE), 2)
                for word in words:
                    self.assertIn(word, server.log())

    def test_a_folder_with_other_things_is_not_given_away(self) -> None:
        server = ReachableServer()
        server.data_dir.mkdir()
        (server.data_dir / "other").write_text("x")
        self.enterContext(server)
        self.assertRegex(server.log(), r"server\.stays_root .*server\.data_dir")
        self.assertEqual(server.data_dir.stat().st_uid, 0)

    def test_a_port_of_root_keeps_the_capability_for_it(self) -> None:
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as file:
            self.assertGreater(int(file.read()), 81)
        server = self.enterContext(ReachableServer(listen="127.0.0.1:81"))
        self.check_capabilities(server, NET_RAW | NET_BIND_SERVICE)

    def test_nothing_is_written_outside_of_the_data_dir(self) -> None:
        for server in (Server(), Server(server_keys="confined = false")):  # uid 0: its modes stop nothing
            with self.subTest(config=server.config_file.read_text()):
                self.enterContext(server)
                outside = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="xepacketcap-test.")))
                (server.data_dir / "objects" / "elsewhere").symlink_to(outside)
                job = server.running("lo", bucket="elsewhere")
                server.stop(job)
                last = server.ended(job)
                is_confined = "confined = false" not in server.config_file.read_text()
                self.assertEqual(last["delivery"], "failed" if is_confined else "delivered", last)
                self.assertEqual(list(outside.iterdir()) == [], is_confined)
                if is_confined:
                    self.assertEqual(last["errors"][0]["code"], "permission")

    def test_links_that_were_there_at_the_start_are_followed(self) -> None:
        server = Server()
        elsewhere = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="xepacketcap-test.")))
        server.data_dir.mkdir()
        (server.data_dir / "objects").symlink_to(elsewhere)
        self.enterContext(server)
        server.stopped_file(server.running("lo", bucket="here"))
        self.assertEqual(len(list(elsewhere.glob("here/*"))), 1)


if __name__ == "__main__":
    support.main()
