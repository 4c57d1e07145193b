"""A device that is about to fail, and a server that captures from it."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from . import frames
from .device_server import FAMILIES, Worker, by_dohost, by_ssh
from .iosxe import Device, ssh_is_possible
from .net import Cable
from .server import Job, Server, wait_until

Keys = dict[str, Any]
WAYS = ("dohost", "ssh") if ssh_is_possible() else ("dohost",)


class Scene:
    """A device, a server that knows it, and the worker where there is one.
    `way`: "ssh" or "dohost". `password`: that the server knows, where it is not the device's; `enable_password`
    likewise. `keys`: of the device in the server's configuration, or what gives them for the device; `sections`: of that configuration, before it.
    `worker`: arguments of Worker. `fault`: that the device has before anybody speaks to it. `config`, `more`: of Device."""

    def __init__(self, stack: ExitStack, way: str, family: str = "router", password: str = "",
                 enable_password: str = "", keys: Keys | Callable[[Device], Keys] | None = None, sections: str = "",
                 worker: dict[str, Any] | None = None, fault: dict[str, Any] | None = None,
                 config: Sequence[str] = ("ip scp server enable",), **more: Any) -> None:
        self.cable = Cable()
        self.interface = dict(FAMILIES)[family]
        self.device = stack.enter_context(Device(family, {self.interface: self.cable.near}, ssh=way == "ssh",
                                                 config=list(config), **more))
        if fault:
            self.device.fault(**fault)
        configured = by_ssh if way == "ssh" else by_dohost
        given = keys(self.device) if callable(keys) else keys or {}
        told = sections + configured(self.device, **{"timeout": "2 s"} | given)
        secret = password or self.device.password
        self.name = "edge1" if way == "ssh" else "own"
        secrets = {"PASSWORD": secret} | ({"ENABLE_PASSWORD": enable_password} if enable_password else {})
        self.server = stack.enter_context(Server(told, {f"XEPACKETCAP_DEVICE_EDGE1_{name}": value
                                                          for name, value in secrets.items()}))
        if way == "dohost":
            stack.enter_context(Worker(self.server, self.device, **worker or {}))

    def ask(self, duration: int = 1, **more) -> Job:
        return self.server.create(self.interface, device=self.name, duration=duration, proto="udp", **more)

    def capturing(self, duration: int = 600, **more) -> Job:
        job = self.server.wait_for(self.ask(duration, **more), "running", lambda j: j["state"] == "running")
        wait_until("the capture", self.device.active)
        self.cable.send(frames.udp(n) for n in range(50))
        return job

    def check_clean(self) -> None:
        """At the next opportunity, which there is once nothing is wrong any more."""
        self.device.clear_faults()
        self.device.wait_until_clean()
