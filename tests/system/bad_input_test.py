"""What bad input gets: a 4xx that names the member at fault; nothing is stored, nothing started."""

import json
import re
import unittest
from typing import Any

import support
from support.net import Cable
from support.server import Reply, Server

GOOD = {"iface": "near0", "proto": "udp", "src": "any", "dst": "any", "bucket": "xepacketcap", "duration": 1}
ABSENT = object()

# (what is wrong, the members that differ from a good request, the field named, the codes allowed)
BOTH_APIS: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    ("an interface that does not exist", {"iface": "eth99"}, "iface", ("no_such_interface",)),
    ("an interface longer than any", {"iface": "e" * 5000}, "iface", ("no_such_interface", "invalid_value")),
    ("an interface that is a path", {"iface": "../../etc"}, "iface", ("no_such_interface", "invalid_value")),
    ("an empty interface", {"iface": ""}, "iface", ("no_such_interface", "invalid_value")),
    ("an interface with a zero byte", {"iface": "near0\0"}, "iface", ("no_such_interface", "invalid_value")),
    ("an interface that is a number", {"iface": 1}, "iface", ("wrong_type",)),
    ("an unknown protocol", {"proto": "sctp"}, "proto", ("invalid_value",)),
    ("an empty protocol", {"proto": ""}, "proto", ("invalid_value",)),
    ("a protocol that is a filter", {"proto": "udp or tcp"}, "proto", ("invalid_value",)),
    ("a protocol that is a list", {"proto": ["udp"]}, "proto", ("wrong_type",)),
    ("a source that is no address", {"src": "host1"}, "src", ("invalid_value",)),
    ("a source with a command", {"src": "10.0.0.1; reload"}, "src", ("invalid_value",)),
    ("a source in the middle of its network", {"src": "10.0.0.1/8"}, "src", ("invalid_value",)),
    ("a source with more bits than there are", {"src": "10.0.0.0/33"}, "src", ("invalid_value",)),
    ("a source with half a network", {"src": "10.0.0.0/"}, "src", ("invalid_value",)),
    ("a destination with a mask", {"dst": "10.0.0.0/255.0.0.0"}, "dst", ("invalid_value",)),
    ("a source with a leading zero", {"src": "10.0.0.01"}, "src", ("invalid_value",)),
    ("a source with three parts", {"src": "10.0.1"}, "src", ("invalid_value",)),
    ("a source that is empty", {"src": ""}, "src", ("invalid_value",)),
    ("a source that is a number", {"src": 167772161}, "src", ("wrong_type",)),
    ("a destination with a zone", {"dst": "fe80::1%near0"}, "dst", ("invalid_value",)),
    ("a destination that is null", {"dst": None}, "dst", ("wrong_type", "missing_field")),
    ("addresses of two families", {"src": "10.0.0.1", "dst": "fd00::1"}, "dst", ("family_mismatch",)),
    ("a duration of zero", {"duration": 0}, "duration", ("invalid_value",)),
    ("a negative duration", {"duration": -1}, "duration", ("invalid_value",)),
    ("a fractional duration", {"duration": 1.5}, "duration", ("invalid_value", "wrong_type")),
    ("a duration above the maximum", {"duration": 86401}, "duration", ("invalid_value",)),
    ("a duration beyond all numbers", {"duration": 10**30}, "duration", ("invalid_value", "wrong_type")),
    ("a duration of words", {"duration": "soon"}, "duration", ("invalid_value",)),
    ("a duration of nothing", {"duration": ""}, "duration", ("invalid_value",)),
    ("a duration that is negative text", {"duration": "-5"}, "duration", ("invalid_value",)),
    ("a duration that is true", {"duration": True}, "duration", ("wrong_type",)),
    ("a duration that is null", {"duration": None}, "duration", ("wrong_type", "missing_field")),
    ("a bucket that goes up", {"bucket": ".."}, "bucket", ("invalid_value",)),
    ("a bucket with a slash", {"bucket": "a/b/c"}, "bucket", ("invalid_value",)),
    ("a bucket in upper case", {"bucket": "Captures"}, "bucket", ("invalid_value",)),
    ("an empty bucket", {"bucket": ""}, "bucket", ("invalid_value",)),
    ("a bucket of two letters", {"bucket": "ab"}, "bucket", ("invalid_value",)),
    ("a bucket of 64 letters", {"bucket": "a" * 64}, "bucket", ("invalid_value",)),
    ("a bucket like an address", {"bucket": "192.168.5.4"}, "bucket", ("invalid_value",)),
    ("a bucket with two dots", {"bucket": "a..b"}, "bucket", ("invalid_value",)),
    ("a hidden bucket", {"bucket": ".hidden"}, "bucket", ("invalid_value",)),
    ("a bucket with an underscore", {"bucket": "a_b"}, "bucket", ("invalid_value",)),
    ("a file bucket that goes up", {"bucket": "file:.."}, "bucket", ("invalid_value",)),
    ("S3 where there is none", {"bucket": "s3://xepacketcap"}, "bucket", ("invalid_value", "conflict")),
    ("a bucket of an unknown scheme", {"bucket": "ftp://xepacketcap"}, "bucket", ("invalid_value",)),
    ("a bucket that is an object", {"bucket": {}}, "bucket", ("wrong_type",)),
    ("bidirectional as text", {"bidirectional": "yes"}, "bidirectional", ("wrong_type",)),
]

ORIGINAL_ONLY: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    *[(f"no {name}", {name: ABSENT}, name, ("missing_field",))
      for name in ("iface", "proto", "src", "dst", "bucket", "duration")],
    *[(f"{name} null", {name: None}, name, ("wrong_type", "missing_field"))
      for name in ("iface", "proto", "src", "dst", "bucket", "duration")],
    ("a duration with a unit", {"duration": "10m"}, "duration", ("invalid_value",)),
]

# Each without the interface where it brings its own.
NEW_ONLY: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    ("two ways to name interfaces", {"interfaces": ["near0"]}, "interfaces", ("invalid_value",)),
    ("no interfaces", {"iface": ABSENT, "interfaces": []}, "interfaces", ("invalid_value",)),
    ("too many interfaces", {"iface": ABSENT, "interfaces": [f"e{n}" for n in range(17)]}, "interfaces",
     ("invalid_value",)),
    ("an interface twice", {"iface": ABSENT, "interfaces": ["near0", "near0"]}, "interfaces", ("invalid_value",)),
    ("all interfaces and one", {"iface": ABSENT, "interfaces": ["any", "near0"]}, "interfaces",
     ("invalid_value",)),
    ("one interface of two that does not exist", {"iface": ABSENT, "interfaces": ["near0", "eth99"]}, "interfaces",
     ("no_such_interface",)),
    ("a list of one that does not exist", {"iface": ABSENT, "interfaces": ["eth99"]}, "interfaces",
     ("no_such_interface",)),
    ("interfaces of another type", {"iface": ABSENT, "interfaces": "near0"}, "interfaces", ("wrong_type",)),
    ("several interfaces in a classic file", {"iface": ABSENT, "interfaces": ["near0", "lo"], "format": "pcap"},
     "format", ("invalid_value",)),
    ("an unknown format", {"format": "erf"}, "format", ("invalid_value",)),
    ("an unknown direction", {"direction": "up"}, "direction", ("invalid_value",)),
    ("a direction of nothing", {"direction": ""}, "direction", ("invalid_value",)),
    ("a filter of another type", {"filter": 1}, "filter", ("wrong_type",)),
    ("a filter with a zero byte", {"filter": "udp\0"}, "filter", ("invalid_value",)),
    ("a filter beyond all filters", {"filter": "udp or " * 5000 + "tcp"}, "filter", ("invalid_value",)),
    *[(f"a {name} of {value}", {name: value}, name, ("invalid_value",))
      for name in ("snaplen", "packets", "bytes") for value in (0, -1, 1.5, 2**63, 2**64, 10**30)],
    *[(f"a {name} that is {value}", {name: value}, name, ("wrong_type",))
      for name in ("snaplen", "packets", "bytes") for value in (None, True, [], {})],
    ("a snap length below the headers", {"snaplen": 63}, "snaplen", ("invalid_value",)),
    ("a snap length above all frames", {"snaplen": 262145}, "snaplen", ("invalid_value",)),
    ("a packet limit as text", {"packets": "10"}, "packets", ("wrong_type",)),
    ("a size of an unknown unit", {"bytes": "10 parsecs"}, "bytes", ("invalid_value",)),
    ("a size without a number", {"bytes": "MiB"}, "bytes", ("invalid_value",)),
    ("a size beyond all numbers", {"bytes": "99999999 TiB"}, "bytes", ("invalid_value",)),
    ("a segment that is a number", {"segment": 60}, "segment", ("wrong_type",)),
    ("a segment without limits", {"segment": {}}, "segment", ("missing_field",)),
    ("a segment that only keeps", {"segment": {"keep": 5}}, "segment", ("missing_field",)),
    ("an unknown member of a segment", {"segment": {"duration": 60, "size": 1}}, "segment.size", ("unknown_field",)),
    ("a segment that is too small", {"segment": {"bytes": "63 KiB"}}, "segment.bytes", ("invalid_value",)),
    ("a segment that is too short", {"segment": {"duration": "500 ms"}}, "segment.duration", ("invalid_value",)),
    ("no segments kept", {"segment": {"duration": 1, "keep": 0}}, "segment.keep", ("invalid_value",)),
    ("too many segments kept", {"segment": {"duration": 1, "keep": 1001}}, "segment.keep", ("invalid_value",)),
    ("a name with an escape sequence", {"by": "\x1b[31malice"}, "by", ("invalid_value",)),
    ("a name that is too long", {"by": "a" * 257}, "by", ("invalid_value",)),
    ("a comment of two lines", {"comment": "one\ntwo"}, "comment", ("invalid_value",)),
    ("a comment that is too long", {"comment": "\u00e9" * 513}, "comment", ("invalid_value",)),
    ("a comment of another type", {"comment": ["why"]}, "comment", ("wrong_type",)),
]

# Bodies that are refused before any member is looked at.
BODIES: list[tuple[str, bytes, int, tuple[str, ...]]] = [
    ("nothing", b"", 400, ("malformed_json", "malformed_request")),
    ("not JSON", b"iface=eth0", 400, ("malformed_json",)),
    ("half of it", b'{"iface": "eth0"', 400, ("malformed_json",)),
    ("more behind it", b'{} {}', 400, ("malformed_json",)),
    ("a comma too many", b'{"iface": "eth0",}', 400, ("malformed_json",)),
    ("not UTF-8", b'{"iface": "\xff"}', 400, ("malformed_json", "no_such_interface", "missing_field")),
    ("a list", b"[]", 400, ("not_an_object",)),
    ("a number", b"7", 400, ("not_an_object",)),
    ("null", b"null", 400, ("not_an_object",)),
    ("nested too deep", b"[" * 5000 + b"]" * 5000, 400, ("malformed_json", "not_an_object")),
    ("over 64 KiB", b" " * 65537, 413, ("body_too_large",)),
    ("far over 64 KiB", b" " * 5_000_000, 413, ("body_too_large",)),
]


class BadInput(unittest.TestCase):
    server: Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = cls.enterClassContext(Server())
        Cable("near0")

    def tearDown(self) -> None:
        self.assertEqual(self.server.jobs(), [], "something was stored")
        spool = [p for p in self.server.data_dir.rglob("*.pcap*")]
        self.assertEqual(spool, [], "something was started")

    def check(self, reply: Reply, status: int, codes: tuple[str, ...], field: str | None = None) -> None:
        self.assertEqual(reply.status, status, reply)
        error = reply.json["error"]
        self.assertEqual(sorted(error), ["code", "field", "message"])
        self.assertIn(error["code"], codes, error)
        self.assertEqual(error["field"], field, error)
        self.assertGreater(len(error["message"]), 10, error)
        self.assertTrue(all(c.isprintable() for c in error["message"]), error)

    def test_members_of_the_original_request(self) -> None:
        for wrong, members, field, codes in BOTH_APIS + ORIGINAL_ONLY:
            with self.subTest(wrong):
                body = {k: v for k, v in (GOOD | members).items() if v is not ABSENT}
                self.check(self.server.request("POST", "/pcap_json", body), 400, codes, field)

    def test_members_of_the_new_request(self) -> None:
        good = {"interface": "near0", "duration": 1}
        rows = BOTH_APIS + [
            ("no interface", {"interface": ABSENT}, "interface", ("missing_field",)),
            ("an unknown member", {"colour": "red"}, "colour", ("unknown_field",)),
            *NEW_ONLY,
            ("an unknown device", {"device": "router1"}, "device", ("invalid_value", "not_found")),
            ("a duration of an unknown unit", {"duration": "10 parsecs"}, "duration", ("invalid_value",)),
        ]
        for wrong, members, field, codes in rows:
            with self.subTest(wrong):
                renamed = {"interface" if k == "iface" else k: v for k, v in members.items()}
                body = {k: v for k, v in (good | renamed).items() if v is not ABSENT}
                reply = self.server.request("POST", "/api/v1/jobs", body)
                self.check(reply, 400, codes, "interface" if field == "iface" else field)

    def test_bodies(self) -> None:
        for path in ("/pcap_json", "/status_json", "/api/v1/jobs"):
            for what, body, status, codes in BODIES:
                with self.subTest(what, path=path):
                    reply = self.server.request("POST", path, body)
                    self.assertEqual(reply.status, status, reply)
                    self.assertIn(reply.json["error"]["code"], codes)

    def test_a_chunked_body_over_64_kib(self) -> None:
        chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
        answer = self.server.raw(b"POST /pcap_json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                 b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 5 + b"0\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer[:200])

    def test_another_content_type(self) -> None:
        reply = self.server.request("POST", "/api/v1/jobs", b"{}", {"Content-Type": "text/xml"})
        self.check(reply, 415, ("unsupported_media_type",))

    def test_job_ids_of_the_status_call(self) -> None:
        rows = [({}, 400), ({"job_id": None}, 400), ({"job_id": "abc"}, 400), ({"job_id": []}, 400),
                ({"job_id": True}, 400), ({"job_id": 1.5}, 400), ({"job_id": -1}, 400), ({"job_id": ""}, 400),
                ({"job_id": "1' OR '1'='1"}, 400), ({"job_id": "9" * 40}, 400), ({"job_id": 123456}, 404)]
        for body, status in rows:
            with self.subTest(body=body):
                reply = self.server.request("POST", "/status_json", body)
                # What cannot be the number of any job may as well be that of no job.
                may_be_unknown = isinstance(body.get("job_id"), str | int)
                self.assertIn(reply.status, {status, 404} if may_be_unknown else {status})
                self.assertIn("error", reply.json)

    def test_wrong_methods_are_told_the_right_ones(self) -> None:
        for method, path, allowed in (
                ("GET", "/pcap_json", {"POST"}), ("PUT", "/status_json", {"POST"}),
                ("PATCH", "/api/v1/jobs", {"GET", "HEAD", "POST"}),
                ("POST", "/api/v1/jobs/1", {"GET", "HEAD", "PATCH", "DELETE"}),
                ("GET", "/api/v1/jobs/1/stop", {"POST"}), ("POST", "/healthz", {"GET", "HEAD"}),
                ("DELETE", "/objects/xepacketcap/1.pcap", {"GET", "HEAD"})):
            with self.subTest(method=method, path=path):
                reply = self.server.request(method, path)
                self.check(reply, 405, ("method_not_allowed",))
                listed = set(re.split(r",\s*", reply.headers["allow"]))
                self.assertLessEqual(listed - {"OPTIONS"}, allowed)
                self.assertGreaterEqual(listed, allowed - {"HEAD"})

    def test_unknown_paths_and_jobs(self) -> None:
        unknown = "019a5b0c-7c1e-7d3f-9a52-0c6f3d1f4e77"
        for method, path in (
                ("GET", "/"), ("GET", "/nothing"), ("POST", "/pcap_json/"), ("GET", "/api/v1"),
                ("GET", "/api/v2/jobs"), ("GET", "/api/v1/jobs/123456"), ("GET", f"/api/v1/jobs/{unknown}"),
                ("GET", "/api/v1/jobs/%27%20OR%201"), ("GET", f"/api/v1/jobs/{unknown}/file"),
                ("POST", f"/api/v1/jobs/{unknown}/stop"), ("DELETE", f"/api/v1/jobs/{unknown}"),
                ("GET", f"/api/v1/jobs/{unknown}/nothing"), ("GET", "/objects/xepacketcap/1.pcap")):
            with self.subTest(method=method, path=path):
                self.check(self.server.request(method, path), 404, ("not_found",))

    def test_queries_of_the_list(self) -> None:
        for query in ("limit=0", "limit=1001", "limit=ten", "limit=-1", "state=done", "delivery=maybe",
                      "limit=", "colour=red"):
            with self.subTest(query):
                reply = self.server.request("GET", f"/api/v1/jobs?{query}")
                self.assertEqual(reply.status, 400, reply)
                self.assertIn(reply.json["error"]["code"], ("invalid_value", "unknown_field"))

    def test_what_is_no_http_gets_a_400_or_nothing(self) -> None:
        for what, data in (
                ("noise", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
                ("no version", b"GET /\r\n\r\n"),
                ("a bad length", b"POST /pcap_json HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n"),
                ("two lengths", b"POST /pcap_json HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                                b"Content-Length: 3\r\n\r\n{}"),
                ("a length and chunks", b"POST /pcap_json HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                                        b"Transfer-Encoding: chunked\r\n\r\n{}"),
                ("a huge header", b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"),
                ("a body cut short", b"POST /pcap_json HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")):
            with self.subTest(what):
                self.assertRegex(self.server.raw(data), rb"^(HTTP/1\.[01] 4\d\d |$)")
        self.assertEqual(self.server.request("GET", "/healthz").status, 200)

    def test_request_text_is_shown_escaped_and_cut(self) -> None:
        nasty = "near0\n2026-01-01T00:00:00.000000Z error   forged.event \x1b[31m" + "x" * 10_000
        reply = self.server.request("POST", "/pcap_json", GOOD | {"iface": nasty})
        self.check(reply, 400, ("no_such_interface", "invalid_value"), "iface")
        self.assertLess(len(json.dumps(reply.json)), 1000)


class Limits(unittest.TestCase):
    def test_the_longest_duration_is_configured(self) -> None:
        server = self.enterContext(Server('[jobs]\nmax_duration = "30 s"\n'))
        for duration, status in ((30, 201), ("30s", 201), (31, 400), ("1 min", 400)):
            with self.subTest(duration=duration):
                reply = server.request("POST", "/api/v1/jobs", {"interface": "lo", "duration": duration})
                self.assertEqual(reply.status, status, reply)

    def test_one_job_too_many_is_refused_and_not_stored(self) -> None:
        server = self.enterContext(Server("[jobs]\nmax_running = 1\nmax_queued = 2\n"))
        first = server.running("lo")
        server.create("lo")
        server.create("lo")
        reply = server.request("POST", "/api/v1/jobs", {"interface": "lo"})
        self.assertEqual(reply.status, 429, reply)
        self.assertEqual(reply.json["error"]["code"], "too_many")
        self.assertEqual(len(server.jobs()), 3)
        server.stop(first)


if __name__ == "__main__":
    support.main()
