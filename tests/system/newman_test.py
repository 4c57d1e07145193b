"""What others make of /openapi.json: redocly finds no fault in it, and the Postman collection that portman makes of it,
run by newman, gets the replies that it tells of. tools/install-node-packages brings them."""

import os
import subprocess
import unittest
from pathlib import Path

import support
from support.server import Server, clean_environment

HERE = Path(__file__).resolve().parent
CONFIG = HERE.parent / "newman"
PROGRAMS = HERE.parent.parent / "build/newman/node_modules/.bin"
PATIENCE = 120.0


class Newman(unittest.TestCase):
    def setUp(self) -> None:
        self.assertTrue(PROGRAMS.is_dir(), "tools/install-node-packages brings what this test runs")
        self.server = self.enterContext(Server(server_keys='require_token = true'))
        self.document = self.server.folder / "openapi.json"
        self.document.write_bytes(self.server.request("GET", "/openapi.json").body)

    def run_program(self, name: str, *arguments: str | os.PathLike[str]) -> str:
        """Nothing is looked for outside this machine."""
        quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
        run = subprocess.run([PROGRAMS / name, *arguments], cwd=self.server.folder, env=clean_environment(**quiet), text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
        self.assertEqual(run.returncode, 0, run.stdout)
        return run.stdout

    def test_redocly_finds_no_fault(self) -> None:
        said = self.run_program("redocly", "lint", "--config", CONFIG / "redocly.yaml", self.document)
        self.assertIn("Your API description is valid", said)
        self.assertNotIn("warning", said.replace("Deprecation warning", ""), "which its own configuration has, then")

    def test_the_postman_collection_gets_the_replies_that_are_told_of(self) -> None:
        made = self.server.run("token", "create", "--scope", "admin")
        self.assertEqual(made.returncode, 0, made)
        collection = self.server.folder / "collection.json"
        made_of = self.run_program("portman", "--local", self.document, "--output", collection, "--baseUrl", self.server.url,
                                   "--portmanConfigFile", CONFIG / "portman.yaml", "--postmanConfigFile", CONFIG / "postman.json",
                                   "--filterFile", CONFIG / "filter.yaml")
        self.assertNotIn("missing from the OpenAPI", made_of)
        said = self.run_program("newman", "run", collection, "--env-var", f"token={made.stdout.strip()}", "--timeout-request", "30000",
                                "--color", "off", "--disable-unicode")
        self.assertLess(said.index("/pcap_json"), said.index("/api/v1"), "the original's two calls come first")


if __name__ == "__main__":
    support.main()
