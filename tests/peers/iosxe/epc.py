"""Embedded packet capture: the capture points of a device, what they hold, and what ends them."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from . import packet as packets
from .acl import AccessList, Entry
from .capture import Recorder
from .interfaces import Cable
from .pcap_file import Stored

CONTROL_PLANE = "Control Plane"
DEFAULT_BUFFER_MB = 10
_OVERHEAD = 16  # of a packet in the buffer, in bytes


@dataclass
class Filter:
    """One of: everything, an access list, a line written in place."""

    line: str  # as in "match any", "access-list X"
    access_list: str = ""
    entry: Entry | None = None


@dataclass
class Buffer:
    megabytes: int = DEFAULT_BUFFER_MB
    circular: bool = False
    packets: deque[Stored] = field(default_factory=deque)
    used: int = 0
    dropped: int = 0

    @property
    def capacity(self) -> int:
        return self.megabytes << 20

    def clear(self) -> None:
        self.packets.clear()
        self.used = self.dropped = 0

    def put(self, one: Stored) -> bool:
        """False: it is full, and has not taken it."""
        need = len(one.data) + _OVERHEAD
        while self.circular and self.packets and self.used + need > self.capacity:
            self.used -= len(self.packets.popleft().data) + _OVERHEAD
        if self.used + need > self.capacity:
            return False
        self.packets.append(one)
        self.used += need
        return True


@dataclass
class FileMode:
    url: str
    ring: int = 0
    megabytes: int = 0
    buffer_megabytes: int = 0


class Point:
    """`limits`: by the names of the command line, only those that were set."""

    def __init__(self, name: str, default_pps: int) -> None:
        self.name = name
        self.attachments: list[tuple[str, str]] = []  # long name, "in", "out" or "both"
        self.filter: Filter | None = None
        self.limits: dict[str, int] = {}
        self.buffer = Buffer()
        self.buffer_was_set = False
        self.file: FileMode | None = None
        self.export_state = "none"
        self.taken = 0  # what the filter let through, since the start
        self.oversized = 0
        self.began = self.ended = 0.0
        self._default_pps = default_pps
        self._recorder: Recorder | None = None
        self._lock = threading.Lock()
        self._second = -1
        self._in_second = 0

    @property
    def active(self) -> bool:
        return self._recorder is not None

    @property
    def pps(self) -> int:
        """0: no limit."""
        return self.limits.get("pps", self._default_pps if self.attachments else 0)

    def start(self, cables: list[tuple[Cable, str]], lists: list[AccessList], drop_every: int,
              ended: Callable[["Point", str], None]) -> None:
        """`lists`: those of the filter's name; as they are now, they are used until the end.
        Errors: OSError, when an interface can not be read."""
        self.buffer.clear()
        self.taken = self.oversized = 0
        self._second = -1
        chosen = self.filter
        assert chosen

        def wanted(frame: bytes) -> bool:
            if chosen.access_list:
                seen = packets.parse(frame)
                return any(one.permits(seen) for one in lists)
            if chosen.entry:
                seen = packets.parse(frame)
                return seen is not None and chosen.entry.matches(seen)
            return True

        def take(frame: bytes, wire: int, when: int) -> bool:
            with self._lock:
                return not wanted(frame) or self._take(frame, wire, when, drop_every)

        def over(why: str) -> None:
            if recorder := self._recorder:
                self._close(recorder)
                ended(self, why)

        self.began = time.time()
        # The lock: a capture that is over at once finds its recorder.
        with self._lock:
            self._recorder = Recorder(cables, take, self.limits.get("duration"), over)

    def stop(self) -> None:
        if recorder := self._recorder:
            recorder.stop()
            self._close(recorder)

    def _close(self, recorder: Recorder) -> None:
        if self._recorder is not recorder:
            return
        self.ended = time.time()
        self.buffer.dropped += recorder.lost
        self._recorder = None

    def _take(self, frame: bytes, wire: int, when: int, drop_every: int) -> bool:
        self.taken += 1
        every = self.limits.get("every", 0)
        if every and self.taken % every != 1:
            return True
        if drop_every and self.taken % drop_every == 0:
            self.buffer.dropped += 1
            return True
        if self.pps:
            if when // 10**9 != self._second:
                self._second, self._in_second = when // 10**9, 0
            self._in_second += 1
            if self._in_second > self.pps:
                self.buffer.dropped += 1
                return True
        length = self.limits.get("packet-len", 0)
        if length and len(frame) > length:
            self.oversized += 1
            frame = frame[:length]
        if not self.buffer.put(Stored(when, frame, wire)):
            self.buffer.dropped += 1
            return False
        most = self.limits.get("packets", 0)
        return not most or len(self.buffer.packets) < most

    def stored(self) -> list[Stored]:
        with self._lock:
            return list(self.buffer.packets)

    def seconds(self) -> int:
        return int((time.time() if self.active else self.ended) - self.began)
