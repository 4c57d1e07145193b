"""Nothing that a request says reaches a device unchecked: what carries the syntax of a command line is refused before a
word is said to the device, in every member of both APIs; what is free text stays with us."""

import unittest
from contextlib import ExitStack
from typing import Any

import support
from support.device_scene import WAYS, Scene
from support.server import wait_until

HOSTILE = ["any | redirect flash:x", "Gi1 | append flash:x", "Gi1\nreload", "Gi1\r\nreload", "Gi1\rreload", "10.0.0.1\nreload",
           "Gi1;reload", "Gi1 ; reload", "10.0.0.1 ; do reload", "do reload", "!", "?", "Gi1?", "10.0.0.1?", "Gi1 ", " Gi1", "Gi1\t",
           "Gi1 in", "GigabitEthernet1 both start", "GigabitEthernet1 buffer size 100", "host 10.0.0.1", "10.0.0.1 any",
           "10.0.0.0 0.255.255.255", "any log", "ip any any", "Gi1\x03", "Gi1\x1a", "\x1e", "Gi1\x00", "\x1b[A", "\x7f", "\x16?",
           "Gi\u0661", "\uff27i1", "Gi1\u2028reload", "\u00e9", "\u202eGi1", "Gi1" * 100, "G" * 10_000, "10.0.0.1" * 40, "Gi1//0",
           "../flash:x", "-1", "%s%n", "$(reload)", "`reload`", "'", '"', "\\", ""]

TEXT = ["interface", "device", "proto", "src", "dst", "direction", "format", "compression"]
OTHERS = ["src_port", "dst_port", "snaplen", "buffer", "pps", "packets", "bytes", "duration", "circular", "bidirectional"]
# No command is made of these; each has rules of its own, and what they let pass is only seen to stay with us.
FREE = ["filter", "bucket", "key", "by", "comment"]
LEGACY = ["iface", "proto", "src", "dst", "duration", "bidirectional"]


class Input(unittest.TestCase):
    scene: Scene
    usual: set[str]  # what is said to a device for which there is no job

    @classmethod
    def setUpClass(cls) -> None:
        cls.scene = Scene(cls.enterClassContext(ExitStack()), WAYS[-1])
        wait_until("its sweep", lambda: {"show monitor capture", "show access-lists", "dir flash:"} <= set(cls.scene.device.said()))
        cls.usual = set(cls.scene.device.said())

    def tearDown(self) -> None:
        self.assertEqual(set(self.scene.device.said()) - self.usual, set())
        self.assertEqual(self.scene.server.jobs(), [])

    def body(self, **changed: Any) -> dict[str, Any]:
        return {"interface": "GigabitEthernet1", "device": self.scene.name, "proto": "udp", "duration": 1} | changed

    def legacy_body(self, **changed: Any) -> dict[str, Any]:
        return {"iface": "GigabitEthernet1", "proto": "udp", "src": "any", "dst": "any", "bucket": "captures",
                "duration": 1} | changed

    def check_refused(self, path: str, body: dict[str, Any], field: str) -> None:
        reply = self.scene.server.request("POST", path, body)
        self.assertEqual(reply.status, 400, (body, reply.body))
        if path != "/pcap_json":
            self.assertIn(field, reply.body.decode())

    def test_in_every_member_of_the_new_api(self) -> None:
        for member in TEXT + OTHERS:
            for text in HOSTILE:
                with self.subTest(member=member, text=text):
                    self.check_refused("/api/v1/jobs", self.body(**{member: text}), member)
        for text in HOSTILE:
            with self.subTest(interfaces=text):
                self.check_refused("/api/v1/jobs", {k: v for k, v in self.body(interfaces=[text]).items()
                                                    if k != "interface"}, "interface")
                self.check_refused("/api/v1/jobs", self.body(segment={"bytes": text}), "segment")
                self.check_refused("/api/v1/jobs", self.body(segment={"duration": text}), "segment")

    def test_in_every_member_of_the_original_api(self) -> None:
        for member in LEGACY:
            for text in HOSTILE:
                with self.subTest(member=member, text=text):
                    self.check_refused("/pcap_json", self.legacy_body(**{member: text}), member)

    def test_what_is_no_text_at_all(self) -> None:
        for member in TEXT + FREE:
            for value in (1, True, {"a": "Gi1"}, ["Gi1"], 1e300):
                with self.subTest(member=member, value=value):
                    self.check_refused("/api/v1/jobs", self.body(**{member: value}), member)


class FreeText(unittest.TestCase):
    def test_it_stays_with_us(self) -> None:
        scene = Scene(self.enterContext(ExitStack()), WAYS[-1])
        hostile = 'any | redirect flash:x ; do reload ? ! "'
        job = scene.ask(by=hostile, comment=hostile, key="reload/{by}", bucket="reload-flash")
        self.assertEqual(scene.server.ended(job)["delivery"], "delivered")
        scene.device.wait_until_clean()
        self.assertGreater(len(scene.device.said()), 10)
        self.assertEqual([line for line in scene.device.said() if "reload" in line or "redirect" in line], [])


if __name__ == "__main__":
    support.main()
