"""No text from a request reaches a log line unescaped, and no secret reaches the log at all."""

import json
import re
import unittest
from urllib.parse import quote

import support
from support import frames
from support.net import Cable
from support.server import Server

LINE = re.compile(
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z (debug|info|warning|error) +[a-z0-9_]+(\.[a-z0-9_]+)+"
    r'( [a-z0-9_]+=("(\\.|[^"\\])*"|[^\s"\\]+))*$')

SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"

NASTY = ["\n2026-01-01T00:00:00.000000Z error   forged.event", "\r\nforged", "\x1b[31mred", "\x00zero",
         '" forged="yes', "\\", "\u202eforged", "\u2028forged", "forged=yes", "%n%s%x", "{}{0}", "é", "\x7f"]


class Log(unittest.TestCase):
    def log_of_a_bad_day(self, keys: str = "") -> str:
        server = self.enterContext(Server(f'[log]\nlevel = "debug"\n{keys}', {
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": SECRET + "-session", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}))
        for text in NASTY:
            good = {"iface": "lo", "proto": "udp", "src": "any", "dst": "any", "bucket": "file:xepacketcap",
                    "duration": 1}
            for name in good:
                server.request("POST", "/pcap_json", good | {name: text})
                server.request("POST", "/pcap_json", good | {text: text})
            server.request("POST", "/status_json", {"job_id": text})
            for path in ("/" + quote(text), "/api/v1/jobs/" + quote(text), "/objects/a/" + quote(text),
                         "/api/v1/jobs?state=" + quote(text)):
                server.request("GET", path)
            header = text.encode().replace(b"\n", b" ").replace(b"\r", b" ")
            server.raw(b"GET /healthz HTTP/1.1\r\nHost: " + header + b"\r\nX: " + header + b"\r\n\r\n")
            server.raw(b"G" + text.encode() + b" / HTTP/1.1\r\n\r\n")
        server.terminate()
        return server.log()

    def test_every_line_is_an_event_whatever_is_asked(self) -> None:
        log = self.log_of_a_bad_day()
        self.assertEqual([line for line in log.split("\n")[:-1] if not LINE.match(line)], [])
        self.assertEqual([c for c in log if not (c == "\n" or " " <= c <= "~")], [], "raw characters")
        self.assertNotIn(SECRET, log)

    def test_every_line_of_json_is_an_event_with_typed_values(self) -> None:
        log = self.log_of_a_bad_day('format = "json"\n')
        self.assertEqual([c for c in log if not (c == "\n" or " " <= c <= "~")], [], "raw characters")
        self.assertNotIn(SECRET, log)
        events = [json.loads(line) for line in log.split("\n")[:-1]]
        for event in events:
            self.assertEqual(list(event)[:3], ["time", "level", "event"])
            self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
            self.assertIn(event["level"], ("debug", "info", "warning", "error"))
            self.assertRegex(event["event"], r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")
        of = {event["event"]: event for event in events}
        self.assertIs(type(of["server.confined"]["uid"]), int)
        self.assertIs(type(of["server.listening"]["address"]), str)
        self.assertNotIn("forged.event", of)

    def test_packets_and_secrets_stay_out_of_the_log(self) -> None:
        server = self.enterContext(Server('[log]\nlevel = "debug"\n'))
        cable = Cable()
        job = server.running(cable.near)
        payload = b"packet-bytes-that-are-nobody-elses"
        cable.send([frames.ethernet(frames.ip_packet("10.0.0.1", "10.0.0.2", 253, payload))])
        self.assertIn(payload, server.stopped_file(job).read_bytes())
        server.terminate()
        self.assertNotIn(payload.decode(), server.log())
        self.assertNotIn(payload.hex(), server.log())


if __name__ == "__main__":
    support.main()
