"""A disk whose power can be cut, or that stands still for a while."""

import fcntl
import os
import struct
import subprocess
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .mounts import own_mounts

# linux/fs.h, FS_IOC_SHUTDOWN, as ext4 has it: what is in memory only, data or journal, is lost from that moment on, and the
# next mount finds what the disk had. The same is what the file systems' own developers test power cuts with (xfstests, godown).
FS_IOC_SHUTDOWN = 0x8004587D
WITHOUT_FLUSHING_THE_LOG = 2

# Freezes, says so, and thaws when its input ends, which is at the latest when this process does. A
# frozen file system can not be left behind: whoever writes to it can not even be killed.
FREEZE = 'fsfreeze -f "$1" && echo frozen && { timeout 20 cat; fsfreeze -u "$1"; }'


class Disk:
    """An ext4 of its own, in a file beside `folder`, mounted there: for this thread, and those that it starts afterwards. Needs
    root and a loop device."""

    def __init__(self, folder: Path, mebibytes: int) -> None:
        # Another test that makes mounts of its own would take a copy of this one along: the file system would outlive its
        # unmounting, and the next mount find it as it was, without power.
        own_mounts()
        self._folder, self._image = folder, folder.with_suffix(".disk")
        with open(self._image, "wb") as image:
            image.truncate(mebibytes << 20)
        subprocess.run(["mkfs.ext4", "-q", self._image], check=True)
        folder.mkdir()
        self._mount()

    def _mount(self) -> None:
        device = subprocess.run(["losetup", "--find", "--show", self._image], check=True, stdout=subprocess.PIPE,
                                text=True).stdout.strip()
        # what the disk has is not in the page cache of this machine as well; where that can not be, it is
        subprocess.run(["losetup", "--direct-io=on", device], check=False, stderr=subprocess.DEVNULL)
        try:
            subprocess.run(["mount", device, self._folder], check=True)
        finally:
            subprocess.run(["losetup", "--detach", device], check=True)  # by the kernel, when nobody has it mounted

    def cut_power(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        fcntl.ioctl(folder, FS_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING_THE_LOG))
        os.close(folder)

    def has_power_again(self) -> None:
        """Nobody has a file open on it."""
        self.close()
        self._mount()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing here writes to it meanwhile, or the two wait for each other."""
        with subprocess.Popen(["sh", "-c", FREEZE, "sh", str(self._folder)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, start_new_session=True) as process:
            assert process.stdout
            if process.stdout.readline() != b"frozen\n":
                raise unittest.SkipTest("the file system can not be frozen here")
            try:
                yield
            finally:
                early = process.poll() is None
                process.communicate()
            assert process.returncode == 0 and early, "it was frozen for longer than planned"

    def close(self) -> None:
        subprocess.run(["umount", self._folder], check=True)
