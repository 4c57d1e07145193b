"""What the S3 sink does when the store misbehaves: our own server, a fault a time."""

import urllib.request

import support
from peers.fault_case import SMALL, THREE_PARTS, Case
from peers.fault_server import FaultServer
from peers.fault_store import BUCKET
from peers.s3_probe import PART, content, probe, until

PROMPT_MS = 300  # 100 are promised; the rest is for a busy machine, and sanitizers


class WithoutFaults(Case):
    def test_a_small_file_is_one_put(self) -> None:
        with FaultServer() as server:
            self.assert_delivered(server, self.deliver(server, SMALL), SMALL)
            self.assertEqual([one.operation for one in server.store.requests], ["HeadObject", "PutObject", "HeadObject"])

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
            self.assertEqual([one.operation for one in server.store.requests], ["HeadObject", "PutObject"], "a refusal was repeated")

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


class CounterTags(Case):
    """Of what is in no metadata, since it was known too late."""

    def tags(self, server: FaultServer) -> dict[str, str]:
        return server.store.objects["1.pcap"].tags

    def test_an_object_in_parts_is_tagged_and_a_small_one_has_them_as_metadata(self) -> None:
        with FaultServer() as server:
            self.assert_delivered(server, self.deliver(server, SMALL, captured=17), SMALL)
            self.assertEqual((self.tags(server), server.store.asked("PutObject")[0].headers["x-amz-meta-captured"]), ({}, "17"))
        with FaultServer() as server:
            self.assert_delivered(server, self.deliver(server, THREE_PARTS, captured=17), THREE_PARTS)
            self.assertEqual(self.tags(server), {"captured": "17"})

    def test_nobody_is_asked_who_was_not_to_be(self) -> None:
        with FaultServer() as server:
            self.assert_delivered(server, self.deliver(server, THREE_PARTS), THREE_PARTS)
            self.assertEqual(server.store.asked("PutObjectTagging"), [])

    def test_a_refusal_is_told_and_the_object_is_delivered(self) -> None:
        with FaultServer("tagging_denied") as server:
            reply = self.deliver(server, THREE_PARTS, captured=17)
            self.assert_delivered(server, reply, THREE_PARTS)
            self.assertIn("upload.counters_not_tagged", reply["log"])
            self.assertIn("403 AccessDenied", reply["log"])
            self.assertEqual(len(server.store.asked("PutObjectTagging")), 1)

    def test_a_busy_store_is_waited_for_five_seconds_and_the_object_is_delivered(self) -> None:
        with FaultServer("tagging_503") as server:
            reply = self.deliver(server, THREE_PARTS, captured=17)
            self.assert_delivered(server, reply, THREE_PARTS)
            self.assertIn("upload.counters_not_tagged", reply["log"])
            self.assertLess(reply["finished_ms"], 10_000)


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

    def test_so_is_one_that_says_nothing(self) -> None:
        server = self.delivered_with("complete_reply_empty")
        self.assertEqual(len(server.store.asked("CompleteMultipartUpload")), 1)

    def test_an_object_that_shows_late_is_waited_for(self) -> None:
        self.delivered_with("late_after_complete")

    def test_a_bucket_in_another_region_is_followed(self) -> None:
        for fault in ("another_region", "another_region_by_signature"):
            with self.subTest(fault):
                server = self.delivered_with(fault)
                # one request has found out, and the others know
                self.assertEqual(len(server.store.asked("CreateMultipartUpload")), 2)
                self.assertEqual(len(server.store.asked("UploadPart")), 3)

    def test_a_region_that_is_not_told_is_asked_for(self) -> None:
        for status, code in ((301, "PermanentRedirect"), (307, "TemporaryRedirect"), (400, "AuthorizationHeaderMalformed"),
                             (400, "IllegalLocationConstraintException")):
            for data in (SMALL, THREE_PARTS):
                with self.subTest(code, bytes=len(data)), FaultServer("another_region_when_asked") as server:
                    server.store.fault.status, server.store.fault.code = status, code
                    self.assert_delivered(server, self.deliver(server, data), data)
                    self.assertEqual(len(server.store.asked("HeadBucket")), 1)

    def test_a_redirect_that_leads_nowhere_passes(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer("moved_for_a_while") as server:
                self.assert_delivered(server, self.deliver(server, data), data)
                self.assertEqual(len(server.store.asked("HeadBucket")), 1)

    def test_a_weak_etag_is_one(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer("weak_etag") as server:
                self.assert_delivered(server, self.deliver(server, data), data)

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
        self.assert_failed(server, reply, "store_unreachable", "HEAD", "Connection refused", "(5 attempts)")
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
        self.assertEqual(len(server.store.asked("PutObject")), 2)

    def test_a_region_that_nobody_tells_is_asked_for_once(self) -> None:
        with FaultServer("another_region_when_asked") as server:
            server.store.fault.told = False
            reply = self.deliver(server, THREE_PARTS)
            self.assert_failed(server, reply, "store_refused", "POST", '301 PermanentRedirect: "It is elsewhere"')
            self.assertEqual([one.operation for one in server.store.requests], ["CreateMultipartUpload", "HeadBucket"])

    def test_a_clock_that_is_refused_also_by_the_stores_own_time_is_told(self) -> None:
        server = self.failed_with("clock_that_is_never_right", "store_clock", "403 RequestTimeTooSkewed", data=SMALL)
        self.assertEqual(len(server.store.asked("PutObject")), 2)

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
