"""The spool has a bound: what does not fit is refused or counted, and there is room again once the store has taken it."""

import os
import unittest

import support
from peers.fault_server import Fault, FaultServer
from peers.fault_store import BUCKET
from support import frames
from support.capture_file import numbers
from support.net import Cable, free_port
from support.server import Server, wait_until

ROOM = 16 << 20
LARGE = 1400
PATIENCE = 60
BEYOND = 5 << 20  # what was captured, and not packed yet, when there was no room any more


class SpoolSize(unittest.TestCase):
    def test_captures_end_with_what_they_have_and_new_ones_are_refused_until_it_is_delivered(self) -> None:
        port = free_port()
        with FaultServer() as elsewhere:
            variables = elsewhere.variables | {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}"}
        server = self.enterContext(Server('[delivery]\nspool_size = "16 MiB"\n', environment=variables))
        cable = Cable()
        job = server.running(cable.near, bucket=BUCKET, proto="udp")
        sent = 0
        while server.job(job)["state"] == "running":
            cable.send(frames.udp(n, size=LARGE) for n in range(sent, sent + 200))
            sent += 200
            self.assertLess(sent * LARGE, 20 * ROOM, "the capture never ended")
        wait_until("the capture's end", lambda: server.job(job)["state"] == "stopped")
        last = server.job(job)
        counters = last["counters"]
        self.assertEqual((last["stop_reason"], last["delivery"]), ("error", "uploading"))
        self.assertEqual(last["errors"][0]["code"], "disk_full")
        self.assertIn("delivery.spool_size", last["errors"][0]["message"])
        self.assertEqual(counters["received"], counters["captured"] + sum(counters["dropped"].values()))
        self.assertGreater(counters["dropped"]["disk"], 0)
        spool = server.data_dir / "spool" / f"{job['id']}.pcap"
        self.assertLessEqual(spool.stat().st_size, ROOM)
        self.assertGreater(spool.stat().st_size, ROOM // 2)

        refused = server.request("POST", "/api/v1/jobs", {"interface": cable.near, "duration": 1})
        self.assertEqual(refused.status, 507)
        self.assertEqual(refused.json["error"]["code"], "disk_full")
        self.assertIn("delivery.spool_size", refused.json["error"]["message"])

        with FaultServer(port=port) as store:
            wait_until("the delivery", lambda: server.job(job)["delivery"] == "delivered", PATIENCE)
            last = server.job(job)
            path = server.folder / "object"
            path.write_bytes(store.store.objects[last["object"]["key"]].body)
            self.assertEqual(numbers(path), list(range(counters["captured"])))
            self.assertEqual([error["code"] for error in last["errors"]], ["disk_full"])
            server.ended(server.create(cable.near, bucket=BUCKET, duration=1))

    def test_what_is_packed_counts(self) -> None:
        """Of traffic that can not be compressed, to a store that is away: the packed file is as large as the capture."""
        with FaultServer("always_503") as store:
            config = '[s3]\npart_size = "5 MiB"\n[delivery]\nspool_size = "16 MiB"\n'
            server = self.enterContext(Server(config, environment=store.variables))
            cable, sent, most = Cable(), 0, 0
            job = server.running(cable.near, bucket=BUCKET, proto="udp", compression="zstd")
            while server.job(job)["state"] == "running":
                cable.send(noise(n) for n in range(sent, sent + 200))
                sent += 200
                most = max(most, spooled_bytes(server))
                self.assertLess(sent * LARGE, 20 * ROOM, "the capture never ended")
            most = max(most, spooled_bytes(server))
            self.assertGreater(most, ROOM // 2)
            self.assertLess(most, ROOM + BEYOND)
            store.store.fault = Fault()
            self.assertEqual(server.wait_for(job, "the delivery", lambda j: j["delivery"] == "delivered", PATIENCE)["stop_reason"], "error")


def noise(number: int) -> bytes:
    frame = frames.udp(number, size=LARGE)
    return frame[:60] + os.urandom(len(frame) - 60)


def spooled_bytes(server: Server) -> int:
    return sum(path.stat().st_size for path in (server.data_dir / "spool").iterdir())


if __name__ == "__main__":
    support.main()
