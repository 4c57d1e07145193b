"""Network namespaces that belong to the test process alone: they have no name, so that nothing
can collide and nothing is left behind, however the test ends. No root is needed where the kernel
lets users make user namespaces."""

import ctypes
import itertools
import os
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

CLONE_NEWUSER = 0x10000000  # linux/sched.h
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def _unshare(flags: int) -> None:
    if _libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare: " + os.strerror(ctypes.get_errno()))


def _setns(fd: int) -> None:
    if _libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns: " + os.strerror(ctypes.get_errno()))


def isolate() -> None:
    """Moves this process, and what it starts from now on, to a network of its own with nothing
    but `lo`. To be called once, before any thread is started."""
    if os.geteuid() == 0:
        _unshare(CLONE_NEWNET)
    else:
        user, group = os.geteuid(), os.getegid()
        _unshare(CLONE_NEWUSER | CLONE_NEWNET)
        for name, line in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(line)
    ip("link", "set", "lo", "up")


def free_port() -> int:
    """Of 127.0.0.1; nobody else takes it, in a network of one's own."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def listens(port: int) -> bool:
    """Whether somebody takes connections on that port of 127.0.0.1."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


class Namespace:
    """A second network, for the other end of a cable."""

    def __init__(self) -> None:
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        _unshare(CLONE_NEWNET)
        try:
            self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            ip("link", "set", "lo", "up")
        finally:
            _setns(self._home)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Sockets and processes made by this thread meanwhile belong to the namespace for good."""
        _setns(self.fd)
        try:
            yield
        finally:
            _setns(self._home)

    @property
    def path(self) -> str:
        return f"/proc/{os.getpid()}/fd/{self.fd}"


class Cable:
    """A veth pair: `near` is an interface here, `far` one in a namespace of its own. Neither end
    has an address, so the kernel sends nothing by itself. It stays until the process ends."""

    _made = itertools.count()

    def __init__(self, near: str = "", mtu: int = 1500) -> None:
        self.near = near or f"near{next(Cable._made)}"
        self.far = "far0"
        self.peer = Namespace()
        size = str(mtu)
        ip("link", "add", self.near, "mtu", size, "type", "veth",
           "peer", "name", self.far, "mtu", size, "netns", self.peer.path)
        ip("link", "set", self.near, "addrgenmode", "none", "up")
        with self.peer.inside():
            ip("link", "set", self.far, "addrgenmode", "none", "up")
            self._far_socket = packet_socket(self.far)
        self._near_socket = packet_socket(self.near)

    def send(self, frames: Iterable[bytes]) -> int:
        """From the far end: frames that arrive at `near`. Returns how many."""
        return _send(self._far_socket, frames)

    def send_back(self, frames: Iterable[bytes]) -> int:
        """From the near end: frames that leave `near`. Returns how many."""
        return _send(self._near_socket, frames)

    def unplug(self) -> None:
        """Both ends are gone."""
        ip("link", "del", self.near)


def packet_socket(interface: str) -> socket.socket:
    # Protocol 0: it sends, and receives nothing.
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    made.bind((interface, 0))
    return made


def _send(through: socket.socket, frames: Iterable[bytes]) -> int:
    count = 0
    for frame in frames:
        through.send(frame)
        count += 1
    return count
