"""Clients that send HTTP to harm: slowly, by halves, without end, or so that two programs understand two things."""

import re
import socket
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import support
from support.hostile import REQUEST_SECONDS, HostileCase, parsed
from support.server import Server, wait_until

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


class Slow(HostileCase):
    def drip(self, at_once: bytes, drops: bytes) -> tuple[bytes, float]:
        """A byte each tenth of a second, until there is an answer; and after how many seconds that came."""
        connection = self.connect()
        began = time.monotonic()
        connection.sendall(at_once)
        connection.settimeout(0.1)
        for n in range(10 * REQUEST_SECONDS + 50):
            try:
                connection.sendall(drops[n % len(drops):][:1])
                first = connection.recv(65536)
            except TimeoutError:
                continue
            except ConnectionError:
                first = b""
            took = time.monotonic() - began
            connection.settimeout(10)
            return first + self.hear(connection), took
        self.fail("it was let go on")

    def check(self, at_once: bytes, drops: bytes) -> None:
        raw, took = self.drip(at_once, drops)
        self.refused(raw, 408, "timeout")
        self.assertTrue(REQUEST_SECONDS - 0.5 < took < REQUEST_SECONDS + 4, took)

    def test_headers_a_byte_at_a_time_end_with_408(self) -> None:
        self.check(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n", b"X-Slow: loris\r\n")

    def test_a_request_line_a_byte_at_a_time_ends_with_408(self) -> None:
        self.check(b"", b"GET /healthz?" + b"a" * 100)

    def test_a_body_a_byte_at_a_time_ends_with_408(self) -> None:
        self.check(POST + b"Content-Length: 5000\r\n\r\n", b" ")

    def test_chunks_of_a_byte_at_a_time_end_with_408(self) -> None:
        self.check(POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")

    def test_a_body_that_was_asked_for_and_does_not_come_ends_with_408(self) -> None:
        raw = self.exchange(POST + b"Expect: 100-continue\r\nContent-Length: 50\r\n\r\n")
        go_on = b"HTTP/1.1 100 Continue\r\n\r\n"
        self.assertTrue(raw.startswith(go_on), raw)
        self.refused(raw.removeprefix(go_on), 408, "timeout")

    def test_silence_is_disconnected_without_a_word_at_first_and_between_two_requests(self) -> None:
        for sent, answers in ((b"", 0), (GET, 1)):
            began = time.monotonic()
            raw = self.exchange(sent)
            self.assertEqual(raw.count(b"HTTP/1.1 "), answers)
            took = time.monotonic() - began
            self.assertTrue(REQUEST_SECONDS - 0.5 < took < REQUEST_SECONDS + 4, took)

    def test_a_slow_client_delays_nobody(self) -> None:
        slow = [self.connect() for _ in range(40)]
        for connection in slow:
            connection.sendall(b"GET / HTTP/1.1\r\nHo")
        began = time.monotonic()
        for _ in range(20):
            self.server.get("/healthz")
        self.assertLess(time.monotonic() - began, 2)
        for connection in slow:
            self.hear(connection)

    def test_one_that_does_not_read_its_replies_is_not_answered_for_ever(self) -> None:
        connection = self.connect()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(1)
        sent = 0
        try:
            while sent < 100_000_000:
                sent += connection.send(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
        except (TimeoutError, ConnectionError):
            pass
        self.assertLess(sent, 100_000_000, "all of it was taken in")
        connection.close()


class Halves(HostileCase):
    def test_a_client_that_has_no_more_to_send_is_answered(self) -> None:
        for request in (GET, POST + b"Content-Length: 2\r\n\r\n{}"):
            raw = self.exchange(request, half_close=True)
            self.assertIn(parsed(raw).status, (200, 400))

    def test_a_request_that_breaks_off_gets_400(self) -> None:
        for request in (b"G", GET[:-2], POST + b"Content-Length: 50\r\n\r\n{",
                        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"):
            with self.subTest(request=request):
                self.refused(self.exchange(request, half_close=True), 400, "malformed_request")

    def test_clients_that_vanish_at_any_byte_leave_nothing_behind(self) -> None:
        whole = GET + POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        for n in range(len(whole)):
            connection = self.connect()
            connection.sendall(whole[:n])
            # a reset where n is odd
            if n % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()

    def test_followers_that_close_their_half_or_vanish_leave_nothing_behind(self) -> None:
        for path in ("/api/v1/events", f"/api/v1/jobs/{self.secret['id']}/file"):
            for reset in (False, True):
                connection = self.connect()
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                connection.recv(10)
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                else:
                    connection.shutdown(socket.SHUT_WR)
                connection.close()

    def test_requests_that_come_at_once_are_answered_in_their_order_up_to_the_first_that_is_none(self) -> None:
        count = 200
        paths = [f"/nothing/{n}" for n in range(count)]
        sent = b"".join(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths)
        raw = self.exchange(sent + b"no HTTP\r\n\r\n" + GET)
        self.assertEqual(raw.count(b"HTTP/1.1 404 "), count)
        places = [raw.index(f'"path \\"{path}\\"'.encode()) for path in paths]
        self.assertEqual(places, sorted(places))
        self.refused(raw[raw.rindex(b"HTTP/1.1 "):], 400, "malformed_request")


class Sizes(HostileCase):
    def test_a_hundred_thousand_bytes_of_header_get_431(self) -> None:
        for header in (b"X: " + b"a" * 100_000, b"\r\n".join(b"X%d: y" % n for n in range(12_000))):
            raw = self.exchange(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + header + b"\r\n\r\n")
            self.refused(raw, 431, "malformed_request")

    def test_a_target_that_is_too_long_gets_414(self) -> None:
        raw = self.exchange(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.refused(raw, 414, "malformed_request")

    def test_a_long_target_and_a_long_method_within_the_header_are_looked_for(self) -> None:
        raw = self.exchange(b"GET /" + b"a/" * 4000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.problem(parsed(raw), 404, "not_found")
        raw = self.exchange(b"G" * 8000 + b" /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.problem(parsed(raw), 405, "method_not_allowed")

    def endless(self, head: bytes, piece: bytes) -> bytes:
        connection = self.connect()
        connection.sendall(head)
        sent = 0
        try:
            while sent < 200_000_000:
                sent += connection.send(piece)
        except ConnectionError:
            pass  # it hung up, after its answer
        self.assertLess(sent, 200_000_000, "all of it was taken in")
        return self.hear(connection)

    def test_a_chunked_body_without_end_gets_413(self) -> None:
        head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
        for what, begun, piece in (("chunks", b"", b"1000\r\n" + b" " * 0x1000 + b"\r\n"),
                                   ("small chunks", b"", b"1\r\n \r\n" * 1000),
                                   ("a chunk", b"ffffffff\r\n", b" " * 4096),
                                   ("an extension", b"1;a=", b"b" * 4096),
                                   ("what follows the last chunk", b"0\r\n", b"A: b\r\n" * 1000),
                                   ("the digits of a length", b"", b"0" * 4096)):
            with self.subTest(what):
                heard = self.endless(head + begun, piece)
                # what was not read when the connection ended may have cost the client its answer
                if heard:
                    reply = parsed(heard)
                    self.assertIn(reply.status, (400, 413), reply)

    def test_a_chunked_body_that_is_too_large_is_told_so_while_it_comes(self) -> None:
        connection = self.connect()
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(17):
            connection.sendall(b"1000\r\n" + b" " * 0x1000 + b"\r\n")
        connection.shutdown(socket.SHUT_WR)
        self.refused(self.hear(connection), 413, "body_too_large")

    def test_lengths_beyond_all_numbers_are_refused_before_a_byte_comes(self) -> None:
        for length, status in ((b"65537", 413), (b"9223372036854775808", 413), (b"18446744073709551615", 413),
                               (b"18446744073709551616", 400), (b"9" * 100, 400), (b"-1", 400), (b"0x10", 400)):
            with self.subTest(length=length):
                raw = self.exchange(POST + b"Content-Length: " + length + b"\r\n\r\n")
                self.refused(raw, status, "body_too_large" if status == 413 else "malformed_request")
        for size in (b"10000000000000000", b"ffffffffffffffff", b"-1", b"g", b" 1", b"0x1"):
            with self.subTest(chunk=size):
                raw = self.exchange(POST + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\n\r\n")
                self.assertIn(parsed(raw).status, (400, 413))


class Smuggling(HostileCase):
    def test_what_may_be_understood_in_two_ways_is_refused_and_nothing_behind_it_is_done(self) -> None:
        inner = (b'POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
                 b'Content-Length: 36\r\n\r\n{"interface": "lo", "duration": 600}')
        chunked = b"Transfer-Encoding: chunked\r\n"
        length = b"Content-Length: %d\r\n" % len(inner)
        for what, head in (
                ("a length, then chunked", length + chunked), ("chunked, then a length", chunked + length),
                ("two lengths", b"Content-Length: 0\r\n" + length), ("lengths in a list", b"Content-Length: 0, 5\r\n"),
                ("a length with a sign", b"Content-Length: +0\r\n"), ("a length with a space", b"Content-Length: 0 0\r\n"),
                ("a coding like chunked", b"Transfer-Encoding: xchunked\r\n"),
                ("a coding in quotes", b'Transfer-Encoding: "chunked"\r\n'),
                ("a coding and chunked", b"Transfer-Encoding: identity, chunked\r\n"),
                ("chunked and a coding", b"Transfer-Encoding: chunked, identity\r\n"),
                ("a second coding", b"Transfer-Encoding: identity\r\n" + chunked),
                ("a second one behind it", chunked + b"Transfer-Encoding: identity\r\n"),
                ("a coding that is none", b"Transfer-Encoding: identity\r\n" + length),
                ("an empty coding", b"Transfer-Encoding:\r\n"),
                ("a vertical tab before chunked", b"Transfer-Encoding: \x0bchunked\r\n"),
                ("a zero byte behind chunked", b"Transfer-Encoding: chunked\x00\r\n"),
                ("a space before the colon", b"Transfer-Encoding : chunked\r\n"),
                ("a line ended by LF", b"X: y\n" + chunked), ("a line ended by CR", b"X: y\r" + chunked),
                ("LF in a value", b"X: y\nContent-Length: 5\r\n"), ("no colon", b"Transfer-Encoding chunked\r\n"),
                ("an underscore for a hyphen", b"Host: other\r\nContent_Length: 5\r\n"),
                ("a second host", b"Host: 127.0.0.1\r\n")):
            with self.subTest(what):
                raw = self.exchange(b"POST /status_json HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n" + inner, True)
                self.assertIn(parsed(raw).status, (400, 501), raw)
                self.assertEqual(raw.count(b"HTTP/1.1 "), 1, raw)
                self.refused(raw, parsed(raw).status, "malformed_request")

    def test_a_folded_line_is_one_line_and_what_it_seems_to_say_is_not_heard(self) -> None:
        folded = b"\r\n Transfer-Encoding: chunked\r\n\r\n"
        raw = self.exchange(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: y" + folded + GET, True)
        self.assertEqual([raw.count(b"HTTP/1.1 200 "), raw.count(b"HTTP/1.1 ")], [2, 2])
        raw = self.exchange(b"GET /healthz HTTP/1.1" + folded + GET, True)
        self.refused(raw, 400, "malformed_request")
        body = b'5\r\n{"a":\r\n3\r\n 1}\r\n0\r\n\r\n'
        raw = self.exchange(b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type:\r\n\tapplication/json\r\n"
                            b"Transfer-Encoding:\r\n chunked\r\n\r\n" + body + GET, True)
        self.assertEqual([raw.count(b"HTTP/1.1 400 "), raw.count(b"HTTP/1.1 200 "), raw.count(b"HTTP/1.1 ")], [1, 1, 2])

    def test_old_and_new_versions_have_no_chunks_and_no_say(self) -> None:
        for line, head in ((b"POST / HTTP/1.0", b"Transfer-Encoding: chunked\r\n"), (b"POST / HTTP/2.0", b""),
                           (b"POST / HTTP/0.9", b""), (b"POST / http/1.1", b""), (b"PRI * HTTP/2.0", b""),
                           (b"POST /  HTTP/1.1", b""), (b"POST\t/ HTTP/1.1", b""), (b"POST / HTTP/1.1 x", b"")):
            with self.subTest(line=line):
                raw = self.exchange(line + b"\r\nHost: localhost\r\n" + head + b"\r\n" + GET, True)
                self.refused(raw, 400, "malformed_request")
                self.assertEqual(len(re.findall(rb"HTTP/1\.[01] \d{3} ", raw)), 1, raw)

    def test_methods_that_nobody_has_asked_for_are_refused(self) -> None:
        for method in ("TRACE", "CONNECT", "OPTIONS", "PUT", "get", "X" * 100, "M-SEARCH", "PROPFIND"):
            with self.subTest(method):
                reply = self.server.request(method, "/api/v1/jobs")
                self.assertEqual(reply.status, 405, reply)
                self.assertEqual(reply.headers["allow"], "POST, GET, HEAD")

    def test_a_target_that_is_no_path_is_nothing(self) -> None:
        for target in ("*", "http://localhost/healthz", "//healthz", "/healthz#x", "/healthz/", "/./healthz", "\\healthz",
                       "/%68ealthz", "/healthz%00", "/healthz;a=b"):
            with self.subTest(target):
                raw = self.exchange(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                self.assertIn(parsed(raw).status, (400, 404), raw)


class Connections(unittest.TestCase):
    def test_one_too_many_gets_429_at_once_and_there_is_room_again_when_one_ends(self) -> None:
        with Server(server_keys="max_connections = 10") as server:
            held = [socket.create_connection(server.address) for _ in range(10)]
            held[0].sendall(GET)
            self.assertTrue(held[0].recv(4096).startswith(b"HTTP/1.1 200 "))

            def ask(_: int) -> tuple[int, str]:
                reply = server.request("GET", "/healthz")
                return reply.status, reply.headers.get("retry-after", "")

            time.sleep(1.5)
            began = time.monotonic()
            with ThreadPoolExecutor(20) as pool:
                self.assertEqual(set(pool.map(ask, range(300))), {(429, "5")})
            self.assertLess(time.monotonic() - began, 10)
            self.assertIn("server.full", server.log())
            held.pop().close()
            wait_until("room", lambda: ask(0)[0] == 200)
            held[0].sendall(GET)
            self.assertTrue(held[0].recv(4096).startswith(b"HTTP/1.1 200 "), "who was there is served as before")
            for connection in held:
                connection.close()

    def test_a_burst_of_connections_waits_and_none_is_refused(self) -> None:
        with Server(server_keys="max_connections = 10") as server:
            with ThreadPoolExecutor(60) as pool:
                replies = pool.map(lambda _: server.request("GET", "/healthz").status, range(600))
                self.assertEqual(set(replies), {200})


if __name__ == "__main__":
    support.main()
