"""Two servers on one data_dir, or on one port: the second says so and ends."""

import unittest

import support
from support.server import PATIENCE, Server


class TwoServers(unittest.TestCase):
    def test_on_one_data_dir(self) -> None:
        server = self.enterContext(Server())
        job = server.running("lo")
        before = len(server.log())
        second = server.launch()
        self.assertEqual(second.wait(PATIENCE), 5)
        said = server.log()[before:]
        self.assertIn(str(server.data_dir), said)
        self.assertNotIn("server.listening", said)
        self.assertEqual(server.job(job)["state"], "running")

    def test_the_data_dir_is_free_after_a_kill(self) -> None:
        server = self.enterContext(Server())
        server.kill()
        server.start()

    def test_on_one_port(self) -> None:
        first = self.enterContext(Server())
        second = Server(listen=f"127.0.0.1:{first.address[1]}")
        process = second.launch()
        self.assertEqual(process.wait(PATIENCE), 5)
        self.assertIn(f"127.0.0.1:{first.address[1]}", second.log())


if __name__ == "__main__":
    support.main()
