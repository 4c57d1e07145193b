"""What a device is asked to keep is what is in the file: addresses and networks of both families, ports, protocols, directions."""

import unittest
from typing import Any

import support
from support import frames
from support.device_server import FAMILIES, Worker, by_dohost
from support.iosxe import Device
from support.net import Cable
from support.pcap import numbers
from support.server import PATIENCE, Job, Server, wait_until

# One of each kind of frame, by what tells it from the others; its number is that of its place.
KINDS: tuple[dict[str, Any], ...] = (
    {"source": "10.1.2.3", "destination": "10.9.9.9"},
    {"source": "10.1.2.4", "destination": "10.9.9.9"},
    {"source": "10.2.2.3", "destination": "10.9.9.9"},
    {"source": "10.9.9.9", "destination": "10.1.2.3"},
    {"source": "10.1.2.3", "destination": "10.9.9.9", "port": 53},
    {"source": "2001:db8:1::3", "destination": "2001:db8:9::9"},
    {"source": "2001:db8:1::4", "destination": "2001:db8:9::9"},
    {"source": "2001:db8:2::3", "destination": "2001:db8:9::9", "port": 53},
)
# What is asked for, and the kinds that are to be kept.
ASKED: tuple[tuple[dict[str, Any], set[int]], ...] = (
    ({"proto": "any"}, set(range(8))),
    ({"proto": "udp"}, {0, 1, 2, 3, 4}),  # a list is of one family: without an address, of IPv4
    ({"proto": "ip", "src": "10.1.2.3", "bidirectional": False}, {0, 4}),
    ({"proto": "ip", "src": "10.1.2.3"}, {0, 3, 4}),
    ({"proto": "ip", "src": "10.1.0.0/16", "dst": "10.9.9.9", "bidirectional": False}, {0, 1, 4}),
    ({"proto": "udp", "dst_port": 53, "bidirectional": False}, {4}),
    ({"proto": "udp", "src": "::/0", "dst_port": 53, "bidirectional": False}, {7}),
    ({"proto": "udp", "src": "2001:db8:1::3", "bidirectional": False}, {5}),
    ({"proto": "udp", "src": "2001:db8:1::/48", "bidirectional": False}, {5, 6}),
    ({"proto": "udp", "src": "10.1.2.3", "direction": "in", "bidirectional": False}, {0, 4}),
    ({"proto": "udp", "src": "10.1.2.3", "direction": "out", "bidirectional": False}, set()),
    ({"proto": "tcp"}, set()),
)


# Without an address an expression is of both families, where a list is of one: what this host keeps besides.
MORE_HERE = {("udp", None): {5, 6, 7}, ("udp", 53): {7}}


class Filters(unittest.TestCase):
    def captured(self, server: Server, cable: Cable, interface: str, asked: dict[str, Any]) -> list[int]:
        """The kinds of frames that are in the file, of all of which some came while it was captured."""
        sent = [frames.udp(number, **kind) for number, kind in enumerate(KINDS)]
        job: Job = server.create(interface, device="own", duration=2, **asked)

        def ended() -> bool:
            cable.send(sent)
            return bool(server.job(job)["delivery"] in ("delivered", "failed"))

        wait_until(f"the end of {asked}", ended, PATIENCE * 2)
        job = server.job(job)
        self.assertEqual((job["delivery"], job["errors"]), ("delivered", []), job)
        return numbers(server.file(job))

    def test_what_is_in_the_file_is_what_was_asked_for(self) -> None:
        for family, interface in FAMILIES:
            cable = Cable()
            with Device(family, {interface: cable.near}, ssh=False) as device, \
                    Server(by_dohost(device)) as server, Worker(server, device):
                for asked, kept in ASKED:
                    with self.subTest(f"{family}: {asked}"):
                        self.assertEqual(set(self.captured(server, cable, interface, asked)), kept)
                device.wait_until_clean()

    def test_this_host_keeps_the_same_and_without_an_address_ipv6_too(self) -> None:
        cable = Cable()
        with Server() as server:
            for asked, kept in ASKED:
                with self.subTest(f"{asked}"):
                    job = server.running(cable.near, **asked)
                    cable.send(frames.udp(number, **kind) for number, kind in enumerate(KINDS))
                    more = MORE_HERE.get((asked["proto"], asked.get("dst_port")), set()) if "src" not in asked else set()
                    self.assertEqual(set(numbers(server.stopped_file(job))), kept | more)


if __name__ == "__main__":
    support.main()
