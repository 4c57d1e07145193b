"""What a device captured stays on it until the store has given a receipt for it: while the store is away, and over a kill."""

import unittest
from contextlib import ExitStack
from functools import partial

import support
from peers.fault_server import BUCKET, FaultServer
from support import net
from support.capture_file import packets
from support.device_scene import WAYS, Scene
from support.device_server import FAMILIES
from support.together import together


class Receipt(unittest.TestCase):
    def check(self, family: str, way: str) -> None:
        port = net.free_port()
        with FaultServer() as made:  # for its keys only: nobody listens where the server looks for it
            variables = made.variables | {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}"}
        with ExitStack() as stack:
            scene = Scene(stack, way, family)
            scene.server.terminate()
            scene.server.environment |= variables
            scene.server.start()
            job = scene.capturing(bucket=BUCKET)
            scene.server.stop(job)
            job = scene.server.wait_for(job, "a store that is away", lambda j: j["state"] == "stopped" and j["errors"])
            file = f"XP{job['number']}.pcap"
            for after_kill in (False, True):
                left = scene.device.left()
                assert [name.rpartition("/")[2] for name in left["files"]] == [file], (after_kill, left)
                assert scene.server.job(job)["delivery"] in ("none", "uploading"), job
                if not after_kill:
                    scene.server.kill()
                    scene.server.start()
                    scene.server.wait_for(job, "another try", lambda j: j["state"] == "stopped" and j["errors"])
            with FaultServer(port=port) as store:
                last = scene.server.wait_for(job, "its end", lambda j: j["delivery"] in ("delivered", "failed"), 90)
                assert last["delivery"] == "delivered", last
                (content,) = [bytes(one.body) for one in store.store.objects.values()]
            path = scene.server.folder / "object"
            path.write_bytes(content)
            assert packets(path) == packets(scene.device.exported(file)) and len(packets(path)) == 50
            scene.device.wait_until_clean()

    def test_the_file_goes_from_the_device_behind_it_and_not_before(self) -> None:
        together((f"{family}, {way}", partial(self.check, family, way)) for family, _ in FAMILIES for way in WAYS)


if __name__ == "__main__":
    support.main()
