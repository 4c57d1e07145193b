"""A command line without a person: what dohost, and `ssh HOST COMMAND`, get. Nobody can answer a question there."""

import select
import socket
import time
from typing import TYPE_CHECKING

from .shell import Closed, Gone
from .unattended import Unattended

if TYPE_CHECKING:
    from .device import Device


class Batch(Unattended):
    echoes = False
    length = width = 0
    monitors = False

    def __init__(self, device: "Device", connection: socket.socket) -> None:
        self._device = device
        self._connection = connection
        self._left: int | None = None
        self._among = ""

    def write(self, text: str) -> None:
        if self._among:
            text += self._device.stamped(self._among) + "\n"
            self._among = ""
        data = text.encode("utf-8", "surrogateescape")
        if self._left is not None:
            data, self._left = data[:self._left], self._left - len(data)
        try:
            self._connection.sendall(data)
        except OSError:
            raise Gone from None
        if self._left is not None and self._left <= 0:
            raise Closed

    def confirm(self, question: str) -> bool:
        if self._device.quirk("dohost_confirms"):
            return True
        self.write(question)
        self.pause(None)
        return False

    def interject(self, text: str) -> None:
        """It has nobody to go to."""

    def pause(self, seconds: float | None, hard: bool = False) -> None:
        """None: until the other end gives up."""
        last = None if seconds is None else time.monotonic() + seconds
        while last is None or time.monotonic() < last:
            if select.select([self._connection], [], [], None if last is None else max(0.0, last - time.monotonic()))[0]:
                try:
                    if self._connection.recv(4096):
                        continue
                except OSError:
                    pass
                raise Gone

    def cut_after(self, octets: int) -> None:
        self._left = octets

    def among_output(self, line: str) -> None:
        self._among = line
