"""A store that refused something while the capture ran, and does not any more: what it says at the end counts."""

import unittest

import support
from peers.fault_server import BUCKET, FaultServer
from support.capture_file import numbers
from support.large_capture import FRAMES, SMALL_PARTS, large_capture
from support.server import Server, wait_until


class BegunAnew(unittest.TestCase):
    def assert_delivered(self, fault: str, log: str = "job.delivery_begun_anew") -> None:
        with FaultServer(fault) as store:
            server = self.enterContext(Server(SMALL_PARTS, environment=store.variables))
            last = large_capture(server, BUCKET)
            self.assertEqual((last["delivery"], last["errors"]), ("delivered", []))
            self.assertIn(log, server.log())
            wait_until("no upload to be open", lambda: not store.store.uploads, patience=60)
            [found] = store.store.objects.values()
            file = server.data_dir / "object.pcapng"
            file.write_bytes(found.body)
            self.assertEqual(numbers(file), list(range(FRAMES)))

    def test_an_upload_that_somebody_aborted(self) -> None:
        self.assert_delivered("aborted_once")

    def test_one_whose_parts_nobody_tells(self) -> None:
        self.assert_delivered("parts_not_told", log="upload.left_open")

    def test_a_part_that_was_denied(self) -> None:
        self.assert_delivered("denied_at_first")


if __name__ == "__main__":
    support.main()
