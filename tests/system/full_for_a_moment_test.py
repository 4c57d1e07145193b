"""A disk that is full for a moment: what has been captured waits for room, and none of it is lost."""

import json
import shutil
import subprocess
import unittest
from pathlib import Path

import support
from peers.fault_server import BUCKET, Fault, FaultServer
from support import frames
from support.mounts import own_mounts
from support.net import Cable
from support.server import Job, Server, wait_until

PATIENCE = 60


class FullForAMoment(unittest.TestCase):
    def server(self, spool_size: str, **variables: str) -> Server:
        """One whose job store and spool are on file systems of their own."""
        own_mounts()
        server = self.enterContext(Server(environment=variables))
        server.terminate()
        shutil.rmtree(server.data_dir)
        for place, size in (server.data_dir, "20M"), (server.data_dir / "spool", spool_size):
            place.mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
            self.addCleanup(subprocess.run, ["umount", place], check=True)
        server.start()
        self.addCleanup(lambda: server.process and server.terminate())
        return server

    def fill(self, folder: Path) -> Path:
        """To the last byte. What is in its way."""
        ballast = folder / "ballast"
        with open(ballast, "wb", buffering=0) as file:
            for size in (65536, 64):
                try:
                    while file.write(b"x" * size) == size:
                        pass
                except OSError:
                    pass
        return ballast

    def captured(self, server: Server, count: int, **more: object) -> Job:
        cable = Cable()
        job = server.running(cable.near, proto="udp", **more)
        cable.send(frames.udp(n, size=1400) for n in range(count))
        return server.captured(job, count)

    def delivered(self, server: Server, job: Job) -> Job:
        last = server.wait_for(job, "its end", lambda j: j["delivery"] in ("delivered", "failed"), PATIENCE)
        self.assertEqual((last["delivery"], last["stop_reason"], last["errors"]), ("delivered", "user", []),
                         json.dumps(last, indent=2))
        return last

    def test_when_a_capture_ends(self) -> None:
        for what, more in {"one file": {}, "several": {"segment": {"bytes": 100_000}}}.items():
            with self.subTest(what), FaultServer() as store:
                server = self.server("20M", **store.variables)
                job = self.captured(server, 200, bucket=BUCKET, **more)
                if more:
                    server.wait_for(job, "its first files", lambda j: len(j["objects"]) == 2 and all(
                        one["delivery"] == "delivered" for one in j["objects"]))
                ballast = self.fill(server.data_dir)
                server.stop(job)
                wait_until("the job store to be refused", lambda: "job.not_stored" in server.log())
                ballast.unlink()
                last = self.delivered(server, job)
                self.assertEqual(last["counters"]["captured"], 200)
                self.assertEqual([one["delivery"] for one in last["objects"]], ["delivered"] * (3 if more else 0))
                server.terminate()

    def test_when_a_delivery_is_tried_again(self) -> None:
        with FaultServer("always_503") as store:
            server = self.server("12M", **store.variables)
            job = self.captured(server, 1000, bucket=BUCKET, compression="zstd")
            server.stop(job)
            server.wait_for(job, "the first failure", lambda j: j["errors"], PATIENCE)
            ballast = self.fill(server.data_dir / "spool")
            store.store.fault = Fault()
            waits = server.wait_for(job, "the disk to be in the way",
                                    lambda j: j["delivery"] == "failed" or j["errors"][-1]["code"] == "not_ready", PATIENCE)
            self.assertEqual(waits["delivery"], "uploading", json.dumps(waits, indent=2))
            self.assertIn("No space left on device", waits["errors"][-1]["message"])
            ballast.unlink()
            self.delivered(server, job)
            server.terminate()


if __name__ == "__main__":
    support.main()
