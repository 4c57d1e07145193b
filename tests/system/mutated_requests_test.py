"""Requests of all routes, changed at random, by several clients at once: the server answers all the while, does not
end, leaks no descriptor, and the sanitizers have nothing to say. XEPACKETCAP_TEST_SECONDS: how long;
XEPACKETCAP_TEST_SEED: what a failure printed, to see it again."""

import json
import os
import random
import re
import secrets
import socket
import threading
import time
import unittest
from collections import Counter

import support
from support.hostile import descriptors
from support.net import Cable
from support.server import PATIENCE, Server, wait_until

SECONDS = float(os.environ.get("XEPACKETCAP_TEST_SECONDS", "15"))
SEED = os.environ.get("XEPACKETCAP_TEST_SEED") or secrets.token_hex(4)
CLIENTS = 6

WORDS = [b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b"/", b"..", b"%2e%2e", b"%00", b"%", b"?", b"&", b"=", b"{", b"}", b"[",
         b"]", b'"', b",", b"-1", b"0", b"18446744073709551616", b"1e999", b"null", b"true", b"\xff", b"\xc3\x28", b"\\u0000",
         b"\\ud800", b"chunked", b"identity", b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n", b"HTTP/1.0", b"HTTP/1.1",
         b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"Range: bytes=0-,-1\r\n", b"Host: evil.example\r\n", b"Upgrade: h2c\r\n",
         b"Authorization: Bearer xpc_0_0\r\n", b"Last-Event-ID: 99999999999999999999\r\n", b"Idempotency-Key: \"x\"\r\n",
         b"udp port 53", b"((((((((", b"10m", b"10 MiB", b"any", b"lo", b"{timestamp}", b"{job", b"../"]


def request(method: str, target: str, body: object = None, *more: str) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *more]
    sent = b"" if body is None else json.dumps(body).encode()
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(sent)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + sent


def chunked(method: str, target: str, body: object) -> bytes:
    sent = json.dumps(body).encode()
    half = len(sent) // 2
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (sent[:half], sent[half:]))
    return request(method, target, None, "Content-Type: application/json", "Transfer-Encoding: chunked") + pieces + b"0\r\n\r\n"


def requests_of_all_routes(job: str, token: str) -> list[bytes]:
    capture = {"interface": "lo", "proto": "udp", "src": "10.0.0.0/8", "dst": "any", "dst_port": 53, "filter": "port 53",
               "direction": "in", "snaplen": 96, "duration": 1, "packets": 5, "bytes": "1 MiB", "format": "pcapng", "by": "me",
               "segment": {"bytes": "64 KiB", "duration": 1, "keep": 2}, "key": "{date}/{job}", "compression": "zstd"}
    limits = {"interfaces": ["lo"], "duration": 60, "bytes": 1000, "filter": "udp"}
    made = [request("POST", "/api/v1/jobs", capture), chunked("POST", "/api/v1/jobs", {"interface": "lo", "duration": 1}),
            request("POST", "/api/v1/jobs?dry_run=true", capture), request("POST", "/api/v1/jobs", {"interfaces": ["lo", "near0"]},
                                                                           "Idempotency-Key: \"one\""),
            request("GET", "/api/v1/jobs?state=stopped&delivery=delivered&device=local&interface=lo&by=me&limit=5"),
            request("GET", "/api/v1/jobs?created_after=2026-01-01T00:00:00Z&created_before=2030-01-01T00:00:00Z"),
            request("GET", "/api/v1/events", None, "Last-Event-ID: 1795421730131002"),
            request("POST", "/api/v1/tokens", {"name": "bot", "scopes": ["jobs:read"], "expires_in": "90d", "limits": limits}),
            request("GET", "/api/v1/tokens"), request("DELETE", "/api/v1/tokens/0123456789ab"),
            request("GET", "/api/v1/tokens/0123456789ab"), request("GET", "/api/v1/jobs", None, f"Authorization: Bearer {token}"),
            request("POST", "/pcap_json", {"iface": "lo", "proto": "ip", "src": "any", "dst": "any", "bucket": "captures",
                                           "duration": "1", "bidirectional": True}),
            request("POST", "/status_json", {"job_id": 905928}), request("GET", "/metrics"), request("GET", "/docs"),
            request("GET", "/openapi.json", None, "If-None-Match: *"), request("GET", "/problems/not_found"),
            request("HEAD", "/healthz"), request("GET", "/readyz", None, "Connection: keep-alive"),
            request("GET", "/objects/xepacketcap/1.pcapng", None, "Range: bytes=5-10, 7-")]
    for what in ("", "/file", "/stream", "/events", "/transcript"):
        made.append(request("GET", f"/api/v1/jobs/{job}{what}", None, "Range: bytes=10-20", "If-Range: \"x\""))
    made += [request("POST", f"/api/v1/jobs/{job}/stop"), request("PATCH", f"/api/v1/jobs/{job}", {"duration": "5 s"}),
             request("DELETE", "/api/v1/jobs/123456")]
    return made


def mutated(chance: random.Random, seeds: list[bytes]) -> bytes:
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(data) + 1)
        length = chance.choice((1, 1, 2, 4, 16, 100))
        match chance.randrange(9):
            case 0:
                data[at:at + length] = b""
            case 1:
                data[at:at] = chance.choice(WORDS)
            case 2:
                data[at:at + length] = chance.choice(WORDS)
            case 3:
                data[at:at + length] = chance.randbytes(length)
            case 4:
                data[at:at] = data[at:at + length] * chance.choice((1, 2, 50))
            case 5:
                data[at:] = chance.choice(seeds)[at:]
            case 6:  # another number in place of one
                numbers = list(re.finditer(rb"\d+", data))
                if numbers:
                    found = chance.choice(numbers)
                    data[found.start():found.end()] = str(chance.choice((0, 1, 2**31, 2**63, 2**64, chance.getrandbits(80)))).encode()
            case 7:  # a line twice, or elsewhere
                lines = bytes(data).split(b"\r\n")
                lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
                data = bytearray(b"\r\n".join(lines))
            case 8:
                data[at:at] = chance.choice((b"a", b"[", b"\r\n", b"{\"a\":", b"%41", b"0")) * chance.choice((100, 5000, 30_000))
        data = data[:200_000]
    return refitted(bytes(data)) if chance.random() < 0.5 else bytes(data)


def refitted(data: bytes) -> bytes:
    """With the length that the body has by now: what is wrong in it is looked at only then."""
    head, end, body = data.partition(b"\r\n\r\n")
    return re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(body), head, count=1) + end + body


class MutatedRequests(unittest.TestCase):
    def client(self, number: int, end: float) -> None:
        chance = random.Random(f"{SEED}-{number}")
        while time.monotonic() < end and not self.faults:
            data = b"".join(mutated(chance, self.seeds) for _ in range(chance.choice((1, 1, 1, 2, 5))))
            try:
                heard = self.exchange(chance, data)
            except OSError:
                self.counts["broken"] += 1
                continue
            self.counts["connections"] += 1
            for status in re.findall(rb"(?:^|\n)HTTP/1\.[01] (\d{3}) ", heard):
                self.counts[status.decode()] += 1
            if heard and not re.match(rb"HTTP/1\.[01] \d{3} ", heard):
                self.faults.append((data, heard))
            if b'"code":"internal"' in heard:
                self.faults.append((data, heard))

    def exchange(self, chance: random.Random, data: bytes) -> bytes:
        heard = b""
        with socket.create_connection(self.server.address, timeout=PATIENCE) as connection:
            pieces = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice((0, 0, 1, 3))))
            for begin, end in zip([0, *pieces], [*pieces, len(data)]):
                connection.sendall(data[begin:end])
            ending = chance.randrange(4)
            if ending == 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return heard  # a reset
            if ending > 1:
                connection.shutdown(socket.SHUT_WR)
            connection.settimeout(0.2)
            try:
                while len(heard) < 1_000_000 and (piece := connection.recv(65536)):
                    heard += piece
            except TimeoutError:
                pass
        return heard

    def test_nothing_that_clients_can_send_harms_the_server(self) -> None:
        print(f"seed {SEED}, {SECONDS:.0f} s", flush=True)
        self.server = self.enterContext(Server('[jobs]\nmax_running = 2\nmax_queued = 5\nmax_duration = "2 s"\n',
                                               server_keys='request_timeout = "3 s"'))
        Cable("near0")
        job = self.server.create("lo", duration=1)
        self.server.ended(job)
        token = self.server.request("POST", "/api/v1/tokens", {"name": "bot", "scopes": ["admin"]}).json["token"]
        before = descriptors(self.server)
        self.seeds = requests_of_all_routes(job["id"], token)
        self.counts: Counter[str] = Counter()
        self.faults: list[tuple[bytes, bytes]] = []
        end = time.monotonic() + SECONDS
        clients = [threading.Thread(target=self.client, args=(n, end)) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        slowest = 0.0
        while time.monotonic() < end and not self.faults:
            began = time.monotonic()
            self.assertEqual(self.server.get("/healthz"), {"status": "ok"})
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(max(0.0, 1 - (time.monotonic() - began)))
        for client in clients:
            client.join(PATIENCE * 2)
        print(f"{dict(sorted(self.counts.items()))}; the slowest answer to a good request: {slowest:.2f} s", flush=True)
        self.assertEqual(self.faults, [], f"seed {SEED}")
        self.assertGreater(self.counts["connections"], SECONDS)
        self.assertLess(slowest, 10)
        wait_until("the end of all jobs", lambda: all(j["delivery"] in ("delivered", "failed") for j in self.server.jobs()), 60)
        wait_until("its descriptors back", lambda: descriptors(self.server) <= before)


if __name__ == "__main__":
    support.main()
