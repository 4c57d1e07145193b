"""A disk that is slower than what comes in, for a while: the page cache takes what buffers have no room for, and nothing is lost."""

import os
import re
import tempfile
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import support
from support import frames
from support.capture_file import numbers
from support.disk import Disk
from support.net import Cable
from support.server import Server

PAYLOAD = 1400
DISK = 4_000_000    # bytes a second
TRAFFIC = 7_000_000  # likewise, at the most: buffers have room for what comes while the disk takes the first write
MEMORY = 16 << 20   # as below: buffers and ring


class Throttle:
    """A control group whose processes write to the block device no faster. Version 2 of cgroups, or 1."""

    def __init__(self, device: int, bytes_a_second: int) -> None:
        root = Path("/sys/fs/cgroup")
        self._v1 = (root / "blkio").is_dir()
        self._group = (root / "blkio" if self._v1 else root) / f"xepacketcap-{os.getpid()}"
        number = f"{os.major(device)}:{os.minor(device)}"
        try:
            if not self._v1:
                (root / "cgroup.subtree_control").write_text("+io")
            self._group.mkdir()
            if self._v1:
                (self._group / "blkio.throttle.write_bps_device").write_text(f"{number} {bytes_a_second}")
            else:
                (self._group / "io.max").write_text(f"{number} wbps={bytes_a_second}")
        except OSError as failure:
            raise unittest.SkipTest(f"no control group can slow a disk down here: {failure}") from failure

    @contextmanager
    def around(self, pid: int) -> Iterator[None]:
        own = re.search(r"^\d+:[^:]*\bblkio\b[^:]*:(.*)$" if self._v1 else r"^0::(.*)$",
                        Path(f"/proc/{pid}/cgroup").read_text(), re.MULTILINE)
        assert own
        before = self._group.parent / own[1].lstrip("/")
        (self._group / "cgroup.procs").write_text(str(pid))
        try:
            yield
        finally:
            (before / "cgroup.procs").write_text(str(pid))

    def close(self) -> None:
        self._group.rmdir()


class SlowDisk(unittest.TestCase):
    def test_more_than_memory_has_room_for_comes_faster_than_the_disk_takes_it(self) -> None:
        if not os.path.exists("/dev/loop-control"):
            self.skipTest("there are no loop devices here")
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="xepacketcap-disk."))) / "disk"
        disk = Disk(folder, 256)
        self.addCleanup(disk.close)
        throttle = Throttle(folder.stat().st_dev, DISK)
        self.addCleanup(throttle.close)
        server = Server()
        server.data_dir = folder / "data"
        server.configure('[capture]\nmemory = "16 MiB"\n')
        self.enterContext(server)
        cable = Cable()
        job = server.running(cable.near)
        sent = 0
        assert server.process
        with throttle.around(server.process.pid):
            begun = time.monotonic()
            # of which the disk takes 4/7 meanwhile
            while sent * PAYLOAD < 2.5 * MEMORY:
                # steps that wait for each other: not faster than any machine can look at them
                time.sleep(max(0.0, begun + sent * PAYLOAD / TRAFFIC - time.monotonic()))
                cable.send(frames.udp(n, size=PAYLOAD) for n in range(sent, sent + 200))
                sent += 200
                server.wait_for(job, "what was sent", lambda j: j["counters"]["received"] >= sent)
            counters = server.job(job)["counters"]
        self.assertEqual(sum(counters["dropped"].values()), 0, counters)
        self.assertEqual(numbers(server.stopped_file(job)), list(range(sent)))


if __name__ == "__main__":
    support.main()
