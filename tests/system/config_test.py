"""Errors of the configuration and of the command line name the key or option, and exit with 2."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import support
from support import frames
from support.net import Cable
from support.pcap import capinfos, tshark_fields
from support.server import BINARY, PATIENCE, Server, clean_environment
from support.stores import S3_KEYS

# (what is wrong, TOML, what the message must name)
FILES: list[tuple[str, str, list[str]]] = [
    ("not TOML", "[server\n", [":1"]),
    ("a key twice", '[server]\nlisten = "127.0.0.1:0"\nlisten = "127.0.0.1:0"\n', [":3"]),
    ("an unknown section", "[sever]\n", ["sever", ":1"]),
    ("an unknown key", '[server]\nlisten = "127.0.0.1:0"\nlissen = "x"\n', ["server.lissen", ":3"]),
    ("an unknown key at the top", "lissen = 1\n", ["lissen", ":1"]),
    ("a port that is none", '[server]\nlisten = "127.0.0.1:99999"\n', ["server.listen"]),
    ("no port", '[server]\nlisten = "127.0.0.1"\n', ["server.listen"]),
    ("a host name", '[server]\nlisten = "example:5000"\n', ["server.listen"]),
    ("a listen address of another type", "[server]\nlisten = 5000\n", ["server.listen", ":2"]),
    ("an address that all can reach", '[server]\nlisten = "0.0.0.0:0"\n', ["server.listen", "insecure"]),
    ("an empty data_dir", '[server]\ndata_dir = ""\n', ["data_dir"]),
    ("a truth that is text", '[server]\ninsecure = "yes"\n', ["server.insecure"]),
    ("a duration without sense", '[jobs]\nmax_duration = "soon"\n', ["jobs.max_duration"]),
    ("a duration of zero", '[jobs]\nmax_duration = "0 s"\n', ["jobs.max_duration"]),
    ("no running jobs", "[jobs]\nmax_running = 0\n", ["jobs.max_running"]),
    ("negative jobs", "[jobs]\nmax_queued = -1\n", ["jobs.max_queued"]),
    ("too little memory", '[capture]\nmemory = "1 MiB"\n', ["capture.memory"]),
    ("memory in potatoes", '[capture]\nmemory = "64 potatoes"\n', ["capture.memory"]),
    ("no snaplen", "[capture]\nsnaplen = 0\n", ["capture.snaplen"]),
    ("an unknown precision", '[capture]\nprecision = "ms"\n', ["capture.precision"]),
    ("an endpoint that is no URL", '[s3]\nendpoint = "minio:9000"\n', ["s3.endpoint"]),
    ("parts below S3's minimum", '[s3]\npart_size = "1 MiB"\n', ["s3.part_size"]),
    ("a CA file that is not there", '[s3]\nca_file = "/nonexistent.pem"\n', ["s3.ca_file"]),
    ("a device as a section", '[device]\nname = "edge1"\n', ["[[device]]", ":1"]),
    ("a device without a name", '[[device]]\nway = "dohost"\n', ["device.name", ":1"]),
    ("a device with this host's name", '[[device]]\nname = "local"\n', ["device.name", ":2"]),
    ("a device with a name that is none", '[[device]]\nname = "a b"\n', ["device.name", ":2"]),
    ("an unknown key of a device", '[[device]]\nname = "a"\nhots = "b"\n', ["device.hots", ":3"]),
    ("an unknown engine", '[[device]]\nname = "a"\nengine = "junos"\n', ["device.engine", ":3"]),
    ("an unknown way", '[[device]]\nname = "a"\nway = "telnet"\n', ["device.way", ":3", "dohost"]),
    ("a mark of three letters", '[[device]]\nname = "a"\nmark = "XPC"\n', ["device.mark", ":3"]),
    ("a host with IOS in it", '[[device]]\nname = "a"\nhost = "h | redirect"\n', ["device.host", ":3"]),
    ("a port that is none for SSH", '[[device]]\nname = "a"\nport = 0\n', ["device.port", ":3"]),
    ("no host", '[[device]]\nname = "a"\n', ["device.host", ":1"]),
    ("no user", '[[device]]\nname = "a"\nhost = "h"\n', ["device.user", ":1"]),
    ("no password", '[[device]]\nname = "a"\nhost = "h"\nuser = "u"\n',
     ["device.password", ":1", "XEPACKETCAP_DEVICE_A_PASSWORD"]),
    ("a password file that is not there", '[[device]]\nname = "a"\npassword_file = "/nonexistent"\n',
     ["device.password_file", ":3"]),
    ("a key by a relative path", '[[device]]\nname = "a"\nkey_file = "id_rsa"\n', ["device.key_file", ":3"]),
    ("a fingerprint in MD5", '[[device]]\nname = "a"\nfingerprint = "MD5:00:11"\n', ["device.fingerprint", ":3"]),
    ("an old_algorithms that is a number", '[[device]]\nname = "a"\nold_algorithms = 1\n',
     ["device.old_algorithms", ":3"]),
    ("an export_to that leaves its folder", '[[device]]\nname = "a"\nexport_to = "flash:../"\n',
     ["device.export_to", ":3"]),
    ("an export_to with a command", '[[device]]\nname = "a"\nexport_to = "flash: ; reload"\n',
     ["device.export_to", ":3"]),
    ("a timeout of an hour", '[[device]]\nname = "a"\ntimeout = "1 h"\n', ["device.timeout", ":3"]),
    ("a password for dohost", '[[device]]\nname = "a"\nway = "dohost"\npassword = "p"\n', ["device.password", ":4"]),
    ("two devices by dohost", '[[device]]\nname = "a"\nway = "dohost"\n[[device]]\nname = "b"\nway = "dohost"\n',
     ["device.way", ":6"]),
    ("two devices of one name", '[[device]]\nname = "a-b"\nway = "dohost"\n[[device]]\nname = "A_b"\n',
     ["device.name", ":5"]),
    ("an original API without its device", '[legacy]\ndevice = "edge1"\n', ["legacy.device", "edge1"]),
    ("an unknown log level", '[log]\nlevel = "loud"\n', ["log.level"]),
]

COMMANDS: list[tuple[list[str], str]] = [
    (["fly"], "fly"),
    (["serve", "--flie", "x"], "--flie"),
    (["serve", "--config"], "--config"),
    (["serve", "--config", "/nonexistent.toml"], "/nonexistent.toml"),
    (["capture"], "INTERFACE"),
    (["capture", "eth0", "--duration", "soon"], "--duration"),
    (["capture", "eth0", "--duration"], "--duration"),
    (["list", "--limit", "0"], "--limit"),
    (["list", "--state", "done"], "--state"),
    (["show"], "JOB"),
    (["show", "1", "--server", "ftp://x"], "--server"),
]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, env=clean_environment(**environment))


class Config(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="xepacketcap-test.")))
        self.file = self.folder / "config.toml"

    def refused(self, done: subprocess.CompletedProcess[str], *named: str) -> None:
        self.assertEqual(done.returncode, 2, done)
        self.assertEqual(done.stdout, "")
        for name in named:
            self.assertIn(name, done.stderr)
        self.assertNotIn("server.listening", done.stderr)

    def test_files(self) -> None:
        for wrong, toml, named in FILES:
            with self.subTest(wrong):
                self.file.write_text(toml)
                for more in ([], ["--check-config"]):
                    done = run("serve", "--config", str(self.file), *more, **S3_KEYS)
                    self.refused(done, *named)
                    if any(name.startswith(":") for name in named):
                        self.assertIn(str(self.file), done.stderr)

    def test_more_memory_than_there_is(self) -> None:
        there_is = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if there_is >= 64 << 30:
            self.skipTest("this machine has more than may be asked for")
        self.file.write_text(f'[capture]\nmemory = "{(there_is >> 20) + 1} MiB"\n')
        for more in ([], ["--check-config"]):
            done = run("serve", "--config", str(self.file), *more)
            self.refused(done, f"{self.file}:2: capture.memory", str(there_is))

    def test_secrets_that_others_can_read(self) -> None:
        secret = self.folder / "secret"
        secret.write_text("sesame\n")
        ssh = '[[device]]\nname = "edge1"\nhost = "h"\nuser = "u"\n'
        for toml, file, named in ((f'{ssh}password_file = "{secret}"\n', secret, "device.password_file"),
                                  (f'{ssh}key_file = "{secret}"\n', secret, "device.key_file"),
                                  (f'{ssh}password = "sesame"\n', self.file, str(self.file))):
            self.file.write_text(toml)
            for mode in (0o640, 0o644):
                with self.subTest(toml, mode=oct(mode)):
                    file.chmod(mode)
                    done = run("serve", "--config", str(self.file), "--check-config")
                    self.assertNotIn("sesame", done.stderr + done.stdout)
                    if mode == 0o640:
                        self.assertEqual(done.returncode, 0, done)
                    else:
                        self.refused(done, named, "others can read")

    def test_a_password_in_the_environment(self) -> None:
        self.file.write_text('[[device]]\nname = "edge-1"\nhost = "h"\nuser = "u"\n')
        self.refused(run("serve", "--config", str(self.file), "--check-config"), "XEPACKETCAP_DEVICE_EDGE_1_PASSWORD")
        done = run("serve", "--config", str(self.file), "--check-config", XEPACKETCAP_DEVICE_EDGE_1_PASSWORD="sesame")
        self.assertEqual(done.returncode, 0, done)

    def test_environment(self) -> None:
        self.file.write_text(f'[server]\nlisten = "127.0.0.1:0"\ndata_dir = "{self.folder}/data"\n')
        for name, value in (("XEPACKETCAP_SERVER_LISTEN", "nowhere"), ("XEPACKETCAP_LOG_LEVEL", "loud"),
                            ("XEPACKETCAP_JOBS_MAX_RUNNING", "many"), ("XEPACKETCAP_CAPTURE_MEMORY", "1 B")):
            with self.subTest(name):
                self.refused(run("serve", "--config", str(self.file), **{name: value}), name)

    def test_the_command_line(self) -> None:
        for arguments, named in COMMANDS:
            with self.subTest(" ".join(arguments)):
                self.refused(run(*arguments), named)

    def test_a_data_dir_that_cannot_be_made(self) -> None:
        blocked = self.folder / "file"
        blocked.write_text("")
        self.file.write_text(f'[server]\nlisten = "127.0.0.1:0"\ndata_dir = "{blocked}/data"\n')
        done = run("serve", "--config", str(self.file))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(blocked), done.stderr)

    def test_a_good_file_is_found_good_without_a_server(self) -> None:
        self.file.write_text(f'data_dir = "{self.folder}/data"\n[server]\nlisten = "127.0.0.1:0"\n'
                             'public_url = "https://captures.example"\n[jobs]\nmax_duration = "2 h"\n'
                             'max_running = 3\nmax_queued = 5\n[capture]\nmemory = "32 MiB"\nsnaplen = 96\n'
                             'precision = "us"\n[s3]\nendpoint = "https://s3.example:9000"\nregion = "eu-1"\n'
                             'path_style = true\npart_size = "5 MiB"\n[log]\nlevel = "debug"\n')
        done = run("serve", "--config", str(self.file), "--check-config", **S3_KEYS)
        self.assertEqual(done.returncode, 0, done)
        self.assertFalse((self.folder / "data").exists())

    def test_the_environment_goes_before_the_file(self) -> None:
        server = self.enterContext(Server(listen="127.0.0.1:1", environment={
            "XEPACKETCAP_SERVER_LISTEN": "127.0.0.1:0",
            "XEPACKETCAP_SERVER_PUBLIC_URL": "https://captures.example"}))
        job = server.create("lo")
        self.assertTrue(job["url"].startswith("https://captures.example/objects/xepacketcap/"), job["url"])
        server.stop(job)

    def test_help_and_version_go_to_standard_output(self) -> None:
        for arguments in (["--help"], ["--version"], ["capture", "--help"], ["serve", "--help"]):
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("xepacketcap", done.stdout)


class Settings(unittest.TestCase):
    def test_snaplen_cuts_packets_and_keeps_their_length(self) -> None:
        server = self.enterContext(Server('[capture]\nsnaplen = 96\nprecision = "us"\n'))
        cable = Cable()
        job = server.running(cable.near, proto="udp", format="pcap")
        cable.send(frames.udp(n, size=500) for n in range(3))
        path = server.stopped_file(job)
        self.assertEqual(tshark_fields(path, "frame.len", "frame.cap_len"), [("542", "96")] * 3)
        self.assertEqual(capinfos(path)["File type"], "pcap")

    def test_ipv6_loopback(self) -> None:
        server = self.enterContext(Server(listen="[::1]:0"))
        self.assertEqual(server.get("/healthz"), {"status": "ok"})
        self.assertTrue(server.create("lo", duration=1)["url"].startswith(server.url))


if __name__ == "__main__":
    support.main()
