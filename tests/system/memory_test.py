"""What the server holds in memory, at rest and after work, and that the least it can be given is enough."""

import resource
import subprocess
import unittest

import support
from support import frames
from support.capture_file import numbers
from support.net import Cable
from support.server import BINARY, Server, wait_until

MIB = 1 << 20
AT_REST = 20 * MIB  # the goal of docs/performance.md
AFTER_WORK = AT_REST + 3 * MIB  # the code that captures and delivers is mapped, too


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
            wait_until("memory at rest", lambda: resident(server) < AFTER_WORK)


class Refused(unittest.TestCase):
    """What the kernel does not give is told to the job that needed it; the server and the others go on."""

    def setUp(self) -> None:
        if is_sanitized():
            self.skipTest("a sanitized build takes all addresses for itself")
        self.server = self.enterContext(Server())
        self.cable = Cable()

    def limit_addresses(self, more: int) -> None:
        assert self.server.process
        size = resident(self.server, "VmSize")
        resource.prlimit(self.server.process.pid, resource.RLIMIT_AS, (size + more, resource.RLIM_INFINITY))

    def refused(self, code: str, interface: str, *words: str) -> None:
        last = self.server.ended(self.server.create(interface))
        self.assertEqual((last["state"], last["delivery"], last["stop_reason"]), ("stopped", "failed", "error"))
        error = last["errors"][0]
        self.assertEqual(error["code"], code)
        for word in words:
            self.assertIn(word, error["message"])
        self.assertEqual(list((self.server.data_dir / "spool").glob(f"{last['id']}*")), [])

    def test_a_ring_that_the_kernel_refuses_is_told_with_its_size(self) -> None:
        self.server.stopped_file(self.server.running(self.cable.near))  # so that a thread has its stack
        self.limit_addresses(8 * MIB)
        self.refused("no_memory", self.cable.near, self.cable.near, "ring", str(24 * MIB))
        self.limit_addresses(1 << 40)
        job = self.server.running(self.cable.near)
        self.cable.send(frames.udp(n) for n in range(10))
        self.assertEqual(numbers(self.server.stopped_file(job)), list(range(10)))

    def test_a_thread_that_there_is_no_memory_for_ends_no_other_job(self) -> None:
        steady = self.server.running(self.cable.near)
        self.limit_addresses(MIB)
        self.refused("no_resources", "lo", "thread")
        self.limit_addresses(1 << 40)
        self.cable.send(frames.udp(n) for n in range(10))
        self.assertEqual(numbers(self.server.stopped_file(steady)), list(range(10)))


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
