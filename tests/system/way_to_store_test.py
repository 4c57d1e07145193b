"""What lies between the server and its store: names, certificates, proxies."""

import tempfile
import unittest
from pathlib import Path

import support
from peers.fault_server import BUCKET, FaultServer
from support import frames, net
from support.capture_file import numbers
from support.certificates import Authority
from support.net import Cable, free_port
from support.proxies import forward_proxy
from support.server import Job, Server, wait_until

ELSEWHERE = "192.0.2.1"  # not the loopback, for which no proxy is asked (RFC 5737)
LINK = "169.254.169.254"  # where clouds have their metadata (RFC 3927)
PATIENCE = 60  # five attempts take up to ten seconds
SMALL_PARTS = '[s3]\npart_size = "5 MiB"\n'
LARGE = 1400  # bytes of payload: some 3,700 packets make a part


class WayToStore(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        for address in (ELSEWHERE, LINK):
            net.ip("address", "add", f"{address}/32", "dev", "lo")
        cls.authority = Authority(Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="xpc-tls-"))))
        cls.here = cls.authority.certificate("IP:127.0.0.1")
        cls.there = cls.authority.certificate(f"IP:{ELSEWHERE}")
        cls.trusted = {"AWS_CA_BUNDLE": str(cls.authority.ca_file)}

    def captured(self, variables: dict[str, str], count: int = 10, size: int = 100) -> tuple[Server, Job]:
        """A capture that has ended, on its way to the store that `variables` name."""
        server, cable = self.enterContext(Server(SMALL_PARTS, environment=variables)), Cable()
        job = server.running(cable.near, bucket=BUCKET, proto="udp")
        for at in range(0, count, 500):  # no faster than they are captured
            cable.send(frames.udp(n, size=size) for n in range(at, min(at + 500, count)))
            server.captured(job, min(at + 500, count))
        server.stop(job)
        return server, job

    def delivered(self, store: FaultServer, server: Server, job: Job) -> None:
        last = server.ended(job)
        self.assertEqual((last["delivery"], last["errors"]), ("delivered", []))
        self.assertEqual(len(store.store.objects[last["object"]["key"]].body), last["counters"]["bytes"])

    def told(self, server: Server, job: Job, code: str, words: list[str], delivery: str) -> None:
        """The job says what is wrong, and its file is kept."""
        wait_until(f"the error {code}", lambda: server.job(job)["errors"], PATIENCE)
        last = server.job(job)
        [error] = last["errors"]
        self.assertEqual((error["code"], last["delivery"]), (code, delivery), error["message"])
        kept = server.data_dir / "spool" / f"{job['id']}.pcap"
        for word in [*words, str(kept)]:
            self.assertIn(word, error["message"])
        self.assertEqual(numbers(kept), list(range(10)))

    def test_a_certificate_of_an_authority_that_is_named_will_do(self) -> None:
        with FaultServer(certificate=self.here) as store:
            self.delivered(store, *self.captured(store.variables | self.trusted))

    def test_a_certificate_that_is_not_good_is_an_error_at_once(self) -> None:
        unknown = {"AWS_CA_BUNDLE": ""}
        junk = self.authority.folder / "junk.pem"
        junk.write_text("no certificate")
        for name, certificate, bundle, words in (
            ("expired", self.authority.certificate("IP:127.0.0.1", days=-1), self.trusted, ["certificate has expired"]),
            ("unknown authority", self.here, unknown, ["certificate", "issuer"]),
            ("another host's", self.there, self.trusted, ["certificate", "127.0.0.1"]),
            ("no authorities in the file", self.here, {"AWS_CA_BUNDLE": str(junk)}, ["certificate", str(junk)]),
        ):
            with self.subTest(name), FaultServer(certificate=certificate) as store:
                server, job = self.captured(store.variables | bundle)
                self.told(server, job, "store_certificate", [store.endpoint, *words], delivery="failed")
                self.assertEqual(store.store.requests, [])

    def test_a_way_that_ends_somewhere_is_an_error_that_says_where(self) -> None:
        with FaultServer(address=ELSEWHERE) as plain, forward_proxy() as proxy:
            secure = plain.variables | {"AWS_ENDPOINT_URL_S3": f"https://{ELSEWHERE}"}
            nobody = f"127.0.0.1:{free_port()}"
            rows = (
                ("unresolved", plain.variables | {"AWS_ENDPOINT_URL_S3": "http://store.invalid:9000"},
                 "store_unresolved", ["http://store.invalid:9000: HEAD", "store.invalid"]),
                ("dead proxy", plain.variables | {"http_proxy": f"http://{nobody}"},
                 "store_unreachable", [plain.endpoint, f"by proxy {nobody}: Connection refused"]),
                ("dead proxy for https", secure | {"HTTPS_PROXY": f"http://{nobody}"},
                 "store_unreachable", [f"https://{ELSEWHERE}: ", f"by proxy {nobody}: Connection refused"]),
                ("unresolved proxy", secure | {"HTTPS_PROXY": "http://proxy.invalid:3128"},
                 "store_unreachable", [f"https://{ELSEWHERE}: ", "proxy: proxy.invalid"]),
                ("no tunnel", secure | {"HTTPS_PROXY": proxy.url},
                 "store_unreachable", [f"https://{ELSEWHERE}: ", f"by proxy {proxy.address}: ", "403"]),
            )
            under_way = [(row, self.captured(row[1])) for row in rows]  # they all take as long
            for (name, _, code, words), (server, job) in under_way:
                with self.subTest(name):
                    self.told(server, job, code, words, delivery="uploading")
                server.kill()  # what waits would have two seconds

    def test_a_delivery_goes_through_the_proxy_for_http(self) -> None:
        with FaultServer(address=ELSEWHERE) as store, forward_proxy() as proxy:
            server, job = self.captured(store.variables | {"http_proxy": proxy.url}, 4000, LARGE)
            self.delivered(store, server, job)
            puts = proxy.requests("PUT")
            self.assertEqual(len(puts), 3)  # the third are its tags
            self.assertEqual(len([target for target in puts if "partNumber=" in target]), 2)
            for target in puts:
                self.assertTrue(target.startswith(f"{store.endpoint}/{BUCKET}/"), target)

    def test_a_delivery_goes_through_the_proxy_for_https(self) -> None:
        with FaultServer(address=ELSEWHERE, certificate=self.there) as store:
            host = store.endpoint.removeprefix("https://")
            with forward_proxy(int(host.partition(":")[2])) as proxy:
                server, job = self.captured(store.variables | self.trusted | {"HTTPS_PROXY": proxy.url}, 4000, LARGE)
                self.delivered(store, server, job)
                self.assertEqual(set(proxy.requests("CONNECT")), {host})

    def test_a_host_that_is_excepted_is_reached_past_the_proxy(self) -> None:
        with FaultServer(address=ELSEWHERE) as store, forward_proxy() as proxy:
            for excepted in (ELSEWHERE, "*", f"other.example,{ELSEWHERE}"):
                with self.subTest(excepted):
                    variables = store.variables | {"http_proxy": proxy.url, "NO_PROXY": excepted}
                    self.delivered(store, *self.captured(variables))
            self.assertEqual(proxy.requests("PUT"), [])

    def test_this_host_and_its_link_are_reached_past_the_proxy(self) -> None:
        for address in ("127.0.0.1", LINK):
            with self.subTest(address), FaultServer(address=address) as store, forward_proxy() as proxy:
                self.delivered(store, *self.captured(store.variables | {"http_proxy": proxy.url}))
                self.assertEqual(proxy.requests("PUT"), [])


if __name__ == "__main__":
    support.main()
