"""A source of credentials that fails while the server runs: its captures wait for it."""

import json
import tempfile
import unittest
from pathlib import Path

import support
from peers.fault_server import FaultServer
from peers.fault_store import ACCESS_KEY, BUCKET, SECRET_KEY
from peers.key_server import ROLE, TOKEN, KeyServer
from support import frames, net
from support.net import Cable, free_port
from support.server import Job, Server, wait_until

PATIENCE = 60  # five attempts take up to ten seconds, and the next try is five later
GOOD = {"Version": 1, "AccessKeyId": ACCESS_KEY, "SecretAccessKey": SECRET_KEY}
PROFILE = f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
ELSEWHERE = "192.0.2.1"  # not the loopback, for which no proxy is asked (RFC 5737)
LARGE = 1400  # bytes of payload: some 3,700 packets make a part


class KeySources(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="xpc-keys-")))
        self.store = self.enterContext(FaultServer())
        self.cloud = self.enterContext(KeyServer())

    def file(self, name: str, content: str) -> Path:
        (self.folder / name).write_text(content)
        return self.folder / name

    def server(self, config: str = "", **variables: str) -> Server:
        """One whose keys come from nowhere but `variables`."""
        nothing = {"AWS_CONFIG_FILE": str(self.folder / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "none")}
        store = {name: value for name, value in self.store.variables.items() if not name.endswith(("_ID", "_KEY"))}
        metadata = {"AWS_EC2_METADATA_DISABLED": "false"}
        return self.enterContext(Server(config, environment=store | nothing | metadata | variables))

    def process(self, name: str) -> dict[str, str]:
        """A profile whose process says what the file `answer-NAME` has; without one it fails."""
        command = f"cat {self.folder}/answer-{name}"
        return {"AWS_CONFIG_FILE": str(self.file(f"config-{name}", f"[default]\ncredential_process = {command}\n"))}

    def captured(self, server: Server) -> Job:
        job = server.running(Cable().near, bucket=BUCKET, proto="udp")
        server.stop(job)
        return job

    def waits(self, server: Server, job: Job, words: str) -> None:
        wait_until("an error", lambda: server.job(job)["errors"], PATIENCE)
        last = server.job(job)
        [error] = last["errors"]
        self.assertEqual((error["code"], last["delivery"]), ("store_keys_expired", "uploading"), error["message"])
        self.assertIn(words, error["message"])

    def delivered(self, server: Server, job: Job) -> None:
        wait_until("the delivery", lambda: server.job(job)["delivery"] == "delivered", PATIENCE)
        self.assertEqual(server.job(job)["errors"], [])

    def test_a_source_that_fails_is_waited_for(self) -> None:
        profile = self.file("credentials", PROFILE)
        token = self.file("token", TOKEN)
        identity = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": ROLE,
                    "AWS_ENDPOINT_URL_STS": self.cloud.url}
        past = json.dumps(GOOD | {"Expiration": "2020-01-01T00:00:00Z"})
        self.file("answer-expired", past)
        rows = (
            ("a process that exits with 1", self.process("gone"), "its credential_process: the command exited with 1",
             lambda: self.file("answer-gone", json.dumps(GOOD))),
            ("keys that have expired", self.process("expired"), "its credential_process: the keys that it gives have",
             lambda: self.file("answer-expired", json.dumps(GOOD))),
            ("a file that is empty", {"AWS_SHARED_CREDENTIALS_FILE": str(profile)}, 'profile "default": its keys are gone',
             lambda: profile.write_text(PROFILE)),
            ("a token that is not there", identity, f"by web identity: \"{token}\": No such file",
             lambda: token.write_text(TOKEN)),
            ("a token that is refused", identity | {"AWS_WEB_IDENTITY_TOKEN_FILE": str(self.file("bad", "bad"))},
             "by web identity: 403 AccessDenied", lambda: self.file("bad", TOKEN)),
            ("an instance without a role", {"AWS_EC2_METADATA_SERVICE_ENDPOINT": self.cloud.url + "/none"},
             "instance metadata: 404", None),
        )
        servers = [self.server(**variables) for _, variables, _, _ in rows]
        profile.write_text("")
        token.unlink()
        jobs = [self.captured(server) for server in servers]  # they all take as long
        for (name, _, words, heal), server, job in zip(rows, servers, jobs):
            with self.subTest(name):
                self.waits(server, job, words)
                if heal:
                    heal()
        for (name, _, _, heal), server, job in zip(rows, servers, jobs):
            with self.subTest(name):
                if heal:
                    self.delivered(server, job)
                else:
                    server.kill()  # what waits would have two seconds

    def test_a_source_that_fails_during_a_capture_is_asked_again(self) -> None:
        server, cable = self.server('[s3]\npart_size = "5 MiB"\n', **self.process("late")), Cable()
        job = server.running(cable.near, bucket=BUCKET, proto="udp")
        for at in range(0, 4000, 500):  # no faster than they are captured
            cable.send(frames.udp(n, size=LARGE) for n in range(at, at + 500))
            server.captured(job, at + 500)
        wait_until("a line of the log", lambda: "upload.part_failed" in server.log(), PATIENCE)
        self.assertIn("its credential_process: ", server.log())
        self.file("answer-late", json.dumps(GOOD))
        wait_until("a part", lambda: "UploadPart" in [one.operation for one in self.store.store.requests], PATIENCE)
        server.stop(job)
        self.delivered(server, job)

    def test_the_instance_metadata_are_asked_past_a_proxy(self) -> None:
        net.ip("address", "add", f"{ELSEWHERE}/32", "dev", "lo")
        with KeyServer(address=ELSEWHERE) as cloud:
            server = self.server(AWS_EC2_METADATA_SERVICE_ENDPOINT=cloud.url, http_proxy=f"http://127.0.0.1:{free_port()}")
            self.delivered(server, self.captured(server))
            self.assertIn("/latest/api/token", cloud.asked)


if __name__ == "__main__":
    support.main()
