"""A server that may not capture says so in the job, and what to do about it."""

import unittest

import support
from support import frames
from support.capture_file import numbers
from support.net import Cable
from support.server import Server

WITHOUT_RAW_SOCKETS = ("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw")


class Permission(unittest.TestCase):
    def test_a_job_without_the_capability_names_the_command_that_grants_it(self) -> None:
        server = self.enterContext(Server(runner=WITHOUT_RAW_SOCKETS))
        cable = Cable()
        for interface in (cable.near, "lo", "any"):
            with self.subTest(interface=interface):
                last = server.ended(server.create(interface))
                self.assertEqual((last["state"], last["delivery"]), ("stopped", "failed"))
                self.assertEqual(last["stop_reason"], "error")
                error = last["errors"][0]
                self.assertEqual(error["code"], "permission")
                for word in (interface, "CAP_NET_RAW", "setcap cap_net_raw+ep"):
                    self.assertIn(word, error["message"])
                self.assertEqual(last["counters"]["received"], 0)
        self.assertEqual(list((server.data_dir / "spool").iterdir()), [])

    def test_no_other_capability_is_needed(self) -> None:
        server = self.enterContext(Server(
            runner=("setpriv", "--bounding-set", "-all,+net_raw", "--inh-caps", "-all")))
        cable = Cable()
        jobs = [server.running(interface, proto="udp", format="pcap") for interface in (cable.near, "any", "lo")]
        cable.send(frames.udp(n) for n in range(10))
        self.assertEqual(numbers(server.stopped_file(jobs[0])), list(range(10)))
        for job in jobs[1:]:
            server.stopped_file(job)
            self.assertEqual(server.job(job)["stop_reason"], "user")


if __name__ == "__main__":
    support.main()
