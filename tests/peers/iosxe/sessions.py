"""Who is connected: terminals, and the connections and processes below them."""

import socket
import subprocess
import threading
import time

from .terminal import Terminal


class Sessions:
    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._lock = threading.Lock()
        self._terminals: dict[Terminal, str] = {}
        self._connections: set[socket.socket] = set()
        self._servers: dict[str, tuple[socket.socket, subprocess.Popen]] = {}  # by the client's port

    def take_line(self, terminal: Terminal, client: str) -> bool:
        """False: all lines are taken."""
        with self._lock:
            if len(self._terminals) >= self._lines:
                return False
            self._terminals[terminal] = client
            return True

    def give_back(self, terminal: Terminal) -> None:
        with self._lock:
            self._terminals.pop(terminal, None)

    def terminals(self) -> list[Terminal]:
        with self._lock:
            return list(self._terminals)

    def count(self) -> int:
        return len(self._terminals)

    def full(self) -> bool:
        return len(self._terminals) >= self._lines

    def add(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def forget(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def remove(self, connection: socket.socket) -> None:
        self.forget(connection)
        connection.close()

    def serve(self, client: str, connection: socket.socket, server: subprocess.Popen) -> None:
        """An SSH server for one client, until it ends."""
        with self._lock:
            self._servers[client] = connection, server
        server.wait()
        with self._lock:
            self._servers.pop(client, None)
        connection.close()

    def hang_up(self, client: str) -> None:
        """The client's whole connection, not only its terminal."""
        with self._lock:
            found = self._servers.get(client)
        if found:
            _shut(found[0])

    def close_all(self) -> None:
        with self._lock:
            everything = [*self._connections, *(connection for connection, _ in self._servers.values())]
        for connection in everything:
            _shut(connection)

    def wait(self, seconds: float) -> None:
        """For the servers' end; those that take longer are killed."""
        last = time.monotonic() + seconds
        with self._lock:
            servers = [server for _, server in self._servers.values()]
        for server in servers:
            try:
                server.wait(max(0.0, last - time.monotonic()))
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
