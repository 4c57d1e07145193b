"""A disk whose power can be cut."""

import fcntl
import os
import struct
import subprocess
from pathlib import Path

# linux/fs.h, FS_IOC_SHUTDOWN, as ext4 has it: what is in memory only, data or journal, is lost from that moment on, and the
# next mount finds what the disk had. The same is what the file systems' own developers test power cuts with (xfstests, godown).
FS_IOC_SHUTDOWN = 0x8004587D
WITHOUT_FLUSHING_THE_LOG = 2


class Disk:
    """An ext4 of its own, in a file beside `folder`, mounted there. Needs root and a loop device."""

    def __init__(self, folder: Path, mebibytes: int) -> None:
        self._folder, self._image = folder, folder.with_suffix(".disk")
        with open(self._image, "wb") as image:
            image.truncate(mebibytes << 20)
        subprocess.run(["mkfs.ext4", "-q", self._image], check=True)
        folder.mkdir()
        self._mount()

    def _mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", self._image, self._folder], check=True)

    def cut_power(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        fcntl.ioctl(folder, FS_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING_THE_LOG))
        os.close(folder)

    def has_power_again(self) -> None:
        """Nobody has a file open on it."""
        self.close()
        self._mount()

    def close(self) -> None:
        subprocess.run(["umount", self._folder], check=True)
