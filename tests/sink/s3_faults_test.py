"""What the S3 sink does when the store misbehaves: our own server, a fault a time."""

import base64
import hashlib
import json
import tempfile
import unittest
import urllib.request
from pathlib import Path

import support
from peers.fault_server import BUCKET, FaultServer, StoredObject
from peers.s3_probe import PART, content, probe, until

PROMPT_MS = 300  # 100 are promised; the rest is for a busy machine, and sanitizers
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


class WithoutFaults(Case):
    def test_a_small_file_is_one_put(self) -> None:
        with FaultServer() as server:
            self.assert_delivered(server, self.deliver(server, SMALL), SMALL)
            self.assertEqual([one.operation for one in server.store.requests], ["PutObject", "HeadObject"])

    def test_an_empty_file_is_delivered(self) -> None:
        with FaultServer() as server:
            self.assert_delivered(server, self.deliver(server, b""), b"")

    def test_a_file_of_whole_parts_has_no_empty_last_one(self) -> None:
        data = content(2 * PART)
        with FaultServer() as server:
            self.assert_delivered(server, self.deliver(server, data), data)
            self.assertEqual(len(server.store.asked("UploadPart")), 2)

    def test_three_parts_are_under_way_at_a_time(self) -> None:
        with FaultServer("parts_wait_for_three") as server:
            data = content(5 * PART)
            self.assert_delivered(server, self.deliver(server, data), data)
            self.assertEqual(server.store.fault.most_at_once, 3)

    def test_parts_go_out_while_the_capture_runs(self) -> None:
        with FaultServer() as server, probe(server.variables, BUCKET) as upload:
            upload.grow(THREE_PARTS[: PART - 1])
            upload.grow(THREE_PARTS[PART - 1 : PART + 1])
            until("the first part is sent", lambda: len(server.store.asked("UploadPart")) == 1)
            self.assertTrue(upload.note.exists())
            upload.grow(THREE_PARTS[PART + 1 : 2 * PART])
            until("the second part is sent", lambda: len(server.store.asked("UploadPart")) == 2)
            upload.grow(THREE_PARTS[2 * PART :])
            reply = upload.finish() | upload.close()
            reply["note_left"] = upload.note.exists()
            self.assert_delivered(server, reply, THREE_PARTS)

    def test_bytes_that_are_not_final_are_not_sent(self) -> None:
        with FaultServer() as server, probe(server.variables, BUCKET) as upload:
            upload.spool.write_bytes(THREE_PARTS)
            upload.say("advance", PART - 1)
            reply = upload.close()
            self.assertEqual(server.store.requests, [])
            self.assertLess(reply["closed_ms"], PROMPT_MS)

    def test_a_wrong_secret_is_refused(self) -> None:
        with FaultServer() as server:
            server.variables["AWS_SECRET_ACCESS_KEY"] = "another"
            reply = self.deliver(server, SMALL)
            self.assert_failed(server, reply, "store_keys", "PUT", "403 SignatureDoesNotMatch")
            self.assertEqual(len(server.store.requests), 1, "a refusal was repeated")

    def test_a_bucket_that_does_not_exist_is_named(self) -> None:
        with FaultServer() as server, probe(server.variables, "absent") as upload:
            upload.grow(SMALL)
            error = upload.finish()["error"]
            self.assertEqual(error["code"], "no_such_bucket")
            self.assertIn("absent/1.pcap: 404 NoSuchBucket", error["message"])

    def test_a_presigned_url_fetches_the_object(self) -> None:
        with FaultServer() as server, probe(server.variables, BUCKET) as upload:
            upload.grow(SMALL)
            self.assertIn("receipt", upload.finish())
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(upload.urls["presigned_url"]) as fetched:
                self.assertEqual(fetched.read(), SMALL)


class Checksums(Case):
    def test_they_go_with_each_request_where_the_sdks_would_send_them(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer() as server:
                server.variables["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_supported"
                self.assert_delivered(server, self.deliver(server, data), data)
                for request in server.store.asked("UploadPart") + server.store.asked("PutObject"):
                    expected = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
                    self.assertEqual(request.headers["x-amz-checksum-sha256"], expected)
                self.assertNotEqual(server.store.objects["1.pcap"].checksum, "")

    def test_they_stay_away_from_other_stores(self) -> None:
        with FaultServer() as server:
            self.assert_delivered(server, self.deliver(server, THREE_PARTS), THREE_PARTS)
            for request in server.store.requests:
                self.assertEqual([name for name in request.headers if "checksum" in name], [])

    def test_another_checksum_is_no_delivery(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer("wrong_checksum") as server:
                server.variables["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_supported"
                reply = self.deliver(server, data)
                self.assert_failed(server, reply, "corrupt", "HEAD", "checksum")

    def test_parts_that_are_there_are_known_by_them(self) -> None:
        with FaultServer("etags_of_encrypted_parts") as server, tempfile.TemporaryDirectory() as folder:
            server.variables["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_supported"
            spool = Path(folder) / "job.spool"
            with probe(server.variables, BUCKET, spool=spool) as upload:
                upload.grow(THREE_PARTS)
                until("two parts are sent", lambda: server.store.uploads and
                      len(next(iter(server.store.uploads.values())).parts) == 2)
                upload.kill()
            with probe(server.variables, BUCKET, spool=spool) as upload:
                self.assertIn("receipt", upload.finish())
            self.assertEqual(len(server.store.asked("UploadPart")), 3)


class KeysThatAreTaken(Case):
    def test_an_object_of_somebody_else_is_not_overwritten(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer() as server:
                theirs = StoredObject(b"precious", "0" * 32, "text/plain")
                server.store.objects["1.pcap"] = theirs
                reply = self.deliver(server, data)
                self.assert_failed(server, reply, "object_exists", "412 PreconditionFailed")
                self.assertIs(server.store.objects["1.pcap"], theirs)

    def test_an_object_that_is_ours_is_delivered(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer() as server:
                self.assert_delivered(server, self.deliver(server, data), data)
                self.assert_delivered(server, self.deliver(server, data), data)

    def test_a_store_that_knows_no_conditions_is_asked_without(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer("no_conditional_writes") as server:
                self.assert_delivered(server, self.deliver(server, data), data)


class AfterACrash(Case):
    def begun(self, server: FaultServer, spool: Path) -> None:
        """Two parts are sent, and the process is killed."""
        with probe(server.variables, BUCKET, spool=spool) as upload:
            upload.grow(THREE_PARTS)
            until("two parts are sent", lambda: server.store.uploads and
                  len(next(iter(server.store.uploads.values())).parts) == 2)
            upload.kill()

    def parts_sent(self, server: FaultServer) -> list[str]:
        return sorted(request.query["partNumber"] for request in server.store.asked("UploadPart"))

    def again(self, server: FaultServer, spool: Path, **settings) -> dict:
        with probe(server.variables, BUCKET, spool=spool, **settings) as upload:
            reply = upload.finish() | upload.close()
            return reply | {"note_left": upload.note.exists()}

    def test_the_next_upload_of_the_same_file_goes_on_behind_the_parts_that_are_there(self) -> None:
        for parts_a_page in (1000, 1):
            with (self.subTest(parts_a_page=parts_a_page), FaultServer() as server,
                  tempfile.TemporaryDirectory() as folder):
                server.store.parts_a_page = parts_a_page
                spool = Path(folder) / "job.spool"
                self.begun(server, spool)
                reply = self.again(server, spool)
                self.assert_delivered(server, reply, THREE_PARTS)
                self.assertIn("upload.resumed", reply["log"])
                self.assertEqual(self.parts_sent(server), ["1", "2", "3"])
                self.assertEqual(len(server.store.asked("CreateMultipartUpload")), 1)
                self.assertEqual(server.store.asked("AbortMultipartUpload"), [])

    def test_a_part_that_is_not_what_the_file_has_is_sent_again(self) -> None:
        with FaultServer() as server, tempfile.TemporaryDirectory() as folder:
            spool = Path(folder) / "job.spool"
            self.begun(server, spool)
            changed = THREE_PARTS[:PART] + b"?" + THREE_PARTS[PART + 1:]
            spool.write_bytes(changed)
            self.assert_delivered(server, self.again(server, spool), changed)
            self.assertEqual(self.parts_sent(server), ["1", "2", "2", "3"])

    def test_parts_of_another_size_are_sent_again(self) -> None:
        with FaultServer() as server, tempfile.TemporaryDirectory() as folder:
            spool = Path(folder) / "job.spool"
            self.begun(server, spool)
            self.assert_delivered(server, self.again(server, spool, part_bytes=2 * PART), THREE_PARTS)

    def test_a_file_that_is_shorter_than_what_was_sent_is_delivered_as_it_is(self) -> None:
        with FaultServer() as server, tempfile.TemporaryDirectory() as folder:
            spool = Path(folder) / "job.spool"
            self.begun(server, spool)
            short = THREE_PARTS[:PART + 1000]
            spool.write_bytes(short)
            self.assert_delivered(server, self.again(server, spool), short)

    def test_an_upload_that_the_store_forgot_counts_as_aborted(self) -> None:
        with FaultServer() as server, tempfile.TemporaryDirectory() as folder:
            spool = Path(folder) / "job.spool"
            with probe(server.variables, BUCKET, spool=spool) as upload:
                upload.grow(THREE_PARTS)
                until("two parts are sent", lambda: len(server.store.asked("UploadPart")) == 2)
                upload.kill()
            server.store.uploads.clear()
            with probe(server.variables, BUCKET, spool=spool) as upload:
                reply = upload.finish() | upload.close()
                reply["note_left"] = upload.note.exists()
            self.assert_delivered(server, reply, THREE_PARTS)

    def test_a_note_that_is_damaged_is_no_obstacle(self) -> None:
        with FaultServer("unknown_uploads_are_400") as server, tempfile.TemporaryDirectory() as folder:
            spool = Path(folder) / "job.spool"
            with probe(server.variables, BUCKET, spool=spool) as upload:
                upload.grow(THREE_PARTS)
                until("two parts are sent", lambda: server.store.uploads and
                      len(next(iter(server.store.uploads.values())).parts) == 2)
                upload.kill()
            note = upload.note.read_bytes()
            begun = dict(server.store.uploads)
            places = range(note.index(b'"upload_id"'), len(note) - 1, 7)
            for damaged in [note[:at] + bytes([note[at] ^ 1]) + note[at + 1:] for at in places] + [note[:-20], b""]:
                with self.subTest(note=damaged):
                    upload.note.write_bytes(damaged)
                    server.store.objects.clear()
                    server.store.uploads = dict(begun)
                    with probe(server.variables, BUCKET, spool=spool) as again:
                        again.say("advance", len(THREE_PARTS))
                        reply = again.finish() | again.close()
                    self.assertIn("upload.note_damaged", reply["log"])
                    self.assertEqual(server.store.objects["1.pcap"].body, THREE_PARTS)
                    self.assertEqual(server.store.uploads, begun)  # nobody knows of that one any more
                    self.assertFalse(upload.note.exists())

    def test_an_upload_on_another_store_is_told_of_and_not_in_the_way(self) -> None:
        with FaultServer() as server, tempfile.TemporaryDirectory() as folder:
            spool = Path(folder) / "job.spool"
            note = Path(folder) / "job.spool.upload"
            open_upload = {"store": "http://gone", "bucket": "b", "key": "k", "upload_id": "left-behind"}
            checksum = hashlib.sha256("\n".join(open_upload.values()).encode()).hexdigest()
            note.write_text(json.dumps(open_upload | {"sha256": checksum}))
            reply = self.deliver(server, THREE_PARTS, spool=spool)
            self.assert_delivered(server, reply, THREE_PARTS)
            self.assertIn("left-behind", reply["log"])
            self.assertEqual(server.store.asked("AbortMultipartUpload"), [])


class PassingTrouble(Case):
    def delivered_with(self, fault: str) -> FaultServer:
        with FaultServer(fault) as server:
            self.assert_delivered(server, self.deliver(server, THREE_PARTS), THREE_PARTS)
            return server

    def test_a_storm_of_503_is_weathered(self) -> None:
        server = self.delivered_with("storm_of_503")
        self.assertEqual(len(server.store.asked("UploadPart")), 7)

    def test_a_closed_socket_is_tried_again(self) -> None:
        server = self.delivered_with("closed_socket_on_part_2")
        self.assertEqual(len(server.store.asked("UploadPart")), 4)

    def test_an_error_in_a_200_of_complete_is_tried_again(self) -> None:
        server = self.delivered_with("complete_200_error_once")
        self.assertEqual(len(server.store.asked("CompleteMultipartUpload")), 2)

    def test_a_lost_reply_to_complete_is_settled_by_head(self) -> None:
        server = self.delivered_with("complete_reply_lost")
        self.assertEqual(len(server.store.asked("CompleteMultipartUpload")), 2)

    def test_an_object_that_shows_late_is_waited_for(self) -> None:
        self.delivered_with("late_after_complete")

    def test_a_bucket_in_another_region_is_followed(self) -> None:
        for fault in ("another_region", "another_region_by_signature"):
            with self.subTest(fault):
                server = self.delivered_with(fault)
                # one request has found out, and the others know
                self.assertEqual(len(server.store.asked("CreateMultipartUpload")), 2)
                self.assertEqual(len(server.store.asked("UploadPart")), 3)

    def test_a_clock_that_is_wrong_is_made_up_for(self) -> None:
        server = self.delivered_with("clock_two_hours_ahead")
        self.assertEqual(len(server.store.asked("CreateMultipartUpload")), 2)
        self.assertEqual(len(server.store.asked("UploadPart")), 3)

    def test_an_outage_during_the_capture_is_over_by_its_end(self) -> None:
        with FaultServer("outage_during_capture") as server, probe(server.variables, BUCKET) as upload:
            upload.grow(THREE_PARTS)
            until("a whole round has failed", lambda: len(server.store.asked("UploadPart")) == 6)
            reply = upload.finish() | upload.close()
            reply["note_left"] = upload.note.exists()
            self.assert_delivered(server, reply, THREE_PARTS)
            self.assertIn("upload.part_failed", reply["log"])


class LastingTrouble(Case):
    def failed_with(self, fault: str, code: str, *words: str, data: bytes = THREE_PARTS) -> FaultServer:
        with FaultServer(fault) as server:
            self.assert_failed(server, self.deliver(server, data), code, *words)
            return server

    def test_a_key_without_permissions_is_refused_once(self) -> None:
        server = self.failed_with("access_denied", "store_denied", "POST", '403 AccessDenied: "Access Denied"')
        self.assertEqual(len(server.store.requests), 1)

    def test_a_store_out_of_order_is_given_up(self) -> None:
        server = self.failed_with("always_503", "store_unreachable", "503 (5 attempts)", data=SMALL)
        self.assertEqual(len(server.store.requests), 5)

    def test_a_store_that_is_not_there_is_given_up(self) -> None:
        with FaultServer() as server:
            pass
        reply = self.deliver(server, SMALL)
        self.assert_failed(server, reply, "store_unreachable", "PUT", "Connection refused", "(5 attempts)")
        self.assertLess(reply["finished_ms"], 12_000)

    def test_an_error_in_a_200_of_complete_is_no_delivery(self) -> None:
        self.failed_with("complete_200_error", "store_refused", "POST", "200 InvalidPart")

    def test_another_etag_is_no_delivery(self) -> None:
        self.failed_with("wrong_etag", "corrupt", "HEAD", "ETag")

    def test_a_short_object_is_no_delivery(self) -> None:
        self.failed_with("short_object", "corrupt", "HEAD", f"{len(THREE_PARTS) - 1} bytes")

    def test_an_object_that_is_missing_is_no_delivery(self) -> None:
        self.failed_with("missing_after_complete", "store_refused", "HEAD", "404 (5 attempts)")

    def test_a_region_that_differs_each_time_is_followed_once(self) -> None:
        server = self.failed_with("another_region_each_time", "store_refused", "301", 'region "eu-west-', data=SMALL)
        self.assertEqual(len(server.store.requests), 2)

    def test_a_clock_that_is_refused_also_by_the_stores_own_time_is_told(self) -> None:
        server = self.failed_with("clock_that_is_never_right", "store_clock", "403 RequestTimeTooSkewed", data=SMALL)
        self.assertEqual(len(server.store.requests), 2)

    def test_a_strange_upload_id_is_refused(self) -> None:
        with FaultServer("strange_upload_id") as server:
            reply = self.deliver(server, THREE_PARTS)
            self.assertEqual(reply["error"]["code"], "store_refused")
            self.assertIn("strange upload id", reply["error"]["message"])

    def test_an_upload_that_somebody_aborted_is_no_delivery(self) -> None:
        with FaultServer("aborted_by_somebody") as server:
            reply = self.deliver(server, THREE_PARTS)
            self.assert_failed(server, reply, "store_refused", "POST", "404 NoSuchUpload")

    def test_answers_that_are_no_s3_are_refused(self) -> None:
        self.failed_with("no_xml", "store_refused", "no upload id")
        self.failed_with("no_xml", "store_refused", "no ETag", data=SMALL)

    def test_an_endless_answer_is_cut_off(self) -> None:
        self.failed_with("endless_body", "store_unreachable", "larger than we take")
        self.failed_with("endless_headers", "store_unreachable", "larger than we take")

    def test_an_upload_that_cannot_be_aborted_stays_noted(self) -> None:
        with FaultServer("abort_denied") as server, probe(server.variables, BUCKET) as upload:
            upload.grow(THREE_PARTS)
            until("two parts are sent", lambda: len(server.store.asked("UploadPart")) == 2)
            reply = upload.discard()
            self.assertTrue(upload.note.exists())
            self.assertIn("upload.left_open", reply["log"])
            self.assertIn("403 AccessDenied", reply["log"])


class Cancelled(Case):
    def test_an_unfinished_upload_stays_open_and_noted(self) -> None:
        with FaultServer() as server, probe(server.variables, BUCKET) as upload:
            upload.grow(THREE_PARTS)
            until("two parts are sent", lambda: len(server.store.asked("UploadPart")) == 2)
            reply = upload.close()
            self.assertEqual(len(server.store.uploads), 1)
            self.assertTrue(upload.note.exists())
            self.assertLess(reply["closed_ms"], PROMPT_MS)

    def test_an_upload_that_is_given_up_is_aborted(self) -> None:
        with FaultServer() as server, probe(server.variables, BUCKET) as upload:
            upload.grow(THREE_PARTS)
            until("two parts are sent", lambda: len(server.store.asked("UploadPart")) == 2)
            reply = upload.discard()
            self.assertEqual(server.store.uploads, {})
            self.assertEqual(server.store.objects, {})
            self.assertFalse(upload.note.exists())
            self.assertLess(reply["closed_ms"], 500)

    def test_a_stop_ends_finish_at_once(self) -> None:
        with FaultServer("silent_part_2") as server, probe(server.variables, BUCKET) as upload:
            upload.grow(THREE_PARTS)
            until("part 2 hangs", lambda: len(server.store.asked("UploadPart")) == 2)
            reply = upload.finish(stop_after_ms=200)
            self.assertEqual(reply["error"]["code"], "cancelled")
            self.assertLess(reply["finished_ms"], 200 + PROMPT_MS)
            upload.discard()
            self.assertEqual(server.store.uploads, {})
            self.assertFalse(upload.note.exists())

    def test_a_silent_store_holds_up_the_end_for_two_seconds_only(self) -> None:
        with FaultServer("silent_part_2_and_abort") as server, probe(server.variables, BUCKET) as upload:
            upload.grow(THREE_PARTS)
            until("part 2 hangs", lambda: len(server.store.asked("UploadPart")) == 2)
            reply = upload.discard()
            self.assertLess(reply["closed_ms"], 2000 + 2 * PROMPT_MS)
            self.assertTrue(upload.note.exists())
            self.assertIn("upload.left_open", reply["log"])


if __name__ == "__main__":
    support.main()
