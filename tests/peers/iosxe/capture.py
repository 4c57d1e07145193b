"""Real packets of real interfaces: packet sockets, read by one thread for each running capture."""

import ctypes
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable

from .interfaces import Cable

# linux/if_ether.h, linux/if_packet.h, asm-generic/socket.h
_ETH_P_ALL = 3
_PACKET_OUTGOING = 4
_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _PACKET_STATISTICS, _PACKET_AUXDATA = 263, 1, 6, 8
_PACKET_MR_PROMISC = 1
_VLAN_VALID, _VLAN_TPID_VALID = 0x10, 0x40
_SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 33, 35
_CLONE_NEWNET = 0x40000000

_LONGEST = 1 << 17

# A frame as on the wire, its length there, nanoseconds since the Unix epoch → whether it goes on.
Taker = Callable[[bytes, int, int], bool]


def packet_socket(cable: Cable) -> socket.socket:
    """Has every packet of the interface from now on, and none of any other."""
    if cable.netns:
        return _elsewhere(cable)
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    made.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
    try:
        made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
    except PermissionError:  # in a user namespace
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
    index = socket.if_nametoindex(cable.interface)
    made.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, struct.pack("iHH8x", index, _PACKET_MR_PROMISC, 0))
    made.bind((cable.interface, _ETH_P_ALL))
    return made


def _elsewhere(cable: Cable) -> socket.socket:
    """A socket stays in the network that it was made in, so a thread goes there to make it."""
    made: list = []

    def make() -> None:
        try:
            with open(cable.netns) as namespace:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(namespace.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns {cable.netns}: {os.strerror(ctypes.get_errno())}")
            made.append(packet_socket(Cable(cable.interface)))
        except OSError as failure:
            made.append(failure)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


class Recorder:
    """Hands over packets from the time it is made until stop(), or until `take` says that it has
    enough, or `seconds` have passed; then, unless it was stop(), `ended` is called. `cables`: with
    each one the directions, "in", "out" or "both"."""

    def __init__(self, cables: list[tuple[Cable, str]], take: Taker,
                 seconds: float | None, ended: Callable[[str], None]) -> None:
        self._sockets = [(packet_socket(cable), direction) for cable, direction in cables]
        self._take = take
        self._ended = ended
        self.began = time.time()
        self._last = None if seconds is None else self.began + seconds
        self._wake, self._woken = socket.socketpair()
        self._stop = False
        self.lost = 0  # by the kernel, for want of room
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """What has arrived by now is handed over first."""
        self._stop = True
        try:
            self._wake.send(b"x")
        except OSError:
            pass  # it has ended by itself
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        why = ""
        while not why:
            timeout = None if self._last is None else max(0.0, self._last - time.time())
            select.select([self._woken, *(one for one, _ in self._sockets)], [], [], timeout)
            stopped = self._stop
            over = self._last is not None and time.time() >= self._last
            if not self._drain():
                why = "full"
            elif over:
                why = "duration"
            elif stopped:
                why = "stopped"
        for one, _ in self._sockets:
            self._count_lost(one)
            one.close()
        self._wake.close()
        self._woken.close()
        if why != "stopped":
            self._ended(why)

    def _count_lost(self, one: socket.socket) -> None:
        try:
            self.lost += struct.unpack("II", one.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))[1]
        except OSError:
            pass  # the interface is gone

    def _drain(self) -> bool:
        """False: enough is enough."""
        waiting: list[tuple[int, bytes, int]] = []
        for one, direction in self._sockets:
            while (got := _receive(one)) is not None:
                frame, wire, when, outgoing = got
                wanted = direction == "both" or (direction == "out") == outgoing
                if wanted and (self._last is None or when <= self._last * 1e9):
                    waiting.append((when, frame, wire))
        return all(self._take(frame, wire, when) for when, frame, wire in sorted(waiting, key=lambda w: w[0]))


def _receive(one: socket.socket) -> tuple[bytes, int, int, bool] | None:
    try:
        frame, ancillary, flags, address = one.recvmsg(_LONGEST, 256)
    except BlockingIOError:
        return None
    except OSError:
        return None  # the interface went down; it may come up again
    when, wire = time.time_ns(), len(frame)
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nano = struct.unpack("qq", data[:16])
            when = seconds * 10**9 + nano
        elif level == _SOL_PACKET and kind == _PACKET_AUXDATA:
            status, _, _, _, _, tag, tpid = struct.unpack("IIIHHHH", data[:20])
            if status & _VLAN_VALID:
                # the kernel took it out
                ethertype = tpid if status & _VLAN_TPID_VALID else 0x8100
                frame = frame[:12] + struct.pack("!HH", ethertype, tag) + frame[12:]
                wire += 4
    return frame, wire, when, address[2] == _PACKET_OUTGOING
