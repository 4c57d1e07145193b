"""What the server tells Prometheus, judged by Prometheus's own tool, and compared with what was done."""

import re
import subprocess
import unittest

import support
from support import frames
from support.net import Cable
from support.server import Server

LINE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="([^"]*)"')

Metrics = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(server: Server) -> str:
    reply = server.request("GET", "/metrics")
    assert reply.status == 200, reply
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8", reply.headers
    return reply.body.decode()


def parsed(text: str) -> Metrics:
    metrics = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        found = LINE.match(line)
        assert found, line
        metrics[found[1], frozenset(LABEL.findall(found[2] or ""))] = float(found[3])
    return metrics


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics[f"xepacketcap_{name}", frozenset(labels.items())]


class MetricsTest(unittest.TestCase):
    def test_promtool_finds_nothing_to_say(self) -> None:
        with Server() as server:
            cable = Cable()
            job = server.running(cable.near, packets=3)
            cable.send(frames.udp(n) for n in range(3))
            server.ended(job)
            check = subprocess.run(["promtool", "check", "metrics"], input=scrape(server), capture_output=True,
                                   text=True, timeout=30)
            self.assertEqual((check.returncode, check.stdout, check.stderr), (0, "", ""))

    def test_packets_and_jobs_are_those_of_the_job_records(self) -> None:
        with Server() as server:
            cable = Cable()
            running = server.running(cable.near)
            ended = server.running(cable.near, packets=10)
            cable.send(frames.udp(n) for n in range(40))
            last = [server.ended(ended)]
            before = parsed(scrape(server))
            self.assertEqual(value(before, "jobs", state="running", delivery="none"), 1)
            self.assertEqual(value(before, "jobs", state="stopped", delivery="delivered"), 1)
            server.stop(running)
            last.append(server.ended(running))
            metrics = parsed(scrape(server))
            where = {"device": "local", "interface": cable.near}
            for name in ("received", "captured", "filtered"):
                self.assertEqual(value(metrics, f"packets_{name}_total", **where),
                                 sum(job["counters"][name] for job in last), name)
            for reason in ("ring", "queue", "disk"):
                self.assertEqual(value(metrics, "packets_dropped_total", **where, reason=reason),
                                 sum(job["counters"]["dropped"][reason] for job in last), reason)
            self.assertEqual(value(metrics, "packets_captured_total", **where), 50)
            self.assertEqual(value(metrics, "captured_bytes_total", **where),
                             sum(job["counters"]["bytes"] for job in last))
            self.assertEqual(value(metrics, "jobs_submitted_total"), 2)
            self.assertEqual(value(metrics, "deliveries_total", store="embedded"), 2)
            self.assertEqual(value(metrics, "upload_bytes_total", store="embedded"),
                             sum(job["object"]["bytes"] for job in last))
            self.assertEqual(value(metrics, "jobs", state="stopped", delivery="delivered"), 2)
            self.assertEqual(value(metrics, "stop_to_object_seconds_count"), 2)

    def test_requests_are_counted_by_route_and_status(self) -> None:
        with Server() as server:
            for _ in range(3):
                server.get("/api/v1/jobs/123456", expect=404)
            server.get("/api/v1/jobs")
            server.request("GET", "/nothing/here")
            server.raw(b"no HTTP\r\n\r\n")
            metrics = parsed(scrape(server))
            one = {"method": "GET", "route": "/api/v1/jobs/{id}"}
            self.assertEqual(value(metrics, "http_requests_total", **one, status="404"), 3)
            self.assertEqual(value(metrics, "http_request_seconds_count", **one), 3)
            self.assertEqual(
                value(metrics, "http_requests_total", method="GET", route="/api/v1/jobs", status="200"), 1)
            self.assertEqual(value(metrics, "http_requests_total", method="other", route="none", status="404"), 1)
            self.assertEqual(value(metrics, "http_requests_total", method="other", route="none", status="400"), 1)

    def test_the_spool_and_the_process_are_told(self) -> None:
        with Server("[delivery]\nspool_size = \"64 MiB\"") as server:
            cable = Cable()
            self.assertEqual(value(parsed(scrape(server)), "spool_bytes"), 0)
            job = server.running(cable.near)
            metrics = parsed(scrape(server))
            self.assertGreater(value(metrics, "spool_bytes"), 0)
            self.assertEqual(value(metrics, "spool_limit_bytes"), 64 << 20)
            self.assertGreater(value(metrics, "spool_free_bytes"), 0)
            assert server.process
            with open(f"/proc/{server.process.pid}/status") as status:
                resident = int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) * 1024
            told = metrics["process_resident_memory_bytes", frozenset()]
            self.assertLess(abs(told - resident), resident / 2)
            server.stop(job)
            server.ended(job)


if __name__ == "__main__":
    support.main()
