"""Address translation, as far as the way in to a guestshell: `ip nat inside source static tcp`."""

import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .device import Device


@dataclass(frozen=True)
class Forward:
    guest: str
    guest_port: int
    interface: str
    port: int

    def text(self) -> str:
        return f"ip nat inside source static tcp {self.guest} {self.guest_port} interface {self.interface} {self.port}"


class Nat:
    """Connections to an address of the device that are for somebody inside."""

    def __init__(self, device: "Device") -> None:
        self._device = device
        self._listening: dict[Forward, socket.socket] = {}

    def changed(self) -> None:
        """The configuration, or what runs. Only what has an inside and an outside is translated."""
        config = self._device.config
        inside = config.ports.get(config.hosting.vnic)
        for forward in config.forwards:
            outside = config.ports.get(forward.interface)
            works = (inside and inside.nat == "inside" and outside and outside.nat == "outside" and outside.address
                     and forward.guest == config.hosting.guest and self._device.guestshell.is_running)
            if works and forward not in self._listening:
                listener = socket.create_server((outside.address, forward.port))
                self._listening[forward] = listener
                threading.Thread(target=self._accept, args=[listener, forward], daemon=True).start()

    def _accept(self, listener: socket.socket, forward: Forward) -> None:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_join, args=[client, forward], daemon=True).start()


def _join(client: socket.socket, forward: Forward) -> None:
    try:
        # the inside is translated, and the client stays who it is
        guest = socket.create_connection((forward.guest, forward.guest_port), 10, (client.getpeername()[0], 0))
    except OSError:
        return client.close()
    guest.settimeout(None)
    back = threading.Thread(target=_copy, args=[guest, client], daemon=True)
    back.start()
    _copy(client, guest)
    back.join()
    client.close()
    guest.close()
    return None


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
