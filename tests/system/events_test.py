"""What becomes of jobs, told to whoever follows them: server-sent events."""

import time
import unittest

import support
from support import frames
from support.net import Cable
from support.server import Job, Server, wait_until
from support.streams import Event, EventStream, events_of

ONE_AT_A_TIME = "[jobs]\nmax_running = 1\n"


def place(event: Event) -> tuple[str, str]:
    return event.data["state"], event.data["delivery"]


class EventsOfOneJob(unittest.TestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(Server(ONE_AT_A_TIME))
        self.cable = Cable()

    def queued(self) -> tuple[Job, Job]:
        """A job that runs, and one that waits for its end."""
        first = self.server.running(self.cable.near)
        return first, self.server.create(self.cable.near)

    def test_a_life_is_told_step_by_step_and_ends_the_stream(self) -> None:
        first, job = self.queued()
        with events_of(self.server, job) as stream:
            told = iter(stream)
            self.assertEqual(place(next(told)), ("queued", "none"))
            self.server.stop(first)
            seen = []
            for event in told:
                seen.append(event)
                if event.kind == "job" and event.data["state"] == "running":
                    self.server.stop(job)
            self.assertGreater(stream.retry, 0)
        jobs = [event for event in seen if event.kind == "job"]
        self.assertEqual([place(event) for event in jobs],
                         [("starting", "none"), ("running", "none"), ("stopping", "none"),
                          ("stopped", "uploading"), ("stopped", "delivered")])
        ids = [event.id for event in seen]
        self.assertEqual(ids, sorted(set(ids)), "each has a larger id")
        self.assertEqual(jobs[-1].data, self.server.job(job), "an event is the job, as GET has it")

    def test_counters_are_told_once_a_second_while_packets_come(self) -> None:
        job = self.server.running(self.cable.near, proto="udp")
        with events_of(self.server, job) as stream:
            told = iter(stream)
            self.assertEqual(place(next(told)), ("running", "none"))
            seen = []
            for count in (100, 200):
                self.cable.send(frames.udp(n) for n in range(100))
                event = next(told)
                self.assertEqual(event.kind, "counters")
                self.assertEqual(event.data["id"], job["id"])
                seen.append((time.monotonic(), event.data["counters"]["captured"]))
                while seen[-1][1] < count:
                    seen.append((time.monotonic(), next(told).data["counters"]["captured"]))
            self.assertGreater(seen[-1][0] - seen[0][0], 0.8 * (len(seen) - 1))

    def test_who_comes_back_is_told_what_was_missed(self) -> None:
        first, job = self.queued()
        with events_of(self.server, job) as stream:
            last = next(iter(stream))
        self.server.stop(first)
        self.server.wait_for(job, "running", lambda j: j["state"] == "running")
        with events_of(self.server, job, last.id) as stream:
            told = iter(stream)
            missed = [next(told), next(told)]
            self.assertEqual([place(event) for event in missed], [("starting", "none"), ("running", "none")])
            self.assertGreater(missed[0].id, last.id)
        with events_of(self.server, job, missed[0].id) as stream:
            self.assertEqual(next(iter(stream)), missed[1])

    def test_where_what_was_missed_is_forgotten_it_is_told_how_the_job_stands(self) -> None:
        job = self.server.running(self.cable.near)
        for unknown in (1, 1 << 53):
            with self.subTest(unknown), events_of(self.server, job, unknown) as stream:
                self.assertEqual(place(next(iter(stream))), ("running", "none"))
        self.server.terminate()
        self.server.start()  # nobody remembers
        with events_of(self.server, job, 7) as stream:
            self.assertEqual([place(event) for event in stream], [("stopped", "delivered")])

    def test_a_job_that_has_ended_is_told_once_and_who_comes_back_for_more_is_sent_away(self) -> None:
        job = self.server.running(self.cable.near)
        self.server.stop(job)
        self.server.ended(job)
        with events_of(self.server, job) as stream:
            last = list(stream)
        self.assertEqual([place(event) for event in last], [("stopped", "delivered")])
        reply = self.server.request("GET", f"/api/v1/jobs/{job['number']}/events",
                                    headers={"Last-Event-ID": str(last[0].id)})
        self.assertEqual((reply.status, reply.body), (204, b""))

    def test_a_job_that_is_removed_ends_its_stream(self) -> None:
        first, job = self.queued()
        with EventStream(self.server, "/api/v1/events") as everything:
            self.server.stop(job)
            self.assertEqual(self.server.request("DELETE", f"/api/v1/jobs/{job['id']}").status, 204)
            removed = everything.until(lambda event: event.kind == "removed")
            self.assertEqual(removed.data["id"], job["id"])
        reply = self.server.request("GET", f"/api/v1/jobs/{job['id']}/events")
        self.assertEqual(reply.status, 404)
        self.assertEqual(self.server.job(first)["state"], "running")

    def test_a_server_that_stops_tells_how_the_capture_ended(self) -> None:
        job = self.server.running(self.cable.near)
        with events_of(self.server, job) as stream:
            told = iter(stream)
            next(told)
            self.assertLess(self.server.terminate(), 5)
            self.assertEqual([place(event) for event in told if event.kind == "job"][-1], ("stopped", "delivered"))

    def test_a_server_stops_while_somebody_follows_a_job_that_waits(self) -> None:
        _, job = self.queued()
        with events_of(self.server, job) as stream:
            next(iter(stream))
            self.assertLess(self.server.terminate(), 5)


class EventsOfAllJobs(unittest.TestCase):
    def test_each_is_told_and_the_stream_goes_on(self) -> None:
        server = self.enterContext(Server())
        cable = Cable()
        with EventStream(server, "/api/v1/events") as stream:
            jobs = [server.create(cable.near, packets=1) for _ in range(3)]
            cable.send(frames.udp(n) for n in range(1))
            open_jobs = {job["id"] for job in jobs}
            for job in jobs:
                server.wait_for(job, "running", lambda j: j["state"] != "queued" and j["state"] != "starting")
            cable.send(frames.udp(n) for n in range(1))
            for event in stream:
                if event.kind == "job" and event.data["delivery"] == "delivered":
                    open_jobs.discard(event.data["id"])
                if not open_jobs:
                    break
            last_id = event.id
        with EventStream(server, "/api/v1/events", last_id) as stream:
            job = server.create(cable.near)
            self.assertEqual(next(iter(stream)).data["id"], job["id"])
        with EventStream(server, "/api/v1/events", 7) as stream:
            self.assertEqual(next(iter(stream)).kind, "reset")


class Clients(unittest.TestCase):
    def test_those_that_have_gone_are_noticed_although_nothing_happens(self) -> None:
        server = self.enterContext(Server())
        assert server.process
        folder = f"/proc/{server.process.pid}/fd"
        job = server.running(Cable().near)

        def descriptors() -> int:
            import os
            return len(os.listdir(folder))

        before = descriptors()
        streams = [events_of(server, job) for _ in range(50)]
        wait_until("a descriptor each", lambda: descriptors() >= before + 45)  # others come and go
        for stream in streams:
            stream.close()
        wait_until("all of them back", lambda: descriptors() <= before + 1)


if __name__ == "__main__":
    support.main()
