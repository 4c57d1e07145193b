"""The README as a new user follows it, word for word: on a machine with nothing of ours, and on another one beside it."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import net
from support.console import Console, Example, examples
from support.machine import machine_of_its_own
from support.net import Cable
from support.server import BINARY, clean_environment, wait_until
from support.traffic import traffic

TSHARK = {"wireshark -k -i -": "tshark -n -r - -T fields -e frame.number 2>/dev/null | tail -n 1"}


class Readme(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="xepacketcap-test.")))
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "xepacketcap").symlink_to(BINARY)

    def console(self, name: str) -> Console:
        folder = self.folder / name
        folder.mkdir()
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return Console(folder, clean_environment(PATH=path, USER="alice"), replaced=TSHARK)

    def serve(self, console: Console, example: Example) -> None:
        log = console.folder / "log"
        with open(log, "wb") as file:
            server = subprocess.Popen(["bash", "-c", "exec " + example.command], cwd=console.folder, env=console.environment,
                                      stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        self.addCleanup(server.wait, 30)
        self.addCleanup(server.terminate)
        wait_until("the server", lambda: "server.listening" in log.read_text() or server.poll() is not None)
        self.assertIsNone(server.poll(), log.read_text())

    def test_1_the_first_lines_are_a_capture_of_the_original_api(self) -> None:
        cable = Cable(near="eth0")
        self.addCleanup(cable.unplug)
        self.enterContext(traffic(cable))
        console = self.console("one")
        self.serve(console, Example(f"xepacketcap serve --data-dir {console.folder / 'data'}", ""))
        ask, look = examples("README.md", "# xepacketcap")[:2]
        console.expect(ask)
        console.expect(look, patience=30)

    def test_2_from_a_fresh_install_to_a_token_tls_and_a_live_stream(self) -> None:
        cable = Cable(near="eth0")
        net.ip("addr", "add", "192.0.2.1/24", "dev", "eth0")
        with open("/etc/hosts", "a") as hosts:
            hosts.write("192.0.2.1 capture.example.org\n")
        host, client = self.console("host"), self.console("client")
        folder, certificate, config, token, serve, *others = examples("README.md", "## From a fresh install to a token and TLS")
        for example in (folder, certificate, config):
            host.run(example)
        self.assertTrue(Path("/etc/xepacketcap/key.pem").exists(), "the commands are not what this test takes them for")
        host.expect(token)
        self.serve(host, serve)
        client.names = host.names
        (client.folder / "certificate.pem").write_bytes(Path("/etc/xepacketcap/certificate.pem").read_bytes())
        with cable.peer.inside():
            net.ip("addr", "add", "192.0.2.2/24", "dev", cable.far)
            self.enterContext(traffic(cable))
            output = [client.expect(example) for example in others]
        read = subprocess.run(["capinfos", "-Mrc", client.folder / "five-seconds.pcapng"], capture_output=True, text=True)
        self.assertEqual(read.returncode, 0, read)
        self.assertGreater(int(read.stdout.split()[-1]), 100)
        live = [text for example, text in zip(others, output) if "wireshark" in example.command]
        self.assertEqual(len(live), 2)
        for text in live:
            self.assertGreater(int(text.split()[-1]), 100, "packets that came live")


if __name__ == "__main__":
    net.isolate()
    machine_of_its_own()
    unittest.main(verbosity=2, warnings="ignore")
