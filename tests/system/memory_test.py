"""What the server holds in memory, at rest and after work, and that the least it can be given is enough."""

import subprocess
import unittest

import support
from support import frames
from support.capture_file import numbers
from support.net import Cable
from support.server import BINARY, Server, wait_until

MIB = 1 << 20
AT_REST = 20 * MIB


def resident(server: Server, kind: str = "VmRSS") -> int:
    assert server.process
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(kind + ":"))


def is_sanitized() -> bool:
    """The sanitizers have memory of their own."""
    return b"__asan_init" in (symbols := subprocess.run(["nm", "-D", BINARY], capture_output=True).stdout) \
        or b"__tsan_init" in symbols


class AtRest(unittest.TestCase):
    def setUp(self) -> None:
        if is_sanitized():
            self.skipTest("a sanitized build needs more")

    def test_a_server_that_has_nothing_to_do_needs_little(self) -> None:
        server = self.enterContext(Server())
        self.assertLess(resident(server), AT_REST)

    def test_it_needs_as_little_when_it_may_have_much(self) -> None:
        server = self.enterContext(Server('[capture]\nmemory = "1 GiB"\n'))
        self.assertLess(resident(server), AT_REST)

    def test_what_captures_needed_is_given_back(self) -> None:
        server = self.enterContext(Server('[capture]\nmemory = "64 MiB"\n'))
        cables = [Cable(), Cable()]
        for _ in range(2):
            jobs = [server.running(cable.near) for cable in cables for _ in range(3)]
            for cable in cables:
                cable.send(frames.udp(n, size=1400) for n in range(10_000))
            self.assertGreater(resident(server), 32 * MIB, "it was to be asked for memory")
            for job in jobs:
                server.stop(job)
            for job in jobs:
                server.ended(job)
            wait_until("memory at rest", lambda: resident(server) < AT_REST)


class TheLeast(unittest.TestCase):
    def test_16_mib_are_enough_for_captures_of_several_interfaces(self) -> None:
        server = self.enterContext(Server('[capture]\nmemory = "16 MiB"\n'))
        cables = [Cable() for _ in range(3)]
        jobs = [server.running(cable.near) for cable in cables]
        for begin in range(0, 6000, 500):
            for cable, job in zip(cables, jobs):
                cable.send(frames.udp(n, size=1400) for n in range(begin, begin + 500))
                server.captured(job, begin + 500)
        for job in jobs:
            self.assertEqual(numbers(server.stopped_file(job)), list(range(6000)))
            self.assertEqual(server.job(job)["counters"]["dropped"], {"ring": 0, "queue": 0, "disk": 0})


if __name__ == "__main__":
    support.main()
