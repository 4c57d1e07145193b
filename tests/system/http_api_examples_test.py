"""docs/http-api.md, its capture from the request to the end, as somebody would type it."""

import tempfile
import unittest
from pathlib import Path

import support
from support.console import Console, examples
from support.net import Cable
from support.server import Server, clean_environment
from support.traffic import traffic


class Documented(unittest.TestCase):
    def test_each_command_shows_what_the_document_shows(self) -> None:
        cable = Cable(near="eth0")
        self.enterContext(Server(listen="127.0.0.1:5000"))
        self.enterContext(traffic(cable))
        console = Console(Path(self.enterContext(tempfile.TemporaryDirectory())), clean_environment())
        shown = examples("docs/http-api.md", "## In a shell")
        self.assertGreater(len(shown), 10)
        for example in shown:
            with self.subTest(example.command):
                console.expect(example, patience=10)


if __name__ == "__main__":
    support.main()
