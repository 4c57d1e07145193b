"""Requests that are HTTP, and mean harm: values out of all bounds, ranges, paths, and too many of them."""

import http.client
import json
import time
import unittest
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import support
from support.hostile import SECRET, HostileCase, parsed
from support.net import ip
from support.server import PATIENCE, Reply, Server

FRIEND = "192.0.2.1"  # RFC 5737: an address of this test's own network, which is not the loopback's


class Bodies(HostileCase):
    PATHS = ("/api/v1/jobs", "/api/v1/tokens", "/pcap_json", "/status_json")

    def check(self, body: bytes, codes: tuple[str, ...] = ("malformed_json",)) -> None:
        for path in self.PATHS:
            reply = self.server.request("POST", path, body)
            self.assertEqual(reply.status, 400, reply)
            error = reply.json["error"]
            self.assertIn(error["code"], codes, error)
            self.assertTrue(all(c.isprintable() for c in error["message"]), error)
            self.assertLess(len(reply.body), 2000)

    def test_text_that_is_no_utf_8_is_refused(self) -> None:
        for wrong in (b"\xff", b"\xc0\xaf", b"\xe2\x82", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x80", b"\xfe\xff"):
            with self.subTest(wrong=wrong):
                self.check(b'{"interface": "lo' + wrong + b'"}')
                self.check(b'{"interface' + wrong + b'": "lo"}')
        self.check(b'{"interface": "\\ud800"}')
        self.check("{}".encode("utf-16"))

    def test_a_member_that_is_there_twice_is_refused(self) -> None:
        for body in (b'{"interface": "lo", "interface": "any"}', b'{"interface": "lo", "int\\u0065rface": "any"}',
                     b'{"segment": {"duration": 1, "duration": 2}}', b'{"a": 1, "b": {}, "a": 1}'):
            with self.subTest(body=body):
                self.check(body)

    def test_what_is_nested_deep_or_has_many_members_is_refused(self) -> None:
        for body in (b"[" * 30_000 + b"]" * 30_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b"[" * 60_000,
                     b'{"interface":' + b"[" * 100 + b"]" * 100 + b"}", b"[" * 63 + b'{"a":{}}' + b"]" * 63,
                     json.dumps({str(n): n for n in range(4000)}).encode()):
            with self.subTest(body=body[:20]):
                self.check(body, ("malformed_json", "not_an_object"))

    def test_numbers_beyond_all_bounds_are_refused(self) -> None:
        for number in ("-1", "0", "1e400", "-1e400", "1e-400", "18446744073709551616", "-9223372036854775809", "9" * 5000,
                       "0.1", "1e19", "-0", "NaN", "Infinity", "0x10", "01", "+1", "1.", ".5", "1e"):
            for member in ("duration", "packets", "bytes", "snaplen", "src_port", "pps", "buffer"):
                body = f'{{"interface": "lo", "proto": "udp", "{member}": {number}}}'.encode()
                reply = self.server.request("POST", "/api/v1/jobs", body)
                with self.subTest(member=member, number=number[:20]):
                    self.assertEqual(reply.status, 400, reply)
                    self.assertIn(reply.json["code"], ("malformed_json", "invalid_value"))
                    self.assertIn(reply.json["field"], (member, None))
            reply = self.server.request("POST", "/status_json", f'{{"job_id": {number}}}'.encode())
            self.assertIn(reply.status, (400, 404))

    def test_requests_of_numbers_in_targets_are_refused(self) -> None:
        for number in ("0", "-1", "99999999999999999999", "1e5", "100000.0", "%00", "0x1869f", " 1", "+100000", "١٢٣٤٥٦"):
            with self.subTest(number):
                path = urllib.parse.quote(number, safe="%+")
                self.assertEqual(self.server.request("GET", f"/api/v1/jobs/{path}").status, 404)
                self.assertEqual(self.server.request("GET", f"/api/v1/jobs?limit={path}").status, 400)
        for query in ("%", "%g0", "limit=%", "a=%ff%", "limit=5&limit=%zz"):
            raw = self.exchange(f"GET /api/v1/jobs?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            self.problem(parsed(raw), 400, "malformed_request")


class Ranges(HostileCase):
    def fetch(self, value: str, path: str = "") -> Reply:
        path = path or f"/api/v1/jobs/{self.secret['id']}/file"
        return self.server.request("GET", path, headers={"Range": value})

    def test_ranges_that_are_none_or_many_get_the_file_once_and_not_a_byte_more(self) -> None:
        whole = self.fetch("").body
        self.assertIn(SECRET, whole)
        size = len(whole)
        for value in ("bytes=" + ",".join(["0-"] * 500), "bytes=" + ",".join(f"{n}-{n}" for n in range(1000)),
                      "bytes=5-2", "bytes=-", "bytes=--5", "bytes=a-b", "bytes=0-0,-1", "bytes=18446744073709551616-",
                      "bytes=0-18446744073709551616", "lines=0-5", "bytes=0x0-0x5", "bytes 0-5", "bytes=+1-5", ","):
            with self.subTest(value=value[:30]):
                reply = self.fetch(value)
                self.assertEqual((reply.status, len(reply.body)), (200, size), value)
        for value in (f"bytes={size}-", "bytes=18446744073709551615-", "bytes=9223372036854775807-9223372036854775807",
                      "bytes=-0"):
            with self.subTest(value):
                reply = self.fetch(value)
                self.problem(reply, 416, "range_not_satisfiable")
                self.assertEqual(reply.headers["content-range"], f"bytes */{size}")
        for value, wanted in (("bytes=-18446744073709551615", whole), ("bytes=0-18446744073709551615", whole),
                              (f"bytes={size - 1}-9999999999999999999", whole[-1:]), ("bytes=0-0", whole[:1])):
            with self.subTest(value):
                reply = self.fetch(value)
                self.assertEqual((reply.status, reply.body), (206, wanted))

    def test_a_range_of_a_growing_file_has_no_byte_of_another(self) -> None:
        job = self.server.running(self.cable.near, filter="tcp")
        for value in ("bytes=0-18446744073709551615", "bytes=-9999999999", "bytes=1-", "bytes=999999999-"):
            reply = self.fetch(value, f"/api/v1/jobs/{job['id']}/file")
            self.assertIn(reply.status, (206, 416))
            self.assertNotIn(SECRET, reply.body)
        self.server.stopped_file(job)
        self.server.request("DELETE", f"/api/v1/jobs/{job['id']}")


class Paths(HostileCase):
    def test_no_path_leads_out_of_the_buckets(self) -> None:
        # what is there to be found, seen from a bucket's folder
        ups = ("..", "%2e%2e", ".%2e", "%2E.", "..%2f..", "..%5c..", "%252e%252e", "..%00", "....", "..;", "%c0%ae%c0%ae",
               "%e0%80%ae%e0%80%ae", ".")
        goals = ("jobs.db", "audit.log", "etc/passwd", "spool")
        places = ("/objects/xepacketcap", "/objects", f"/api/v1/jobs/{self.secret['id']}", "/api/v1/jobs", "/problems", "")
        for place in places:
            for up in ups:
                for depth in (1, 2, 8):
                    for goal in goals:
                        target = "/".join([place, *[up] * depth, goal])
                        raw = self.server.raw(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                        self.heard.append(raw)
                        self.assertIn(parsed(raw).status, (400, 404), target)
                        self.assertNotIn(b"SQLite format", raw)

    def test_names_of_objects_and_jobs_are_taken_as_they_are(self) -> None:
        key = self.secret["object"]["key"]
        self.assertIn(SECRET, self.server.request("GET", f"/objects/xepacketcap/{key}").body)
        for target in (f"/objects/xepacketcap//{key}", f"/objects/xepacketcap/./{key}", f"/objects//xepacketcap/{key}",
                       f"/objects/XEPACKETCAP/{key}", f"/objects/xepacketcap/{key}/", f"/objects/xepacketcap/{key}%00",
                       f"/objects/xepacketcap%2f{key}", f"/objects/xepacketcap/x%2f..%2f{key}", "/objects/xepacketcap/" + "a" * 5000,
                       "/objects/xepacketcap/" + "a/" * 2000, f"/objects/xepacketcap/{key}%0d%0aX:%20y",
                       f"/api/v1/jobs/{self.secret['id']}%2ffile", f"/api/v1/jobs/{self.secret['id'].upper()}x/file"):
            with self.subTest(target[:60]):
                raw = self.server.raw(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                self.heard.append(raw)
                self.problem(parsed(raw), 404, "not_found")
                self.assertNotIn(b"\r\nX: y", raw)


class HowMuch(unittest.TestCase):
    server: Server

    def ask(self, path: str, source: str = "127.0.0.1", token: str = "", body: Any = None) -> Reply:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection = http.client.HTTPConnection(*self.server.address, timeout=PATIENCE, source_address=(source, 0))
        try:
            connection.request("POST" if body else "GET", path, body, headers | {"Content-Type": "application/json"})
            reply = connection.getresponse()
            return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def test_a_token_and_an_address_without_one_have_a_rate_and_are_told_when_to_come_again(self) -> None:
        ip("address", "add", f"{FRIEND}/32", "dev", "lo")
        self.server = self.enterContext(Server(server_keys='request_rate = 5\ninsecure = true\nrequire_token = false',
                                               listen="0.0.0.0:0"))
        self.server.address = ("127.0.0.1", self.server.address[1])
        tokens = []
        for name in ("one", "other"):
            made = self.ask("/api/v1/tokens", body=json.dumps({"name": name, "scopes": ["jobs:read"]}))
            self.assertEqual(made.status, 201, made)
            tokens.append(made.json["token"])
        one, other = tokens

        def until_refused(**who: str) -> tuple[int, Reply]:
            for n in range(200):
                if (reply := self.ask("/api/v1/jobs", **who)).status != 200:
                    return n, reply
            raise AssertionError("never refused")

        for who in ({"token": one}, {"source": FRIEND}):
            count, reply = until_refused(**who)
            self.assertTrue(50 <= count <= 80, count)
            self.assertEqual((reply.status, reply.json["type"], reply.headers["retry-after"]), (429, "/problems/too_many", "1"))
            self.assertIn("server.request_rate", reply.json["detail"])
        self.assertEqual(self.ask("/api/v1/jobs", token=other).status, 200, "another token of the same address")
        self.assertEqual(self.ask("/api/v1/jobs", source=FRIEND, token=other).status, 200)
        for _ in range(100):
            self.assertEqual(self.ask("/api/v1/jobs").status, 200, "this host's own user")
        time.sleep(1.1)  # as Retry-After said
        self.assertEqual(self.ask("/api/v1/jobs", token=one).status, 200)

    def test_one_job_more_than_may_wait_is_told_when_to_come_again(self) -> None:
        self.server = self.enterContext(Server("[jobs]\nmax_running = 1\nmax_queued = 1\n"))
        first = self.server.running("lo")
        self.server.create("lo")
        for path, body in (("/api/v1/jobs", {"interface": "lo"}),
                           ("/pcap_json", {"iface": "lo", "proto": "udp", "src": "any", "dst": "any", "bucket": "xepacketcap",
                                           "duration": 1})):
            reply = self.server.request("POST", path, body)
            self.assertEqual((reply.status, reply.json["error"]["code"], reply.headers["retry-after"]),
                             (429, "too_many", "10"), reply)
        self.server.stop(first)

    def test_many_jobs_at_once_that_say_all_that_they_may_are_all_stored(self) -> None:
        self.server = self.enterContext(Server("[jobs]\nmax_running = 1\n"))
        running = self.server.running("lo")
        large = {"interface": "lo", "filter": "udp port 53", "comment": "why " * 250, "by": "b" * 250}
        with ThreadPoolExecutor(32) as pool:
            replies = list(pool.map(lambda _: self.server.request("POST", "/api/v1/jobs", large), range(300)))
        self.assertEqual({reply.status for reply in replies}, {201}, replies[0])
        self.assertEqual(len({reply.json["id"] for reply in replies}), 300)
        self.server.stop(running)


if __name__ == "__main__":
    support.main()
