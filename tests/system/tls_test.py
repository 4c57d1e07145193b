"""TLS: what it speaks, certificates of clients in place of tokens, and new certificates without a restart."""

import http.client
import os
import signal
import ssl
import subprocess
import unittest
from pathlib import Path

import support
from support.certificates import Authority, openssl
from support.net import ip
from support.server import BINARY, PATIENCE, Reply, Server, clean_environment, wait_until

OURS = "192.0.2.1"  # RFC 5737: an address of this test's own network


def setUpModule() -> None:
    ip("address", "add", f"{OURS}/32", "dev", "lo")


class Tls(unittest.TestCase):
    def locked(self, config: str = "", listen: str = "127.0.0.1:0", server_keys: str = "require_token = true") -> Server:
        """A server that has a certificate, not started yet; `authority` is who signed it."""
        server = Server(server_keys=server_keys, listen=listen)
        self.addCleanup(server.__exit__, None, None, None)
        self.authority = Authority(server.folder)
        self.certificate = self.authority.certificate(f"IP:{listen.rpartition(':')[0]}")
        self.tls = f'[tls]\ncertificate = "{self.certificate}"\nkey = "{self.certificate}"\n{config}'
        self.certificate.chmod(0o600)
        server.configure(self.tls, server_keys, listen)
        return server

    def token(self, server: Server) -> dict[str, str]:
        done = server.run("token", "create")
        self.assertEqual(done.returncode, 0, done)
        return {"Authorization": f"Bearer {done.stdout.strip()}"}

    def ask(self, server: Server, path: str = "/api/v1/jobs", headers: dict[str, str] | None = None,
            client: Path | None = None, **limits: ssl.TLSVersion) -> Reply:
        trust = ssl.create_default_context(cafile=str(self.authority.ca_file))
        for name, version in limits.items():
            setattr(trust, name, version)
        if client:
            trust.load_cert_chain(client)
        connection = http.client.HTTPSConnection(*server.address, timeout=PATIENCE, context=trust)
        return server.request_by(connection, "GET", path, headers=headers)

    def client(self, name: str) -> Path:
        """A client's certificate, with its key, of that common name."""
        request, key, both = (self.authority.folder / f"{name}.{kind}" for kind in ("csr", "key", "pem"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/O=Example/CN={name}", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.authority.ca_file, "-CAkey", self.authority.folder / "ca.key",
                "-CAcreateserial", "-days", "1", "-out", both)
        both.write_bytes(key.read_bytes() + both.read_bytes())
        return both

    def test_others_are_let_in_by_tls_and_a_token_and_not_by_one_of_them(self) -> None:
        server = self.locked(listen=f"{OURS}:0", server_keys="")
        for more in ([], ["--check-config"]):
            refused = server.run("serve", *more)
            self.assertEqual(refused.returncode, 2, refused)
            self.assertIn("token create", refused.stderr)
            self.assertNotIn("[tls] certificate", refused.stderr)
        token = self.token(server)
        server.start()
        self.assertEqual(self.ask(server).status, 401)
        self.assertEqual(self.ask(server, headers=token).status, 200)
        with self.assertRaises(ConnectionError):
            server.request("GET", "/healthz")  # in clear
        self.assertEqual(self.ask(server, "/healthz").status, 200)

    def test_what_is_older_than_tls_1_2_or_has_no_forward_secrecy_is_not_spoken(self) -> None:
        server = self.locked()
        token = self.token(server)
        server.start()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.assertEqual(self.ask(server, headers=token, minimum_version=version, maximum_version=version).status, 200)
        for options in (("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), ("-tls1_2", "-cipher", "AES128-SHA:AES256-GCM-SHA384"),
                        ("-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA")):
            with self.subTest(options):
                host, port = server.address
                done = subprocess.run(["openssl", "s_client", "-connect", f"{host}:{port}", *options],
                                      stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
                self.assertNotEqual(done.returncode, 0, done)

    def test_a_certificate_of_a_client_stands_for_a_token(self) -> None:
        server = self.locked()
        config = f'{self.tls}client_ca = "{self.authority.ca_file}"\n' \
                 '[[tls.client]]\nsubject = "CN=reader,O=Example"\nscopes = ["jobs:read"]\n'
        server.configure(config, "require_token = true")
        server.start()
        reader, other = self.client("reader"), self.client("other")
        self.assertEqual(self.ask(server, client=reader).status, 200)
        self.assertEqual(self.ask(server, "/api/v1/tokens", client=reader).status, 403)
        refused = self.ask(server, client=other)
        self.assertEqual(refused.status, 403, refused)
        self.assertIn("CN=other,O=Example", refused.body.decode())
        self.assertEqual(self.ask(server).status, 401)
        self.assertEqual(self.ask(server, headers=self.token(server)).status, 200)
        elsewhere = self.authority.folder / "elsewhere"
        elsewhere.mkdir()
        ours, self.authority = self.authority, Authority(elsewhere)
        forged = self.client("reader")
        self.authority = ours
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.ask(server, client=forged)

    def test_a_new_certificate_is_used_from_sighup_on_and_a_bad_one_never(self) -> None:
        server = self.locked()
        token = self.token(server)
        server.start()
        assert server.process

        def serial() -> str:
            return ssl.get_server_certificate(server.address)

        first = serial()
        good = self.certificate.read_bytes()
        self.certificate.write_bytes(b"not a certificate\n")
        server.process.send_signal(signal.SIGHUP)
        wait_until("the refusal", lambda: "tls.not_reloaded" in server.log())
        self.assertEqual(serial(), first)
        self.assertEqual(self.ask(server, headers=token).status, 200)
        self.certificate.write_bytes(self.authority.certificate("IP:127.0.0.1", days=7).read_bytes())
        server.process.send_signal(signal.SIGHUP)
        wait_until("the new one", lambda: "tls.reloaded" in server.log())
        self.assertNotEqual(serial(), first)
        self.assertEqual(self.ask(server, headers=token).status, 200)
        self.assertNotEqual(good, self.certificate.read_bytes())

    def test_the_command_line_speaks_https_and_trusts_only_whom_it_is_told_to(self) -> None:
        server = self.locked()
        token = self.token(server)["Authorization"].removeprefix("Bearer ")
        server.start()
        url = server.url.replace("http:", "https:")

        def command(*options: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run([BINARY, *options, "--server", url], capture_output=True, text=True, timeout=PATIENCE,
                                  env=clean_environment(XEPACKETCAP_TOKEN=token))

        done = command("capture", "lo", "-d", "1s", "-w", str(server.folder / "x.pcapng"),
                       "--ca", str(self.authority.ca_file))
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("https://", done.stdout + done.stderr)
        untrusted = command("list")
        self.assertEqual(untrusted.returncode, 4, untrusted)
        self.assertIn("certificate", untrusted.stderr)
        self.assertIn("--ca", untrusted.stderr)

    def test_what_can_not_be_a_certificate_is_refused_at_the_start(self) -> None:
        server = self.locked()
        other = self.authority.certificate("IP:192.0.2.2")
        wrong_key = f'[tls]\ncertificate = "{self.certificate}"\nkey = "{other}"\n'
        other.chmod(0o600)
        for config, named in ((f'[tls]\ncertificate = "{self.certificate}"\n', "tls.key"),
                              ('[tls]\ncertificate = "/nonexistent"\nkey = "/nonexistent"\n', "/nonexistent"),
                              (wrong_key, "tls.key")):
            with self.subTest(config):
                server.configure(config)
                done = server.run("serve")
                self.assertEqual(done.returncode, 2, done)
                self.assertIn(named, done.stderr)
        os.chmod(self.certificate, 0o644)
        server.configure(self.tls)
        done = server.run("serve", "--check-config")
        self.assertEqual(done.returncode, 2, done)
        self.assertIn("others can read it", done.stderr)


if __name__ == "__main__":
    support.main()
