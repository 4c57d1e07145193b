"""SIGTERM: captures stop, are delivered or spooled, and the process ends within five seconds."""

import signal
import socket
import unittest

import support
from support import frames
from support.net import Cable
from support.pcap import numbers
from support.server import PATIENCE, Server
from support.stores import S3_KEYS, silent_store


class Sigterm(unittest.TestCase):
    def test_an_idle_server_ends_at_once(self) -> None:
        server = self.enterContext(Server())
        self.assertLess(server.terminate(), 2)

    def test_running_captures_are_delivered(self) -> None:
        server = self.enterContext(Server())
        cables = [Cable() for _ in range(4)]
        jobs = [server.running(cable.near, proto="udp") for cable in cables]
        for cable in cables:
            cable.send(frames.udp(n) for n in range(1000))
        self.assertLess(server.terminate(), 5)
        server.start()
        for job in jobs:
            self.assertEqual(numbers(server.file(job)), list(range(1000)))
            self.assertNotEqual(server.job(job)["stop_reason"], "crash")

    def test_a_store_that_does_not_answer_does_not_hold_it_up(self) -> None:
        with silent_store() as endpoint:
            server = self.enterContext(Server(f'[s3]\nendpoint = "{endpoint}"\n', S3_KEYS))
            cable = Cable()
            job = server.running(cable.near, proto="udp")
            cable.send(frames.udp(n) for n in range(100))
            self.assertLess(server.terminate(), 5)
            kept = [p for p in server.data_dir.rglob("*.pcap*") if "objects" not in p.parts]
            self.assertEqual(len(kept), 1, kept)
            self.assertEqual(numbers(kept[0]), list(range(100)))
            server.start()
            self.assertEqual(server.job(job)["delivery"], "uploading")
            self.assertLess(server.terminate(), 5)

    def test_many_uploads_that_hang_take_no_longer_than_one(self) -> None:
        with silent_store() as endpoint:
            server = self.enterContext(Server(f'[s3]\nendpoint = "{endpoint}"\n', S3_KEYS))
            jobs = [server.running("lo") for _ in range(6)]
            for job in jobs:
                server.stop(job)
            for job in jobs:
                server.wait_for(job, "uploading", lambda j: j["delivery"] == "uploading")
            self.assertLess(server.terminate(), 5)

    def test_queued_jobs_run_after_the_next_start(self) -> None:
        server = self.enterContext(Server("[jobs]\nmax_running = 1\n"))
        server.running("lo")
        waiting = server.create("lo", duration=1)
        server.terminate()
        server.start()
        self.assertEqual(server.ended(waiting)["stop_reason"], "duration")

    def test_sigint_does_the_same(self) -> None:
        server = self.enterContext(Server())
        job = server.running("lo")
        assert server.process
        server.process.send_signal(signal.SIGINT)
        self.assertEqual(server.process.wait(PATIENCE), 0)
        server.start()
        self.assertEqual(server.ended(job)["delivery"], "delivered")

    def test_an_open_connection_does_not_hold_it_up(self) -> None:
        server = self.enterContext(Server())
        with socket.create_connection(server.address) as connection:
            connection.sendall(b"POST /pcap_json HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
            self.assertLess(server.terminate(), 5)


if __name__ == "__main__":
    support.main()
