"""Which addresses, names and pages are let in: what a fresh install refuses, Host, Origin, and the original API."""

import http.client
import unittest

import support
from support.net import ip
from support.server import PATIENCE, Reply, Server

OURS = "192.0.2.1"  # RFC 5737: addresses of this test's own network, on its loopback device
FRIEND = "192.0.2.77"
STRANGER = "198.51.100.9"

CAPTURE = {"iface": "lo", "proto": "udp", "src": "any", "dst": "any", "bucket": "captures", "duration": 1}


def setUpModule() -> None:
    for address in (OURS, FRIEND, STRANGER):
        ip("address", "add", f"{address}/32", "dev", "lo")


def ask(server: Server, method: str, path: str, body: object = None, source: str = OURS, **headers: str) -> Reply:
    """A request from an address of one's own choice."""
    connection = http.client.HTTPConnection(*server.address, timeout=PATIENCE, source_address=(source, 0))
    return server.request_by(connection, method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})


class Door(unittest.TestCase):
    def refused_at_start(self, server: Server, *named: str) -> None:
        for more in ([], ["--check-config"]):
            done = server.run("serve", *more)
            self.assertEqual(done.returncode, 2, done)
            for word in ("server.listen", "insecure", *named):
                self.assertIn(word, done.stderr)

    def test_a_fresh_install_refuses_an_address_that_others_reach(self) -> None:
        server = Server(listen=f"{OURS}:0")
        self.refused_at_start(server, "[tls]", "token create", "127.0.0.1")
        self.assertEqual(server.run("token", "create").returncode, 0)
        self.refused_at_start(server, "[tls]")  # a token in clear is everybody's
        server.configure(listen=f"{OURS}:0", server_keys="insecure = true")
        with server:
            self.assertEqual(ask(server, "GET", "/api/v1/jobs").status, 401)  # as there is one

    def test_insecure_without_a_token_is_open_to_whoever_reaches_it(self) -> None:
        with Server(listen=f"{OURS}:0", server_keys="insecure = true") as server:
            self.assertEqual(ask(server, "GET", "/api/v1/jobs", source=STRANGER).status, 200)

    def test_the_original_api_is_open_to_its_networks_alone_and_within_its_limits(self) -> None:
        limits = '[legacy]\nallow_from = ["192.0.2.64/26"]\nbuckets = ["captures"]\nmax_duration = "2 s"\n'
        with Server(limits, listen=f"{OURS}:0", server_keys="insecure = true") as server:
            for source in (STRANGER, OURS):
                refused = ask(server, "POST", "/pcap_json", CAPTURE, source)
                self.assertEqual(refused.status, 403, refused)
                self.assertIn("legacy.allow_from", refused.json["error"]["message"])
            made = ask(server, "POST", "/pcap_json", CAPTURE, FRIEND)
            self.assertEqual(made.status, 200, made)
            self.assertEqual(ask(server, "POST", "/status_json", made.json, STRANGER).status, 403)
            self.assertEqual(ask(server, "POST", "/status_json", made.json, FRIEND).status, 200)
            for wrong, field in (({"bucket": "other"}, "bucket"), ({"duration": 3}, "duration")):
                refused = ask(server, "POST", "/pcap_json", CAPTURE | wrong, FRIEND)
                self.assertEqual((refused.status, refused.json["error"]["field"]), (403, field), refused)

    def test_the_original_api_is_this_hosts_unless_it_is_told(self) -> None:
        with Server(listen="0.0.0.0:0", server_keys="insecure = true") as server:
            self.assertEqual(ask(server, "POST", "/pcap_json", CAPTURE, "127.0.0.1").status, 200)
            server.address = (OURS, server.address[1])
            self.assertEqual(ask(server, "POST", "/pcap_json", CAPTURE, FRIEND).status, 403)

    def test_a_name_that_is_not_ours_is_refused_so_that_no_dns_leads_a_page_here(self) -> None:
        with Server(server_keys='names = ["capture.example.org"]') as server:
            port = server.address[1]
            for host, status in ((f"127.0.0.1:{port}", 200), (f"localhost:{port}", 200), ("capture.example.org", 200),
                                 ("evil.example", 421), (f"evil.example:{port}", 421), (OURS, 421)):
                with self.subTest(host):
                    reply = ask(server, "GET", "/api/v1/jobs", source="127.0.0.1", Host=host)
                    self.assertEqual(reply.status, status, reply)
                    self.assertEqual(ask(server, "POST", "/pcap_json", CAPTURE, "127.0.0.1", Host=host).status, status)

    def test_a_page_of_another_site_changes_nothing_and_is_told_nothing(self) -> None:
        with Server() as server:
            own = server.url
            for origin, status in ((own, 201), ("http://evil.example", 403), ("null", 403), ("http://127.0.0.1:1", 403)):
                with self.subTest(origin):
                    reply = ask(server, "POST", "/api/v1/jobs", {"interface": "lo", "duration": 1}, "127.0.0.1",
                                Origin=origin)
                    self.assertEqual(reply.status, status, reply)
            for method in ("GET", "OPTIONS"):
                reply = ask(server, method, "/api/v1/jobs", source="127.0.0.1", Origin="http://evil.example",
                            Access_Control_Request_Method="POST")
                self.assertFalse([name for name in reply.headers if name.startswith("access-control")], reply)


if __name__ == "__main__":
    support.main()
