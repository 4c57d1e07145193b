"""Deliveries that wait: however many there are, and however little this host has left, each comes to its end."""

import json
import os
import sqlite3
import unittest
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import support
from peers.fault_server import BUCKET, Fault, FaultServer
from peers.fault_store import StoredObject
from support import frames
from support.net import Cable
from support.server import Job, Server, wait_until
from support.stores import S3_KEYS, silent_store

MANY = 60
AT_A_TIME = 32
NOBODY = S3_KEYS | {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}
SOMEBODY = 54321  # whose threads are counted, as root's are not
PATIENCE = 60


class WaitingDeliveries(unittest.TestCase):
    def waiting(self) -> Server:
        """One that has ended, with many captures of ten packets that its store, which is not there, did not take."""
        server = self.enterContext(Server(environment=dict(NOBODY), judges_replies=False))
        cable = Cable()
        jobs = [server.running(cable.near, bucket=BUCKET, proto="udp") for _ in range(MANY)]
        cable.send(frames.udp(n) for n in range(10))
        for job in jobs:
            server.captured(job, 10)
        for job in jobs:
            server.stop(job)
        wait_until("all to wait", lambda: self.deliveries(server)["uploading"] == MANY)
        server.terminate()
        return server

    def deliveries(self, server: Server) -> Counter[str]:
        """By the job store: a server that has no descriptor left answers nobody."""
        with closing(sqlite3.connect(f"file:{server.data_dir}/jobs.db?mode=ro", uri=True)) as store:
            return Counter(dict(store.execute("SELECT delivery, count(*) FROM jobs GROUP BY delivery")))

    def runs(self, server: Server) -> int:
        assert server.process
        names = []
        for task in Path(f"/proc/{server.process.pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                names.append((task / "comm").read_text())
        return sum(name.startswith("run ") for name in names)

    def all_delivered(self, server: Server) -> None:
        wait_until("all deliveries", lambda: self.deliveries(server)["uploading"] == 0, PATIENCE)
        self.assertEqual(self.deliveries(server), {"delivered": MANY}, server.log()[-2000:])

    def test_few_are_tried_at_a_time_and_all_get_their_turn(self) -> None:
        server = self.waiting()
        with silent_store() as url:
            server.environment["AWS_ENDPOINT_URL_S3"] = url
            server.start()
            wait_until("as many as may be tried", lambda: self.runs(server) >= AT_A_TIME)
            [last] = server.get("/api/v1/jobs?limit=1")["jobs"]
            self.assertEqual(last["delivery"], "uploading")
            with self.subTest("one that waits for its turn is deleted at once"):
                self.assertEqual(server.request("DELETE", f"/api/v1/jobs/{last['id']}").status, 204)
            self.assertEqual(self.runs(server), AT_A_TIME)
            server.kill()
        with FaultServer() as store:
            server.environment |= store.variables
            server.start()
            wait_until("all deliveries", lambda: self.deliveries(server)["delivered"] == MANY - 1, PATIENCE)

    def test_one_that_waits_for_its_next_try_has_no_thread(self) -> None:
        server = self.enterContext(Server(environment=dict(NOBODY)))
        cable = Cable()
        job = server.running(cable.near, bucket=BUCKET, proto="udp")
        self.assertEqual(self.runs(server), 1)
        server.stop(job)
        server.wait_for(job, "its first try", lambda j: j["errors"], PATIENCE)
        wait_until("its run to end", lambda: self.runs(server) == 0, 2)
        self.assertEqual(server.job(job)["delivery"], "uploading")

    def test_too_few_descriptors_only_take_longer(self) -> None:
        server = self.waiting()
        with FaultServer() as store:
            server.environment |= store.variables
            server._runner = ("prlimit", "--nofile=100:100")
            server.start()
            self.all_delivered(server)
            self.assertIn("Too many open files", server.log())
            server.terminate()

    def test_too_few_threads_only_take_longer(self) -> None:
        server = self.waiting()
        for path in (server.folder, *server.folder.rglob("*")):
            os.chown(path, SOMEBODY, SOMEBODY)
        with FaultServer() as store:
            server.environment |= store.variables
            server._runner = ("setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups",
                              "prlimit", "--nproc=40:40")
            server.start()
            self.all_delivered(server)
            self.assertIn("Resource temporarily unavailable", server.log())
            server.terminate()

    def test_a_server_that_was_off_for_longer_than_it_tries_does_not_give_up_at_once(self) -> None:
        with FaultServer("always_503") as store:
            server = self.enterContext(Server(environment=store.variables))
            cable = Cable()
            job = server.running(cable.near, bucket=BUCKET, proto="udp")
            cable.send(frames.udp(n) for n in range(10))
            server.captured(job, 10)
            server.stop(job)
            server.wait_for(job, "its delivery to begin", lambda j: j["delivery"] == "uploading")
            server.terminate()
            with closing(sqlite3.connect(server.data_dir / "jobs.db")) as jobs:
                jobs.execute("UPDATE jobs SET stopped_at = stopped_at - 8 * 86400 * 1000000000")
                jobs.commit()
            server.start()
            server.wait_for(job, "a failure", lambda j: j["errors"], PATIENCE)
            self.assertEqual(server.job(job)["delivery"], "uploading", json.dumps(server.job(job), indent=2))
            store.store.fault = Fault()
            server.wait_for(job, "its delivery", lambda j: j["delivery"] == "delivered", PATIENCE)

    def test_a_segment_that_is_refused_does_not_stop_the_others(self) -> None:
        with FaultServer("always_503") as store:
            server = self.enterContext(Server(environment=store.variables))
            cable = Cable()
            job = server.running(cable.near, bucket=BUCKET, proto="udp", key="x/{interface}.pcapng",
                                 segment={"bytes": 100_000})
            for number in (2, 3, 4):  # a file that has no other one ready goes on
                cable.send(frames.udp(n, size=1400) for n in range(100))
                wait_until("the next file", lambda: len(self.spooled(server, job)) >= number)
            wait_until("the first one to be tried", lambda: store.store.requests)
            server.kill()
            taken = f"x/{cable.near}-0001.pcapng"
            store.store.objects[taken] = StoredObject(b"other", "e" * 32, "")
            store.store.fault = Fault()
            server.start()
            last = server.ended(job)
            self.assertEqual(last["delivery"], "failed")
            self.assertEqual(last["errors"][-1]["code"], "object_exists")
            self.assertIn("-0001.pcap", last["errors"][-1]["message"])
            [left] = [one["number"] for one in last["objects"] if one["delivery"] != "delivered"]
            self.assertEqual(left, 1)
            self.assertGreater(len(last["objects"]), 2)
            self.assertEqual(store.store.objects[taken].body, b"other")

    def spooled(self, server: Server, job: Job) -> list[Path]:
        return list((server.data_dir / "spool").glob(f"{job['id']}-*.pcap"))


if __name__ == "__main__":
    support.main()
