"""Who may use the API: tokens, their scopes, limits and end; made by the command line and over the API."""

import http.client
import json
import os
import subprocess
import time
import unittest
from typing import Any

import support
from support.server import BINARY, PATIENCE, Reply, Server, clean_environment, wait_until
from support.streams import Stream


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, env=clean_environment(**environment))


class Tokens(unittest.TestCase):
    def locked(self, config: str = "") -> Server:
        return self.enterContext(Server(config, server_keys="require_token = true"))

    def made(self, server: Server, *options: str) -> str:
        done = server.run("token", "create", *options)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("shown this once", done.stderr)
        (token,) = done.stdout.splitlines()
        self.assertRegex(token, r"^xpc_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$")
        return token

    def ask(self, server: Server, token: str, **request: Any) -> Reply:
        return server.request("POST", "/api/v1/jobs", {"interface": "lo", "duration": 1} | request, bearer(token))

    def test_each_route_asks_for_its_scope(self) -> None:
        server = self.locked()
        tokens = {scope: self.made(server, "--scope", scope)
                  for scope in ("jobs:read", "jobs:write", "files:read", "admin")}
        job = self.ask(server, tokens["jobs:write"]).json
        path = f"/api/v1/jobs/{job['id']}"
        wait_until("delivery", lambda: server.request("GET", path, headers=bearer(tokens["jobs:read"])).json["delivery"]
                   == "delivered")
        for method, route, scope, status in (
                ("GET", "/api/v1/jobs", "jobs:read", 200), ("GET", path, "jobs:read", 200),
                ("GET", f"{path}/transcript", "jobs:read", 404), ("GET", "/metrics", "jobs:read", 200),
                ("POST", f"{path}/stop", "jobs:write", 202),
                ("GET", f"{path}/file", "files:read", 200),
                ("GET", "/objects/" + job["url"].split("/objects/")[1], "files:read", 200),
                ("GET", "/api/v1/tokens", "admin", 200),
                ("DELETE", path, "jobs:write", 204)):
            with self.subTest(f"{method} {route}"):
                refused = server.request(method, route)
                self.assertEqual(refused.status, 401, refused)
                self.assertTrue(refused.headers["www-authenticate"].startswith("Bearer "))
                for other, token in tokens.items():
                    if other in (scope, "admin"):
                        continue
                    refused = server.request(method, route, headers=bearer(token))
                    self.assertEqual(refused.status, 403, refused)
                    self.assertIn(f'scope="{scope}"', refused.headers["www-authenticate"])
                self.assertEqual(server.request(method, route, headers=bearer(tokens[scope])).status, status)
        self.assertEqual(server.request("GET", "/healthz").status, 200)
        self.assertEqual(server.request("GET", "/readyz").status, 200)

    def test_limits_are_named_when_they_are_exceeded_and_are_in_the_job(self) -> None:
        server = self.locked()
        token = self.made(server, "bot", "--interface", "lo", "--bucket", "captures", "--max-duration", "5s",
                          "--max-bytes", "1MiB", "--filter", "port 53")
        good = {"bucket": "captures"}
        for wrong, field in (({"interface": "any"}, "interface"), ({"bucket": "other"}, "bucket"),
                             ({"duration": 6}, "duration"), ({"bytes": "2 MiB"}, "bytes")):
            with self.subTest(field):
                refused = self.ask(server, token, **(good | wrong))
                self.assertEqual(refused.status, 403, refused)
                self.assertEqual((refused.json["error"]["code"], refused.json["error"]["field"]), ("forbidden", field))
        self.assertEqual(self.ask(server, token, **good, filter="tcp) or (udp").status, 400)
        job = self.ask(server, token, **good, filter="udp").json
        self.assertEqual(job["request"]["filter"], "(port 53) and (udp)")
        self.assertEqual(job["request"]["bytes"], 1 << 20)

    def test_a_revoked_and_an_expired_token_are_refused_at_once(self) -> None:
        server = self.locked()
        lasting, short = self.made(server, "lasting"), self.made(server, "short", "--expires", "1s")
        self.assertEqual(server.request("GET", "/api/v1/jobs", headers=bearer(lasting)).status, 200)
        wait_until("its end", lambda: server.request("GET", "/api/v1/jobs", headers=bearer(short)).status == 401)
        revoked = server.run("token", "revoke", lasting.split("_")[1])
        self.assertEqual(revoked.returncode, 0, revoked)
        self.assertEqual(server.request("GET", "/api/v1/jobs", headers=bearer(lasting)).status, 401)
        self.assertEqual(server.run("token", "revoke", lasting.split("_")[1]).returncode, 3)
        self.assertNotIn("lasting", server.run("token", "list").stdout)

    def test_a_stream_ends_with_the_token_that_asked_for_it(self) -> None:
        server = self.locked()
        revoked, good, short = (self.made(server, *options) for options in ((), (), ("--expires", "2s")))
        streams = [self.enterContext(Stream(server, "/api/v1/events", bearer(token))) for token in (revoked, good, short)]
        self.assertEqual([stream.status for stream in streams], [200] * 3)
        began = time.monotonic()
        self.assertEqual(server.run("token", "revoke", revoked.split("_")[1]).returncode, 0)
        for stream in (streams[0], streams[2]):
            with self.assertRaises((ConnectionResetError, http.client.IncompleteRead)):
                while stream.reply.read(1):
                    pass
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(server.log().count("auth.stream_ended"), 2)
        job = self.ask(server, good, interface="lo")  # and the other one goes on
        self.assertEqual(job.status, 201)
        received = b""
        while job.json["id"].encode() not in received:
            received += streams[1].reply.read1(65536)

    def test_bad_tokens_get_429_and_neither_the_log_nor_the_disk_has_a_good_one(self) -> None:
        server = self.locked()
        token = self.made(server)
        statuses = [server.request("GET", "/api/v1/jobs", headers=bearer(f"xpc_{i:012x}_x")).status for i in range(15)]
        self.assertEqual(statuses[:10], [401] * 10)
        self.assertIn(429, statuses)
        refused = server.request("GET", "/api/v1/jobs", headers=bearer("xpc_"))
        self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
        self.assertEqual(server.request("GET", "/api/v1/jobs", headers=bearer(token)).status, 200)
        self.assertIn("auth.refused", server.log())
        self.assertNotIn(token[-43:], server.log())
        for file in server.data_dir.rglob("*"):
            if file.is_file():
                self.assertNotIn(token[-43:].encode(), file.read_bytes(), file)

    def test_an_administrator_makes_tokens_over_the_api(self) -> None:
        server = self.locked()
        admin = self.made(server, "--scope", "admin", "root")
        reply = server.request("POST", "/api/v1/tokens", {"name": "bot", "scopes": ["jobs:read"], "expires_in": "90d"},
                               bearer(admin))
        self.assertEqual(reply.status, 201, reply)
        self.assertEqual(reply.headers["cache-control"], "no-store")
        made = reply.json
        self.assertEqual(reply.headers["location"], f"/api/v1/tokens/{made['id']}")
        self.assertEqual(server.request("GET", "/api/v1/jobs", headers=bearer(made["token"])).status, 200)
        listed = server.request("GET", "/api/v1/tokens", headers=bearer(admin)).json["tokens"]
        self.assertEqual([t["name"] for t in listed], ["root", "bot"])
        self.assertNotIn("token", listed[1])
        self.assertIn("token.created", server.log())
        at = {"XEPACKETCAP_SERVER": server.url, "XEPACKETCAP_TOKEN": admin}
        self.assertIn("bot", command("token", "list", **at).stdout)
        self.assertEqual(json.loads(command("token", "list", "--json", **at).stdout)["tokens"], listed)
        second = json.loads(command("token", "create", "second", "--scope", "jobs:read,files:read", "--json", **at).stdout)
        self.assertEqual(second["scopes"], ["jobs:read", "files:read"])
        self.assertEqual(command("token", "revoke", second["id"], **at).returncode, 0)
        refused = command("token", "list", XEPACKETCAP_SERVER=server.url, XEPACKETCAP_TOKEN=made["token"])
        self.assertEqual(refused.returncode, 5, refused)
        self.assertIn("admin", refused.stderr)

    def test_the_command_line_shows_its_token_however_it_is_given(self) -> None:
        server = self.locked()
        token = self.made(server)
        file = server.folder / "token"
        file.write_text(f"{token}\n")
        for options, environment in ((("--token", token), {}), (("--token-file", str(file)), {}),
                                     ((), {"XEPACKETCAP_TOKEN": token}), ((), {"XEPACKETCAP_TOKEN_FILE": str(file)})):
            done = command("capture", "lo", "-d", "1s", "--server", server.url, *options, "--json", **environment)
            self.assertEqual(done.returncode, 0, done)
        without = command("list", "--server", server.url)
        self.assertEqual(without.returncode, 5, without)
        self.assertIn("token", without.stderr)
        for wrong in ("a b", "x\ny"):
            self.assertEqual(command("list", "--server", server.url, "--token", wrong).returncode, 2)
        self.assertEqual(command("list", "--token-file", "/nonexistent").returncode, 2)

    def test_a_token_is_made_before_the_first_start(self) -> None:
        server = Server(server_keys="require_token = true")
        token = self.made(server, "early")
        with server:
            self.assertEqual(server.request("GET", "/api/v1/jobs").status, 401)
            self.assertEqual(server.request("GET", "/api/v1/jobs", headers=bearer(token)).status, 200)

    def test_root_leaves_no_file_that_the_servers_user_can_not_write(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("only root can give a folder away")
        server = Server()
        server.data_dir.mkdir()
        os.chown(server.data_dir, 65534, 65534)
        server.folder.chmod(0o755)
        self.made(server)
        self.assertEqual({file.stat().st_uid for file in server.data_dir.iterdir()}, {65534})

    def test_on_loopback_nobody_needs_a_token_but_one_that_is_shown_counts(self) -> None:
        server = self.enterContext(Server())
        reader = self.made(server, "--scope", "jobs:read")
        self.assertEqual(server.request("GET", "/api/v1/tokens").status, 200)
        self.assertEqual(self.ask(server, reader).status, 403)
        self.assertEqual(server.request("GET", "/api/v1/jobs", headers=bearer("xpc_x")).status, 401)


if __name__ == "__main__":
    support.main()
