"""A disk that does not give a part of a spool file back: what is in front of it is delivered, and so are all other captures."""

import json
import os
import re
import subprocess
import unittest
from pathlib import Path

import support
from peers.fault_server import BUCKET, Fault, FaultServer
from support import frames
from support.mounts import own_mounts
from support.net import Cable
from support.server import Job, Server

COUNT = 500  # packets of a capture
BLOCK = 4096


def told(*command: str | Path) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class BadSector(unittest.TestCase):
    def disk(self, folder: Path, image: Path) -> str:
        """An ext4 of its own without a journal, whose first 40 MiB are taken. Its device."""
        own_mounts()
        with open(image, "wb") as file:
            file.truncate(64 << 20)
        device = told("losetup", "--find", "--show", image)
        self.addCleanup(told, "losetup", "--detach", device)
        told("mkfs.ext4", "-q", "-b", str(BLOCK), "-O", "^has_journal", device)
        told("mount", device, folder)
        self.addCleanup(told, "umount", folder)
        (folder / "ballast").write_bytes(b"x" * (40 << 20))
        return device

    def last_extent(self, path: Path) -> int:
        """Where it begins on the disk."""
        extents = re.findall(r"^\s*\d+:\s+\d+\.\.\s*\d+:\s+(\d+)\.\.", told("filefrag", f"-b{BLOCK}", "-v", path), re.MULTILINE)
        return int(extents[-1])

    def test_what_is_in_front_of_it_is_delivered_and_all_other_captures_are(self) -> None:
        with FaultServer("always_503") as store:
            server = self.enterContext(Server(environment=store.variables))
            server.terminate()
            spool, image = server.data_dir / "spool", server.folder / "disk"
            device = self.disk(spool, image)
            server.start()
            cable = Cable()
            jobs = []
            for _ in range(2):  # one after the other, so that their blocks are
                jobs.append(server.running(cable.near, bucket=BUCKET, proto="udp"))
                cable.send(frames.udp(n, size=1400) for n in range(COUNT))
                server.captured(jobs[-1], COUNT)
                server.stop(jobs[-1])
                server.wait_for(jobs[-1], "its delivery to begin", lambda j: j["delivery"] == "uploading")
                os.sync()
            server.kill()
            healthy, damaged = sorted(jobs, key=lambda job: self.last_extent(spool / f"{job['id']}.pcap"))
            self.lose(image, device, spool, damaged)
            store.store.fault = Fault()
            server.start()
            last = server.ended(healthy)
            self.assertEqual((last["delivery"], last["counters"]["captured"]), ("delivered", COUNT), json.dumps(last, indent=2))
            last = server.ended(damaged)
            self.assertEqual(last["delivery"], "delivered", json.dumps(last, indent=2))
            self.assertEqual(last["errors"][-1]["code"], "corrupt")
            self.assertGreater(last["counters"]["captured"], 0)
            self.assertLess(last["counters"]["captured"], COUNT)
            server.terminate()

    def lose(self, image: Path, device: str, spool: Path, job: Job) -> None:
        """All behind the first blocks of its last extent: on the disk, and in memory."""
        begin = self.last_extent(spool / f"{job['id']}.pcap")
        os.sync()
        for path in spool.glob("*.pcap"):
            file = os.open(path, os.O_RDONLY)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)
        os.truncate(image, (begin + 4) * BLOCK)
        told("losetup", "--set-capacity", device)


if __name__ == "__main__":
    support.main()
