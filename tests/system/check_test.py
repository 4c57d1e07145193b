"""`xepacketcap check` tells what is missing before a capture does."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import support
from peers.fault_server import FaultServer
from peers.fault_store import BUCKET
from support.server import BINARY, PATIENCE, clean_environment


class Check(unittest.TestCase):
    def setUp(self) -> None:
        self.data_dir = self.enterContext(tempfile.TemporaryDirectory(prefix="xepacketcap-test."))

    def check(self, *arguments: str, runner: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*runner, BINARY, "check", "--data-dir", self.data_dir, *arguments],
                              capture_output=True, text=True, timeout=PATIENCE, env=clean_environment(**environment))

    def lines(self, done: subprocess.CompletedProcess[str]) -> list[list[str]]:
        return [line.split(maxsplit=1) for line in done.stdout.splitlines()]

    def test_without_s3_the_store_is_embedded(self) -> None:
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line[0] for line in self.lines(done)], ["ok"] * 3)
        self.assertIn(f"{self.data_dir}, ", done.stdout)
        self.assertIn("interface lo can be captured", done.stdout)
        self.assertIn("embedded", done.stdout)

    def test_a_bucket_is_tried_and_left_as_it_was(self) -> None:
        with FaultServer() as server:
            done = self.check("--bucket", BUCKET, **server.variables)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual([line[0] for line in self.lines(done)], ["ok"] * 9)
            for word in ("AWS_ACCESS_KEY_ID", server.variables["AWS_ACCESS_KEY_ID"], server.endpoint, "PutObject",
                         "multipart upload", "AbortMultipartUpload", "DeleteObject"):
                self.assertIn(word, done.stdout)
            self.assertNotIn(server.variables["AWS_SECRET_ACCESS_KEY"], done.stdout + done.stderr)
            asked = {request.operation for request in server.store.requests}
            self.assertEqual(asked, {"PutObject", "HeadObject", "DeleteObject", "CreateMultipartUpload", "UploadPart",
                                     "ListParts", "CompleteMultipartUpload", "AbortMultipartUpload"})
            self.assertEqual((server.store.objects, server.store.uploads), ({}, {}))

    def test_a_bucket_without_credentials_is_a_fault(self) -> None:
        config = Path(self.data_dir) / "config"
        config.write_text("[profile x]\nregion = eu-west-1\n")
        toml = Path(self.data_dir) / "config.toml"
        toml.write_text("[s3]\npath_style = true\n")
        done = self.check("--bucket", BUCKET)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertRegex(done.stdout, f"FAILED  bucket {BUCKET} .*no credentials.*AWS_ACCESS_KEY_ID")
        for what, arguments, environment in (
            ("AWS_PROFILE", [], {"AWS_PROFILE": "x", "AWS_CONFIG_FILE": str(config)}),
            ("s3.path_style", ["--config", str(toml)], {}),
        ):
            with self.subTest(what):
                done = self.check("--bucket", BUCKET, *arguments, **environment)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(f"{what}: S3 is configured, but there are no credentials", done.stderr)

    def test_a_store_that_lets_nothing_be_removed_is_good_and_what_stays_is_named(self) -> None:
        with FaultServer("no_deletion") as server:
            done = self.check("--bucket", BUCKET, **server.variables)
            self.assertEqual(done.returncode, 0, done.stdout)
            left = sorted(server.store.objects)
            self.assertEqual(len(left), 2)
            for key in left:
                self.assertIn(f"{key} stays there", done.stdout)

    def test_the_profile_says_where_the_store_is(self) -> None:
        with FaultServer() as server:
            config = Path(self.data_dir) / "config"
            config.write_text(f"[profile x]\nservices = mine\naws_access_key_id = {server.variables['AWS_ACCESS_KEY_ID']}\n"
                              f"aws_secret_access_key = {server.variables['AWS_SECRET_ACCESS_KEY']}\n"
                              f"[services mine]\ns3 =\n  endpoint_url = {server.endpoint}\n")
            done = self.check("--bucket", BUCKET, AWS_PROFILE="x", AWS_CONFIG_FILE=str(config))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(server.endpoint, done.stdout)

    def test_json_has_the_same_for_programs(self) -> None:
        with FaultServer("access_denied") as server:
            done = self.check("--bucket", BUCKET, "--json", **server.variables)
            found = json.loads(done.stdout)
            self.assertEqual((done.returncode, found["ok"]), (1, False))
            last = found["checks"][-1]
            self.assertEqual((last["what"], last["ok"], last["error"]["code"]), (f"bucket {BUCKET}", False, "store_denied"))
            self.assertEqual([one["ok"] for one in found["checks"]], [True] * 4 + [False])

    def test_each_thing_that_is_missing_is_named(self) -> None:
        with FaultServer() as server:
            wrong = server.variables | {"AWS_SECRET_ACCESS_KEY": "wrong"}
            for arguments, environment, code, words in (
                (["--bucket", "absent"], server.variables, 1, ["FAILED", "bucket absent", "no_such_bucket"]),
                (["--bucket", "Not A Name"], server.variables, 3, ["FAILED", "Not A Name", "invalid_value"]),
                (["--bucket", BUCKET], wrong, 1, ["FAILED", "SignatureDoesNotMatch", "store_keys"]),
                (["--interface", "absent0"], {}, 3, ["FAILED", "absent0", "no_such_interface"]),
            ):
                with self.subTest(arguments=arguments):
                    done = self.check(*arguments, **environment)
                    self.assertEqual(done.returncode, code, done.stdout)
                    for word in words:
                        self.assertIn(word, done.stdout)

    def test_the_right_to_capture_is_missed(self) -> None:
        done = self.check(runner=("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"))
        self.assertEqual(done.returncode, 5, done.stdout)
        self.assertIn("setcap", done.stdout)

    def test_the_right_to_capture_here_is_not_missed_where_devices_do_it_unless_it_is_asked_for(self) -> None:
        config = Path(self.data_dir) / "config.toml"
        config.write_text('[[device]]\nname = "own"\nway = "dohost"\n')
        for arguments, first in (([], "ok"), (["--interface", "lo"], "FAILED")):
            with self.subTest(arguments=arguments):
                done = self.check("--config", str(config), *arguments,
                                  runner=("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"))
                found = [line for line in self.lines(done) if line[1].startswith(("capture", "device own"))]
                self.assertEqual([line[0] for line in found], [first, "FAILED"], done.stdout)  # there is no session of IOS
                self.assertIn("setcap", found[0][1])
                self.assertEqual(done.returncode, 4 if first == "ok" else 5)


if __name__ == "__main__":
    support.main()
