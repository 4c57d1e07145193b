"""Where the S3 sink gets its keys from, and that it gets new ones in time."""

import tempfile
import unittest
from pathlib import Path

import support
from peers.fault_server import FaultServer
from peers.fault_store import BUCKET
from peers.key_server import CALLER, ROLE, TOKEN, KeyServer
from peers.s3_probe import PART, content, probe

DATA = content(2 * PART + 123)


class Sources(unittest.TestCase):
    def setUp(self) -> None:
        self.cloud = self.enterContext(KeyServer())
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def deliver(self, variables: dict[str, str], fault: str = "") -> dict:
        with FaultServer(fault) as store:
            own = {name: value for name, value in store.variables.items() if not name.endswith(("_ID", "_KEY"))}
            with probe(own | variables, BUCKET) as upload:
                upload.grow(DATA)
                reply = upload.finish() | upload.close()
            if "receipt" in reply:
                self.assertEqual(store.store.objects["1.pcap"].body, DATA)
            return reply

    def container(self, token: str = TOKEN) -> dict[str, str]:
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.cloud.url + "/container",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": token}

    def test_a_container_s_endpoint(self) -> None:
        self.assertIn("receipt", self.deliver(self.container()))
        token_file = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": self.file("token", TOKEN + "\n")}
        self.assertIn("receipt", self.deliver(self.container("wrong") | token_file))
        refused = self.deliver(self.container("wrong"))
        self.assertIn("container credentials: 401", refused["error"]["message"])

    def test_the_instance_metadata(self) -> None:
        self.assertIn("receipt", self.deliver({"AWS_EC2_METADATA_SERVICE_ENDPOINT": self.cloud.url + "/"}))
        self.assertEqual(self.cloud.asked[0], "/latest/api/token")

    def test_a_web_identity(self) -> None:
        identity = {"AWS_WEB_IDENTITY_TOKEN_FILE": self.file("token", TOKEN + "\n"), "AWS_ROLE_ARN": ROLE,
                    "AWS_ENDPOINT_URL_STS": self.cloud.url}
        self.assertIn("receipt", self.deliver(identity))
        refused = self.deliver(identity | {"AWS_ROLE_ARN": "arn:another"})
        self.assertIn("403 AccessDenied", refused["error"]["message"])
        gone = self.deliver(identity | {"AWS_WEB_IDENTITY_TOKEN_FILE": str(self.folder / "gone")})
        self.assertIn("No such file", gone["error"]["message"])

    def test_a_role_of_a_profile(self) -> None:
        profiles = self.file("config", f"[profile capture]\nrole_arn = {ROLE}\nexternal_id = x & y\n"
                                       f"source_profile = caller\n[profile caller]\n"
                                       f"aws_access_key_id = {CALLER.access_key}\n"
                                       f"aws_secret_access_key = {CALLER.secret_key}\n")
        variables = {"AWS_CONFIG_FILE": profiles, "AWS_PROFILE": "capture", "AWS_ENDPOINT_URL_STS": self.cloud.url}
        self.assertIn("receipt", self.deliver(variables))
        self.assertEqual(self.cloud.asked, ["AssumeRole"])

    def test_a_token_that_expires_in_the_middle_is_renewed(self) -> None:
        reply = self.deliver(self.container(), "expired_token_on_part_2")
        self.assertIn("receipt", reply)
        self.assertEqual(self.cloud.asked, ["/container", "/container"])

    def test_a_source_that_is_not_there_is_named(self) -> None:
        gone = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/x"}
        error = self.deliver(gone)["error"]
        self.assertEqual(error["code"], "store_unreachable")
        self.assertIn("Connection refused", error["message"])


if __name__ == "__main__":
    support.main()
