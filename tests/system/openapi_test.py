"""What the server says of itself at /openapi.json is what it does: every reply to these tests, as to all others, is judged
by it (support.openapi)."""

import http.client
import unittest

import support
from jsonschema import Draft202012Validator
from support import frames
from support.net import Cable
from support.server import Server


class OpenApi(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server())
        self.cable = Cable()

    def test_the_whole_life_of_a_job(self) -> None:
        job = self.server.running(self.cable.near, by="alice", comment="why not", packets=1000)
        self.cable.send(frames.udp(n) for n in range(10))
        self.server.captured(job, 10)
        path = f"/api/v1/jobs/{job['id']}"
        self.assertEqual(self.server.request("GET", f"{path}/file", headers={"Range": "bytes=0-9"}).status, 206)
        self.assertEqual(self.server.request("PATCH", path, {"duration": "20m"}).status, 200)
        self.server.stopped_file(job)
        self.assertEqual(len(self.server.jobs()), 1)
        self.assertEqual(self.server.request("DELETE", path).status, 204)

    def test_a_capture_in_segments(self) -> None:
        job = self.server.running(self.cable.near, segment={"bytes": "64 KiB", "keep": 3}, format="pcap")
        self.cable.send(frames.udp(n) for n in range(3000))
        self.server.captured(job, 3000)
        self.server.ended(self.server.stop(job))
        self.assertTrue(self.server.job(job)["objects"])

    def test_a_dry_run(self) -> None:
        reply = self.server.request("POST", "/api/v1/jobs?dry_run=true", {"interface": self.cable.near, "proto": "udp"})
        self.assertEqual((reply.status, reply.json["ok"]), (200, True), reply)

    def test_lists(self) -> None:
        for _ in range(3):
            self.server.create(self.cable.near)
        self.assertEqual(self.server.request("GET", "/api/v1/jobs?limit=2&state=running&by=bob").status, 200)
        self.assertEqual(self.server.request("GET", "/api/v1/jobs?limit=2").status, 200)

    def test_refusals(self) -> None:
        for method, path, body, status in (("POST", "/api/v1/jobs", {"interface": "nosuch0"}, 400),
                                           ("POST", "/api/v1/jobs", {"interface": 7}, 400),
                                           ("POST", "/api/v1/jobs", b"{", 400),
                                           ("GET", "/api/v1/jobs?limit=0", None, 400),
                                           ("GET", "/api/v1/jobs/123456", None, 404),
                                           ("GET", "/api/v1/jobs/123456/file", None, 404),
                                           ("DELETE", "/api/v1/jobs/123456", None, 404),
                                           ("POST", "/pcap_json", {"iface": "lo"}, 400),
                                           ("POST", "/status_json", {"job_id": 123456}, 404),
                                           ("GET", "/problems/none", None, 404)):
            with self.subTest(method=method, path=path, body=body):
                self.assertEqual(self.server.request(method, path, body).status, status)

    def test_the_original_api(self) -> None:
        wanted = {"iface": self.cable.near, "proto": "ip", "src": "any", "dst": "any", "bucket": "captures", "duration": "60"}
        number = self.server.request("POST", "/pcap_json", wanted).json["job_id"]
        self.assertEqual(self.server.request("POST", "/status_json", {"job_id": number}).status, 200)

    def test_tokens(self) -> None:
        made = self.server.request("POST", "/api/v1/tokens", {"name": "bot", "scopes": ["jobs:read"], "limits": {"duration": 60}})
        self.assertEqual(made.status, 201, made)
        path = f"/api/v1/tokens/{made.json['id']}"
        for method, target, status in (("GET", "/api/v1/tokens", 200), ("GET", path, 200), ("DELETE", path, 204), ("GET", path, 404)):
            self.assertEqual(self.server.request(method, target).status, status)

    def test_what_operators_ask(self) -> None:
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/problems/not_found"):
            self.assertEqual(self.server.request("GET", path).status, 200, path)

    def test_the_schemas_are_schemas(self) -> None:
        for schema in self.server.get("/openapi.json")["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)

    def test_what_the_schema_refuses_the_server_refuses(self) -> None:
        document = self.server.get("/openapi.json")
        schema = Draft202012Validator(document["components"]["schemas"]["JobRequest"])
        for more in ({}, {"snaplen": 63}, {"snaplen": 64}, {"duration": "10m"}, {"duration": "soon"}, {"bytes": "64 KiB"},
                     {"bytes": "much"}, {"packets": 0}, {"packets": 10.0}, {"format": "pcapng"}, {"format": "snoop"}, {"proto": "tcp"},
                     {"proto": "quic"}, {"nosuch": 1}, {"segment": {}}, {"segment": {"bytes": 65536}}, {"segment": {"keep": 1}},
                     {"direction": "up"}, {"bidirectional": 1}, {"interfaces": [self.cable.near]}, {"compression": "zstd"}):
            body = {"interface": self.cable.near} | more
            with self.subTest(more):
                reply = self.server.request("POST", "/api/v1/jobs?dry_run=true", body)
                self.assertEqual(schema.is_valid(body), reply.status == 200, reply)

    def test_the_page_for_people_loads_nothing_from_elsewhere(self) -> None:
        reply = self.server.request("GET", "/docs")
        self.assertIn("default-src 'none'", reply.headers["content-security-policy"])
        self.assertNotIn(b"https://", reply.body)
        connection = http.client.HTTPConnection(*self.server.address)
        connection.request("GET", "/openapi.json")
        self.assertEqual(connection.getresponse().status, 200, "which is all that it loads")


if __name__ == "__main__":
    support.main()
