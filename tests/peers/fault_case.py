"""What a test of the S3 sink against our own, faulty store does: deliver, and look at what came of it."""

import hashlib
import unittest
from pathlib import Path

from .fault_server import FaultServer
from .fault_store import BUCKET
from .s3_probe import PART, content, probe, until

SMALL = content(300_000)
THREE_PARTS = content(2 * PART + 123)


class Case(unittest.TestCase):
    def deliver(self, server: FaultServer, data: bytes, **settings) -> dict:
        """Everything at once; the reply has the log of closing too."""
        with probe(server.variables, BUCKET, **settings) as upload:
            upload.grow(data)
            reply = upload.finish()
            reply |= upload.close() if "receipt" in reply else upload.discard()
            reply["note_left"] = upload.note.exists()
            return reply

    def begun(self, server: FaultServer, spool: Path) -> Path:
        """Two parts are sent, and the process is killed. Where the upload is noted."""
        with probe(server.variables, BUCKET, spool=spool) as upload:
            upload.grow(THREE_PARTS)
            until("two parts are sent", lambda: server.store.uploads and
                  len(next(iter(server.store.uploads.values())).parts) == 2)
            upload.kill()
            return upload.note

    def assert_delivered(self, server: FaultServer, reply: dict, data: bytes) -> None:
        self.assertIn("receipt", reply)
        stored = server.store.objects["1.pcap"]
        self.assertEqual(stored.body, data)
        self.assertEqual(stored.content_type, "application/vnd.tcpdump.pcap")
        self.assertEqual(
            reply["receipt"],
            {"bucket": BUCKET, "key": "1.pcap", "bytes": len(data), "etag": stored.etag,
             "sha256": hashlib.sha256(data).hexdigest()}
        )
        self.assertEqual(server.store.uploads, {})
        self.assertFalse(reply["note_left"])

    def assert_failed(self, server: FaultServer, reply: dict, code: str, *words: str) -> None:
        self.assertNotIn("receipt", reply)
        self.assertEqual(reply["error"]["code"], code)
        for word in (server.endpoint, BUCKET + "/1.pcap", *words):
            self.assertIn(word, reply["error"]["message"])
        self.assertNotIn("secret", reply["error"]["message"] + reply["log"])
        self.assertEqual(server.store.uploads, {}, "an upload was left open")
        self.assertFalse(reply["note_left"])
