"""Mounts of one's own: what is mounted from here on is there for this process and its children only, and nobody else can hold it."""

import ctypes
import os

CLONE_NEWNS = 0x20000  # linux/sched.h
MS_REC_PRIVATE = 0x4000 | 0x40000  # linux/mount.h

_owner = 0


def own_mounts() -> None:
    """For the thread that calls it, and those it starts afterwards; once is enough for a process. Needs root."""
    global _owner
    if _owner == os.getpid():
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(None, b"/", None, MS_REC_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), "mounts of one's own: " + os.strerror(ctypes.get_errno()))
    _owner = os.getpid()
