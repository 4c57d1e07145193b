"""What a program that uses /api/v1 may rely on, whatever it asks for."""

import json
import re
import threading
import time
import unittest
from typing import Any

import support
from support import frames
from support.capture_file import numbers
from support.net import Cable
from support.server import Job, Reply, Server


class Problems(unittest.TestCase):
    """RFC 9457."""

    server: Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = cls.enterClassContext(Server())

    def check(self, reply: Reply, status: int, code: str) -> dict[str, Any]:
        self.assertEqual(reply.status, status, reply)
        self.assertEqual(reply.headers["content-type"], "application/problem+json")
        problem = reply.json
        self.assertEqual((problem["type"], problem["status"]), (f"/problems/{code}", status))
        self.assertEqual((problem["code"], problem["detail"]), (code, problem["error"]["message"]))
        self.assertEqual(sorted(problem["error"]), ["code", "field", "message"])
        self.assertTrue(problem["title"])
        return problem

    def test_every_error_is_a_problem_document(self) -> None:
        text = {"Content-Type": "text/plain"}
        for status, code, method, path, body, headers in (
                (400, "no_such_interface", "POST", "/api/v1/jobs", {"interface": "none0"}, {}),
                (400, "malformed_json", "POST", "/api/v1/jobs", b"{", {}),
                (400, "unknown_field", "GET", "/api/v1/jobs?colour=red", None, {}),
                (404, "not_found", "GET", "/api/v1/jobs/123456", None, {}),
                (404, "not_found", "GET", "/nothing", None, {}),
                (405, "method_not_allowed", "PUT", "/api/v1/jobs", None, {}),
                (413, "body_too_large", "POST", "/api/v1/jobs", b" " * 70_000, {}),
                (415, "unsupported_media_type", "POST", "/api/v1/jobs", b"{}", text),
                (431, "malformed_request", "GET", "/healthz", None, {"X": "x" * 20_000})):
            with self.subTest(code=code, path=path):
                self.check(self.server.request(method, path, body, headers), status, code)

    def test_what_is_no_http_gets_a_problem_document_too(self) -> None:
        answer = self.server.raw(b"POST /api/v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        self.assertIn(b"400 Bad Request", head)
        self.assertIn(b"application/problem+json", head)
        self.assertEqual(json.loads(body)["type"], "/problems/malformed_request")

    def test_a_type_leads_to_what_it_means(self) -> None:
        problem = self.server.request("POST", "/api/v1/jobs", {"interface": "none0"}).json
        page = self.server.request("GET", problem["type"])
        self.assertEqual(page.status, 200)
        self.assertIn(problem["title"], page.body.decode())
        self.check(self.server.request("GET", "/problems/made_up"), 404, "not_found")

    def test_the_original_calls_answer_as_they_did(self) -> None:
        for path, body in (("/pcap_json", {"iface": "none0"}), ("/status_json", {"job_id": 123456})):
            reply = self.server.request("POST", path, body)
            self.assertEqual(reply.headers["content-type"], "application/json")
            self.assertEqual(list(reply.json), ["error"])


class Lists(unittest.TestCase):
    server: Server
    jobs: list[Job]

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = cls.enterClassContext(Server(config="[jobs]\nmax_running = 1"))
        near = Cable("list0").near
        cls.jobs = [cls.server.running(near, by="alice")]
        cls.jobs += [cls.server.create("lo" if n % 2 else near, by="bob & co") for n in range(1, 8)]

    def numbers(self, query: str) -> list[int]:
        """Which of the jobs are in the list, by their order."""
        ids = [job["id"] for job in self.jobs]
        return [ids.index(job["id"]) for job in self.server.get(f"/api/v1/jobs?{query}")["jobs"]]

    def test_a_list_has_what_its_filters_say(self) -> None:
        for query, wanted in (("", [7, 6, 5, 4, 3, 2, 1, 0]), ("state=running", [0]), ("interface=lo", [7, 5, 3, 1]),
                              ("by=alice", [0]), ("by=bob%20%26%20co&interface=list0", [6, 4, 2]),
                              ("device=local&limit=2", [7, 6]), ("device=edge1", []), ("delivery=delivered", []),
                              ("created_after=2020-01-01T00:00:00Z&limit=1", [7]),
                              ("created_before=2020-01-01T00:00:00Z", [])):
            with self.subTest(query):
                self.assertEqual(self.numbers(query), wanted)

    def pages(self, path: str) -> list[list[int]]:
        """Follows `Link` to the end."""
        ids = [job["id"] for job in self.jobs]
        found = []
        while path:
            reply = self.server.request("GET", path)
            self.assertEqual(reply.status, 200, reply)
            found.append([ids.index(job["id"]) for job in reply.json["jobs"] if job["id"] in ids])
            link = re.fullmatch(r'<([^>]+)>; rel="next"', reply.headers.get("link", ""))
            self.assertEqual(link is not None, reply.json["next"] is not None)
            path = link[1] if link else ""
        return found

    def test_pages_are_linked_and_have_each_job_once(self) -> None:
        self.assertEqual(self.pages("/api/v1/jobs?limit=3"), [[7, 6, 5], [4, 3, 2], [1, 0]])
        self.assertEqual(self.pages("/api/v1/jobs?limit=4"), [[7, 6, 5, 4], [3, 2, 1, 0]])
        self.assertEqual(self.pages("/api/v1/jobs?limit=2&by=bob%20%26%20co&interface=lo"), [[7, 5], [3, 1]])

    def test_a_cursor_is_good_for_its_list_only(self) -> None:
        cursor = self.server.get("/api/v1/jobs?limit=2&by=bob%20%26%20co")["next"]
        for query in (f"cursor={cursor}", f"by=alice&cursor={cursor}", "cursor=", "cursor=AAAA", "before=1"):
            with self.subTest(query):
                reply = self.server.request("GET", f"/api/v1/jobs?{query}")
                self.assertEqual((reply.status, reply.json["code"]), (400, "invalid_value"))


class ChangingList(unittest.TestCase):
    def test_pages_stay_where_they_are_while_jobs_come_and_go(self) -> None:
        server = self.enterContext(Server(config="[jobs]\nmax_running = 1"))
        server.running("lo")
        jobs = [server.create("lo") for _ in range(4)]
        first = server.get("/api/v1/jobs?limit=2&state=queued")
        self.assertEqual([job["id"] for job in first["jobs"]], [jobs[3]["id"], jobs[2]["id"]])
        server.create("lo")
        server.stop(jobs[2])
        self.assertEqual(server.request("DELETE", f"/api/v1/jobs/{jobs[2]['id']}").status, 204)
        rest = server.get(f"/api/v1/jobs?state=queued&cursor={first['next']}")
        self.assertEqual([job["id"] for job in rest["jobs"]], [jobs[1]["id"], jobs[0]["id"]])


class IdempotencyKeys(unittest.TestCase):
    """draft-ietf-httpapi-idempotency-key-header."""

    def setUp(self) -> None:
        self.server = self.enterContext(Server(config="[jobs]\nmax_running = 1"))

    def ask(self, key: str, **more: Any) -> Reply:
        return self.server.request("POST", "/api/v1/jobs", {"interface": "lo", "duration": 600} | more,
                                   {"Idempotency-Key": key})

    def test_a_request_that_is_repeated_gets_the_job_that_it_made(self) -> None:
        first, again = self.ask('"8e03978e-40d5"'), self.ask('"8e03978e-40d5"')
        self.assertEqual((first.status, again.status), (201, 201))
        self.assertEqual(first.json["id"], again.json["id"])
        self.assertEqual(first.headers["location"], again.headers["location"])
        self.assertNotIn("idempotent-replayed", first.headers)
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        self.assertNotEqual(self.ask('"another"').json["id"], first.json["id"])
        self.assertEqual(len(self.server.jobs()), 2)

    def test_a_key_is_known_after_a_restart_and_with_or_without_its_quotes(self) -> None:
        first = self.ask('"one"').json
        self.server.kill()
        self.server.start()
        self.assertEqual(self.ask("one").json["id"], first["id"])
        self.assertEqual(len(self.server.jobs()), 1)

    def test_the_same_key_with_another_request_is_refused(self) -> None:
        self.ask("one")
        reply = self.ask("one", duration=601)
        self.assertEqual((reply.status, reply.json["field"]), (422, "Idempotency-Key"))
        self.assertEqual(len(self.server.jobs()), 1)

    def test_requests_that_come_at_once_make_one_job(self) -> None:
        replies: list[Reply] = []
        threads = [threading.Thread(target=lambda: replies.append(self.ask("one"))) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([reply.status for reply in replies], [201] * 16)
        self.assertEqual(len({reply.json["id"] for reply in replies}), 1)
        self.assertEqual(sum("idempotent-replayed" in reply.headers for reply in replies), 15)

    def test_a_request_that_was_refused_may_be_put_right_under_its_key(self) -> None:
        self.assertEqual(self.ask("one", interface="none0").status, 400)
        self.assertEqual(self.ask("one").status, 201)

    def test_a_key_whose_job_was_deleted_makes_no_second_one(self) -> None:
        job = self.ask("one").json
        self.assertEqual(self.server.request("DELETE", f"/api/v1/jobs/{job['id']}").status, 204)
        reply = self.ask("one")
        self.assertEqual((reply.status, reply.json["code"]), (409, "conflict"))
        self.assertEqual(self.server.jobs(), [])

    def test_what_is_no_key_is_refused(self) -> None:
        for key in ('""', '"open', "x" * 256, '"a" "b"'):
            with self.subTest(key):
                reply = self.ask(key)
                self.assertEqual((reply.status, reply.json["field"]), (400, "Idempotency-Key"))
        self.assertEqual(self.server.jobs(), [])


class DryRuns(unittest.TestCase):
    server: Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = cls.enterClassContext(Server())
        Cable("dry0")

    def tearDown(self) -> None:
        self.assertEqual(self.server.jobs(), [], "a dry run has left a job")
        self.assertEqual(list(self.server.data_dir.rglob("*.pcap*")), [])

    def rehearse(self, expect: int = 200, **request: Any) -> Any:
        reply = self.server.request("POST", "/api/v1/jobs?dry_run=true", request)
        self.assertEqual(reply.status, expect, reply)
        return reply.json

    def test_a_dry_run_shows_the_program_of_each_interface(self) -> None:
        reply = self.rehearse(interfaces=["dry0", "lo"], proto="udp", dst_port=53)
        self.assertEqual([one["interface"] for one in reply["compiled"]], ["dry0", "lo"])
        for one in reply["compiled"]:
            self.assertEqual(one["language"], "bpf")
            self.assertRegex(one["lines"][0], r"^\(000\) ld")
            self.assertTrue(any(re.search(r"jeq +#0x35\b", line) for line in one["lines"]), one)
            self.assertTrue(any(re.search(r"ret +#0", line) for line in one["lines"]), one)

    def test_a_dry_run_says_what_is_asked_for_and_where_it_goes(self) -> None:
        reply = self.rehearse(interface="dry0", bucket="captures", key="{interface}/{job}")
        request = reply["request"]
        self.assertEqual((request["interface"], request["duration"], request["snaplen"]), ("dry0", 60, 262144))
        place = reply["object"]
        self.assertEqual((place["store"], place["bucket"]), ("embedded", "captures"))
        self.assertTrue(place["key"].startswith("dry0/"), place)
        self.assertTrue(reply["url"].endswith("/objects/captures/" + place["key"]), reply["url"])

    def test_a_dry_run_says_whether_all_is_there_that_it_needs(self) -> None:
        reply = self.rehearse(interface="dry0")
        self.assertTrue(reply["dry_run"])
        self.assertTrue(reply["ok"], reply["checks"])
        found = {check["what"]: check["ok"] for check in reply["checks"]}
        self.assertEqual(found, {"interface dry0": True, "server": True, "queue": True, "bucket xepacketcap": True})

    def test_a_dry_run_refuses_what_would_be_refused(self) -> None:
        for code, field, request in (("no_such_interface", "interface", {"interface": "none0"}),
                                     ("invalid_value", "filter", {"interface": "lo", "filter": "udp prt 53"}),
                                     ("unknown_field", "colour", {"interface": "lo", "colour": "red"})):
            with self.subTest(code):
                problem = self.rehearse(400, **request)
                self.assertEqual((problem["code"], problem["field"]), (code, field))

    def test_another_parameter_or_value_is_refused(self) -> None:
        for query, code in (("dry_run=maybe", "invalid_value"), ("dryrun=true", "unknown_field")):
            with self.subTest(query):
                reply = self.server.request("POST", f"/api/v1/jobs?{query}", {"interface": "lo"})
                self.assertEqual((reply.status, reply.json["code"]), (400, code))


class Durations(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server(config="[jobs]\nmax_running = 2"))

    def change(self, job: Job, duration: Any, kind: str = "application/merge-patch+json") -> Reply:
        body = json.dumps({"duration": duration}).encode()
        return self.server.request("PATCH", f"/api/v1/jobs/{job['id']}", body, {"Content-Type": kind})

    def test_a_running_capture_is_made_longer(self) -> None:
        job = self.server.running("lo", duration=2)
        reply = self.change(job, "10m")
        self.assertEqual((reply.status, reply.json["request"]["duration"]), (200, 600))
        time.sleep(2.5)
        last = self.server.job(job)
        self.assertEqual((last["state"], last["request"]["duration"]), ("running", 600))

    def test_a_running_capture_is_made_shorter_and_ends_then(self) -> None:
        job = self.server.running("lo", duration=600)
        self.assertEqual(self.change(job, 1, "application/json").status, 200)
        last = self.server.ended(job)
        self.assertEqual((last["stop_reason"], last["delivery"], last["request"]["duration"]),
                         ("duration", "delivered", 1))

    def test_a_capture_can_not_end_in_the_past(self) -> None:
        job = self.server.running("lo", duration=600)
        time.sleep(1.1)
        reply = self.change(job, 1)
        self.assertEqual((reply.status, reply.json["code"], reply.json["field"]), (409, "conflict", "duration"))
        self.assertEqual(self.server.job(job)["request"]["duration"], 600)

    def test_a_capture_that_waits_begins_with_its_new_duration(self) -> None:
        running = [self.server.running("lo") for _ in range(2)]
        waiting = self.server.create("lo")
        self.assertEqual(self.change(waiting, 1).json["request"]["duration"], 1)
        self.server.stop(running[0])
        self.assertEqual(self.server.ended(waiting)["stop_reason"], "duration")

    def test_a_change_is_kept_by_a_restart(self) -> None:
        running = [self.server.running("lo") for _ in range(2)]
        waiting = self.server.create("lo")
        self.change(waiting, 33)
        self.change(running[0], 44)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.server.job(waiting)["request"]["duration"], 33)
        self.assertEqual(self.server.job(running[0])["request"]["duration"], 44)

    def test_what_is_no_change_is_refused(self) -> None:
        job = self.server.running("lo")
        ended = self.server.ended(self.server.stop(self.server.running("lo")))
        path = f"/api/v1/jobs/{job['id']}"
        for status, code, where, body, kind in (
                (400, "missing_field", path, {}, "application/json"),
                (400, "unknown_field", path, {"duration": 5, "interface": "lo"}, "application/json"),
                (400, "invalid_value", path, {"duration": 0}, "application/json"),
                (400, "invalid_value", path, {"duration": "1000 d"}, "application/json"),
                (400, "wrong_type", path, {"duration": None}, "application/merge-patch+json"),
                (415, "unsupported_media_type", path, {"duration": 5}, "text/plain"),
                (404, "not_found", "/api/v1/jobs/123456", {"duration": 5}, "application/json"),
                (409, "conflict", f"/api/v1/jobs/{ended['id']}", {"duration": 5}, "application/json")):
            with self.subTest(code=code, body=body):
                reply = self.server.request("PATCH", where, json.dumps(body).encode(), {"Content-Type": kind})
                self.assertEqual((reply.status, reply.json["code"]), (status, code), reply)


class Deleting(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server(config="[jobs]\nmax_running = 2"))

    def delete(self, job: Job, others: int = 0) -> None:
        reply = self.server.request("DELETE", f"/api/v1/jobs/{job['id']}")
        self.assertEqual(reply.status, 204, reply)
        self.assertEqual(self.server.request("GET", f"/api/v1/jobs/{job['id']}").status, 404)
        self.assertEqual(len(list(self.server.data_dir.rglob("*.pcap*"))), others)

    def test_a_running_capture_is_stopped_and_nothing_of_it_stays(self) -> None:
        cable = Cable()
        job = self.server.running(cable.near)
        cable.send(frames.udp(n) for n in range(100))
        self.server.captured(job, 100)
        self.delete(job)

    def test_a_running_capture_in_segments_likewise(self) -> None:
        cable = Cable()
        job = self.server.running(cable.near, segment={"bytes": "64 KiB"})
        cable.send(frames.udp(n) for n in range(3000))
        self.server.captured(job, 3000)
        self.delete(job)

    def test_a_capture_that_waits_never_begins(self) -> None:
        running = [self.server.running("lo") for _ in range(2)]
        waiting = self.server.create("lo")
        self.delete(waiting, others=2)
        self.delete(running[0], others=1)
        self.assertEqual([job["id"] for job in self.server.jobs()], [running[1]["id"]])

    def test_captures_beside_it_go_on(self) -> None:
        cable = Cable()
        kept, gone = self.server.running(cable.near), self.server.running(cable.near)
        cable.send([frames.udp(0)])
        self.delete_only_record(gone)
        cable.send([frames.udp(1)])
        self.assertEqual(numbers(self.server.stopped_file(kept)), [0, 1])

    def delete_only_record(self, job: Job) -> None:
        self.assertEqual(self.server.request("DELETE", f"/api/v1/jobs/{job['id']}").status, 204)


if __name__ == "__main__":
    support.main()
