"""A user's terminal as the device drives it: echo, line editing, pages, prompts of one key, log lines."""

import re
import select
import socket
import threading
import time
from typing import TYPE_CHECKING

from .shell import Closed, Gone, Interrupted, Shell

if TYPE_CHECKING:
    from .device import Device

_CTRL_C, _BACKSPACE, _LF, _CR, _CTRL_U, _CTRL_W, _CTRL_Z, _ESCAPE, _CTRL_CARET, _DELETE = 3, 8, 10, 13, 21, 23, 26, 27, 30, 127
_BREAKS = (_CTRL_C, _CTRL_CARET)
_MORE = " --More-- "


class Terminal:
    """`connection`: a stream to whoever sits there. A length of 0: no pages."""

    echoes = True

    def __init__(self, device: "Device", connection: socket.socket, length: int, width: int) -> None:
        self._device = device
        self._connection = connection
        self.length = length
        self.width = width
        self.monitors = bool(device.quirk("monitors"))
        self._typed = bytearray()
        self._after_cr = False
        self._lines = 0  # since the last page
        self._out = threading.Lock()
        self._left: int | None = None  # octets until the connection is cut
        self._among = ""

    # Output.

    def _send(self, text: str) -> None:
        data = text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")
        cut = self._left is not None and len(data) >= self._left
        if self._left is not None:
            data = data[:self._left]
            self._left -= len(data)
        slow = self._device.faults.of_device("slow")
        size = slow.get("chunk", 1) if slow else len(data) or 1
        try:
            with self._out:
                for at in range(0, len(data), size):
                    self._connection.sendall(data[at:at + size])
                    if slow:
                        time.sleep(slow.get("pause", 0.002))
        except OSError:
            raise Gone from None
        if cut:
            raise Closed

    def write(self, text: str) -> None:
        lines = re.findall(r"[^\n]*\n|[^\n]+", text)
        if self._among and lines:
            lines.insert((len(lines) + 1) // 2, self._device.stamped(self._among) + "\n")
            self._among = ""
        for line in lines:
            if self.length and self._lines >= self.length - 1:
                self._page()
            if self._broken():
                raise Interrupted
            self._send(line)
            self._lines += line.endswith("\n")

    def _page(self) -> None:
        self._send(_MORE)
        key = self._key()
        self._send("\b" * len(_MORE) + " " * len(_MORE) + "\b" * len(_MORE))
        if key == ord(" "):
            self._lines = 0
        elif key not in (_CR, _LF):
            raise Interrupted

    def interject(self, text: str) -> None:
        """From another thread, wherever the output is."""
        try:
            with self._out:
                self._connection.sendall(text.replace("\n", "\r\n").encode())
        except OSError:
            pass

    def cut_after(self, octets: int) -> None:
        self._left = octets

    def among_output(self, line: str) -> None:
        self._among = line

    # Input.

    def _fill(self, seconds: float | None) -> bool:
        """Waits for something typed."""
        ready, _, _ = select.select([self._connection], [], [], seconds)
        if not ready:
            return False
        try:
            piece = self._connection.recv(4096)
        except OSError:
            piece = b""
        if not piece:
            raise Gone
        self._typed += piece
        return True

    def _key(self) -> int:
        while not self._typed:
            if not self._fill(self._device.exec_timeout or None):
                raise Closed
        key = self._typed.pop(0)
        if key == _LF and self._after_cr:
            self._after_cr = False
            return self._key()
        self._after_cr = key == _CR
        return key

    def _broken(self) -> bool:
        """Whether a break was typed; what was typed before it is forgotten."""
        while self._fill(0):
            pass
        for at, key in enumerate(self._typed):
            if key in _BREAKS:
                del self._typed[:at + 1]
                return True
        return False

    def pause(self, seconds: float | None, hard: bool = False) -> None:
        last = None if seconds is None else time.monotonic() + seconds
        while last is None or time.monotonic() < last:
            self._fill(None if last is None else max(0.0, last - time.monotonic()))
            if not hard and self._broken():
                raise Interrupted

    def confirm(self, question: str) -> bool:
        self._send(question)
        key = self._key()
        if key in _BREAKS:
            raise Interrupted
        self._send("y\n" if key in b"yY" else "\n")
        return key in (_CR, _LF) or key in b"yY"

    def ask(self, question: str, default: str) -> str:
        self._send(question)
        return self._line(question) or default

    def secret(self, question: str) -> str:
        self._send(question)
        return self._line(question, hidden=True)

    def _line(self, prompt: str, hidden: bool = False, shell: Shell | None = None) -> str:
        """`shell`: whose prompt it is, so that a question mark and Ctrl-Z mean something."""
        line = bytearray()
        column = len(prompt)

        def shown() -> str:
            return "" if hidden else line.decode("utf-8", "surrogateescape")

        while True:
            key = self._key()
            if key in (_CR, _LF):
                self._send("\n")
                return line.decode("utf-8", "surrogateescape")
            if key == _CTRL_C:
                raise Interrupted
            if key == _CTRL_Z and shell:
                self._send("^Z\n")
                if shell.mode:
                    shell.leave_config()
                return ""
            if key in (_BACKSPACE, _DELETE):
                if line:
                    line.pop()
                    column -= 1
                    self._send("" if hidden else "\b \b")
            elif key in (_CTRL_U, _CTRL_W):
                kept = b"" if key == _CTRL_U else line.rstrip().rpartition(b" ")[0]
                self._send("" if hidden else "\b \b" * (len(line) - len(kept)))
                column -= len(line) - len(kept)
                line[:] = kept
            elif key == ord("?") and shell:
                self._send("?\n")
                self.write(shell.help(shown()))
                self._send(prompt + shown())
            elif key == _ESCAPE:
                for _ in range(2):
                    self._key()
            elif key >= 32:
                line.append(key)
                if not hidden:
                    column = self._echo(key, line, prompt, column)

    def _echo(self, key: int, line: bytearray, prompt: str, column: int) -> int:
        """A line that reaches the right edge moves to the left, behind a dollar sign."""
        if self.width and column >= self.width - 1:
            room = self.width - len(prompt) - 12
            tail = line[-room:].decode("latin-1")
            self._send("\b" * (column - len(prompt)) + "$" + tail)
            return len(prompt) + 1 + len(tail)
        self._send(bytes([key]).decode("utf-8", "surrogateescape"))
        return column + 1

    # The session.

    def run(self, shell: Shell) -> None:
        """Until the user leaves, or the device hangs up."""
        self._send(self._device.greeting + "\n" * 2)
        prompt = ""
        while True:
            try:
                self._lines = 0
                prompt = shell.prompt
                self._send(prompt)
                line = self._line(prompt, shell=shell)
                self._lines = 0
                shell.execute(line)
            except Interrupted:
                self._among = ""
                if shell.mode:
                    shell.leave_config()
                self._send("\n")
