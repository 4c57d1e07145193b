"""An upload that the store has open, and that nobody knows the id of: it is looked for until the store has told of it, also
when its capture has long been delivered."""

import unittest
from pathlib import Path

import support
from peers.fault_server import BUCKET, FaultServer
from support.large_capture import SMALL_PARTS, large_capture
from support.server import Job, Server, wait_until

PATIENCE = 120  # it is looked for after half a minute, and then after another one


class StrayUpload(unittest.TestCase):
    def delivered(self, store: FaultServer) -> tuple[Server, Job]:
        """A capture whose upload was opened twice, and which the store has, while it does not say what is open."""
        server = self.enterContext(Server(SMALL_PARTS, environment=store.variables))
        last = large_capture(server, BUCKET)
        self.assertEqual((last["delivery"], last["errors"]), ("delivered", []))
        self.assertEqual(len(store.store.uploads), 1)
        self.assertIn("upload.left_open", server.log())
        return server, last

    def spool(self, server: Server) -> list[str]:
        return [path.name for path in Path(server.data_dir / "spool").iterdir()]

    def assert_forgotten(self, store: FaultServer, server: Server) -> None:
        store.store.released.set()
        wait_until("the upload to be aborted", lambda: not store.store.uploads, PATIENCE)
        wait_until("the note to be gone", lambda: not self.spool(server))
        self.assertEqual(len(store.store.objects), 1)
        self.assertIn("xepacketcap_multipart_aborted_total 1", server.request("GET", "/metrics").body.decode())

    def test_it_is_looked_for_again_while_the_server_runs(self) -> None:
        with FaultServer("create_reply_lost_and_lists_nothing_yet") as store:
            server, job = self.delivered(store)
            self.assertEqual(self.spool(server), [f"{job['id']}.pcap.upload"])
            self.assert_forgotten(store, server)

    def test_it_is_looked_for_by_the_next_start(self) -> None:
        with FaultServer("create_reply_lost_and_lists_nothing_yet") as store:
            server, job = self.delivered(store)
            self.start_again(store, server, job)
            self.assert_forgotten(store, server)

    def test_it_is_looked_for_when_its_job_is_no_more(self) -> None:
        with FaultServer("create_reply_lost_and_lists_nothing_yet") as store:
            server, job = self.delivered(store)
            self.assertEqual(server.request("DELETE", f"/api/v1/jobs/{job['id']}").status, 204)
            self.start_again(store, server, job)
            self.assert_forgotten(store, server)
            self.assertNotIn("spool.unknown_file", server.log())

    def start_again(self, store: FaultServer, server: Server, job: Job) -> None:
        server.kill()
        self.assertEqual(self.spool(server), [f"{job['id']}.pcap.upload"])
        store.store.released.set()
        server.start()


if __name__ == "__main__":
    support.main()
