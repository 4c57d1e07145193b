"""What the S3 sink proves, and never does twice: checksums, keys that are taken, and what a crash has left."""

import base64
import hashlib
import json
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import support
from peers.fault_case import SMALL, THREE_PARTS, Case
from peers.fault_server import FaultServer
from peers.fault_store import BUCKET, StoredObject
from peers.s3_probe import PART, probe, until


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
            self.begun(server, spool)
            with probe(server.variables, BUCKET, spool=spool) as upload:
                self.assertIn("receipt", upload.finish())
            self.assertEqual(len(server.store.asked("UploadPart")), 3)


class KeysThatAreTaken(Case):
    def test_an_object_of_somebody_else_is_not_overwritten(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer() as server:
                self.assert_not_overwritten(server, data, "an object of that key is there already")

    def test_nor_where_the_store_would_write_over_it(self) -> None:
        for fault in ("conditions_ignored", "no_conditional_writes"):
            for data in (SMALL, THREE_PARTS):
                with self.subTest(fault, bytes=len(data)), FaultServer(fault) as server:
                    self.assert_not_overwritten(server, data, "an object of that key is there already")
                    for write in ("PutObject", "CompleteMultipartUpload"):
                        self.assertEqual(server.store.asked(write), [])

    def test_amazon_is_trusted_to_keep_what_is_there(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer() as server:
                server.variables["AWS_ENDPOINT_URL_S3"] = "http://s3.us-east-1.amazonaws.com"
                self.assert_delivered(server, self.deliver(server, data, proxy=server.endpoint), data)
                self.assertEqual(len(server.store.asked("HeadObject")), 1)
                theirs = server.store.objects["1.pcap"] = StoredObject(b"precious", "0" * 32, "text/plain")
                error = self.deliver(server, data, proxy=server.endpoint)["error"]
                self.assertEqual(error["code"], "object_exists")
                self.assertIn("412 PreconditionFailed", error["message"])
                self.assertIs(server.store.objects["1.pcap"], theirs)

    def assert_not_overwritten(self, server: FaultServer, data: bytes, why: str) -> None:
        theirs = server.store.objects["1.pcap"] = StoredObject(b"precious", "0" * 32, "text/plain")
        self.assert_failed(server, self.deliver(server, data), "object_exists", why)
        self.assertIs(server.store.objects["1.pcap"], theirs)

    def test_one_of_the_same_size_is_looked_into(self) -> None:
        for data in (SMALL, THREE_PARTS):
            for theirs, is_ours in ((data, True), (data[:-1] + bytes([data[-1] ^ 1]), False)):
                with self.subTest(bytes=len(data), is_ours=is_ours), FaultServer() as server:
                    there = server.store.objects["1.pcap"] = StoredObject(theirs, "0" * 32 + "-7", "text/plain")
                    reply = self.deliver(server, data)
                    if is_ours:
                        self.assertEqual(reply["receipt"]["sha256"], hashlib.sha256(data).hexdigest())
                        self.assertEqual(reply["receipt"]["etag"], there.etag)
                        self.assertFalse(reply["note_left"])
                        self.assertEqual(server.store.uploads, {})
                    else:
                        self.assert_failed(server, reply, "object_exists", "an object of that key is there already")
                    self.assertIs(server.store.objects["1.pcap"], there)
                    self.assertGreater(len(server.store.asked("GetObject")), len(data) >> 21)

    def test_an_object_that_is_ours_is_delivered(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer() as server:
                self.assert_delivered(server, self.deliver(server, data), data)
                self.assert_delivered(server, self.deliver(server, data), data)

    def test_a_store_that_knows_no_conditions_is_asked_without(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer("no_conditional_writes") as server:
                self.assert_delivered(server, self.deliver(server, data), data)
                self.assertEqual(self.writes(server)[-3:], ["conditional", "look", "plain"])

    def writes(self, server: FaultServer) -> list[str]:
        """What came before the look that confirms the object."""
        names = {"HeadObject": "look", "PutObject": "plain", "CompleteMultipartUpload": "plain"}
        return ["conditional" if "if-none-match" in one.headers else names[one.operation]
                for one in server.store.requests if one.operation in names][:-1]

    def test_an_object_that_is_ours_is_delivered_where_the_store_would_write_over_it(self) -> None:
        for fault in ("conditions_ignored", "no_conditional_writes"):
            for data in (SMALL, THREE_PARTS):
                with self.subTest(fault, bytes=len(data)), FaultServer(fault) as server:
                    self.assert_delivered(server, self.deliver(server, data), data)
                    there = server.store.objects["1.pcap"]
                    self.assert_delivered(server, self.deliver(server, data), data)
                    self.assertIs(server.store.objects["1.pcap"], there)


class Conflicts(Case):
    def test_all_is_sent_again_in_a_new_upload(self) -> None:
        with FaultServer("conflict_on_complete") as server:
            reply = self.deliver(server, THREE_PARTS)
            self.assert_delivered(server, reply, THREE_PARTS)
            self.assertIn("upload.begun_anew", reply["log"])
            self.assertEqual(len(server.store.asked("CreateMultipartUpload")), 2)
            self.assertEqual(len(server.store.asked("UploadPart")), 6)
            self.assertEqual(len(server.store.asked("CompleteMultipartUpload")), 2)

    def test_a_second_one_is_left_to_a_later_delivery(self) -> None:
        with FaultServer("conflict_on_complete") as server, tempfile.TemporaryDirectory() as folder:
            spool = Path(folder) / "job.spool"
            server.store.fault.always = True
            with probe(server.variables, BUCKET, spool=spool) as upload:
                upload.grow(THREE_PARTS)
                error = upload.finish()["error"]
                upload.close()
            self.assertEqual(error["code"], "store_unreachable")
            self.assertIn("409 ConditionalRequestConflict", error["message"])
            self.assertEqual(len(server.store.asked("CompleteMultipartUpload")), 2)
            server.store.fault.always = False
            with probe(server.variables, BUCKET, spool=spool) as upload:
                reply = upload.finish() | upload.close() | {"note_left": upload.note.exists()}
            self.assert_delivered(server, reply, THREE_PARTS)

    def test_one_that_somebody_else_has_won_is_told(self) -> None:
        with FaultServer("conflict_on_complete") as server:
            server.variables["AWS_ENDPOINT_URL_S3"] = "http://s3.us-east-1.amazonaws.com"  # which is not asked before
            theirs = server.store.objects["1.pcap"] = StoredObject(b"precious", "0" * 32, "text/plain")
            reply = self.deliver(server, THREE_PARTS, proxy=server.endpoint)
            self.assertEqual(reply["error"]["code"], "object_exists")
            self.assertEqual(len(server.store.asked("UploadPart")), 3)
            self.assertIs(server.store.objects["1.pcap"], theirs)


def write_note(path: Path, upload: dict[str, str]) -> None:
    """As the sink does, with the checksum that makes it one."""
    checksum = hashlib.sha256("\n".join(upload.values()).encode()).hexdigest()
    path.write_text(json.dumps(upload | {"sha256": checksum}))


class AfterACrash(Case):
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

    def opened_without_a_reply(self, server: FaultServer, spool: Path) -> list[str]:
        """What the store has of an upload whose process was killed before it heard of its id."""
        note_path = self.begun(server, spool)
        note = json.loads(note_path.read_text())
        del note["sha256"]
        note["upload_id"] = ""
        write_note(note_path, note)
        return list(server.store.uploads)

    def test_an_upload_whose_id_never_came_is_found_and_aborted(self) -> None:
        with FaultServer() as server, tempfile.TemporaryDirectory() as folder:
            spool = Path(folder) / "job.spool"
            [unnamed] = self.opened_without_a_reply(server, spool)
            server.store.uploads["of another"] = replace(server.store.uploads[unnamed], key="1.pcap2")
            reply = self.again(server, spool)
            self.assertEqual([r.query["uploadId"] for r in server.store.asked("AbortMultipartUpload")], [unnamed])
            self.assertIsNotNone(server.store.uploads.pop("of another", None))
            self.assert_delivered(server, reply, THREE_PARTS)

    def test_one_that_the_store_opens_after_its_client_is_gone_is_aborted_too(self) -> None:
        for data in (SMALL, THREE_PARTS):
            with self.subTest(bytes=len(data)), FaultServer() as server, tempfile.TemporaryDirectory() as folder:
                spool = Path(folder) / "job.spool"
                [unnamed] = self.opened_without_a_reply(server, spool)
                late = server.store.uploads.pop(unnamed)
                timer = threading.Timer(1.0, lambda: server.store.uploads.update({unnamed: late}))
                timer.start()
                spool.write_bytes(data)
                reply = self.again(server, spool)
                timer.join()
                self.assertIn(unnamed, [r.query["uploadId"] for r in server.store.asked("AbortMultipartUpload")])
                self.assert_delivered(server, reply, data)

    def test_one_whose_reply_was_lost_is_aborted_at_the_end(self) -> None:
        with FaultServer("create_reply_lost") as server:
            self.assert_delivered(server, self.deliver(server, THREE_PARTS), THREE_PARTS)
            self.assertEqual(len(server.store.asked("CreateMultipartUpload")), 2)
            self.assertEqual(len(server.store.asked("AbortMultipartUpload")), 1)

    def test_a_store_that_does_not_list_uploads_gets_the_file_all_the_same(self) -> None:
        with FaultServer("lists_nothing") as server, tempfile.TemporaryDirectory() as folder:
            spool = Path(folder) / "job.spool"
            self.opened_without_a_reply(server, spool)
            reply = self.again(server, spool)
            self.assertEqual(server.store.objects["1.pcap"].body, THREE_PARTS)
            self.assertIn("upload.not_looked_for", reply["log"])
            self.assertFalse(reply["note_left"])

    def test_a_note_that_is_damaged_is_no_obstacle(self) -> None:
        with FaultServer("unknown_uploads_are_400") as server, tempfile.TemporaryDirectory() as folder:
            spool = Path(folder) / "job.spool"
            note_path = self.begun(server, spool)
            note = note_path.read_bytes()
            begun = dict(server.store.uploads)
            places = range(note.index(b'"upload_id"'), len(note) - 1, 7)
            for damaged in [note[:at] + bytes([note[at] ^ 1]) + note[at + 1:] for at in places] + [note[:-20], b""]:
                with self.subTest(note=damaged):
                    note_path.write_bytes(damaged)
                    server.store.objects.clear()
                    server.store.uploads = dict(begun)
                    with probe(server.variables, BUCKET, spool=spool) as again:
                        again.say("advance", len(THREE_PARTS))
                        reply = again.finish() | again.close()
                    self.assertIn("upload.note_damaged", reply["log"])
                    self.assertEqual(server.store.objects["1.pcap"].body, THREE_PARTS)
                    self.assertEqual(server.store.uploads, begun)  # nobody knows of that one any more
                    self.assertFalse(note_path.exists())

    def test_an_upload_on_another_store_is_told_of_and_not_in_the_way(self) -> None:
        with FaultServer() as server, tempfile.TemporaryDirectory() as folder:
            spool = Path(folder) / "job.spool"
            note = Path(folder) / "job.spool.upload"
            open_upload = {"store": "http://gone", "bucket": "b", "key": "k", "upload_id": "left-behind"}
            write_note(note, open_upload)
            reply = self.deliver(server, THREE_PARTS, spool=spool)
            self.assert_delivered(server, reply, THREE_PARTS)
            self.assertIn("left-behind", reply["log"])
            self.assertEqual(server.store.asked("AbortMultipartUpload"), [])


if __name__ == "__main__":
    support.main()
