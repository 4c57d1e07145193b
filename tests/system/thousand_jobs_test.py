"""Many jobs by `serve` and `work --once` on one store, workers coming and going: none is lost, and none runs twice.

Forty jobs, which takes half a minute; XEPACKETCAP_TEST_JOBS=1000 asks for more."""

import os
import unittest
from collections import Counter

import support
from support import frames
from support.device_server import Worker, by_dohost, is_as_exported
from support.iosxe import Device
from support.net import Cable
from support.pcap import joined, numbers
from support.server import Server, wait_until

JOBS = int(os.environ.get("XEPACKETCAP_TEST_JOBS", "40"))
AT_ONCE = 60
# Half of a second for each with the machine to itself; this is for one that is very busy.
PATIENCE = 60 + 3 * JOBS

CONFIG = f'''captures = {AT_ONCE}
[jobs]
max_running = {AT_ONCE}
'''


class ManyJobs(unittest.TestCase):
    def test_none_is_lost_and_none_runs_twice(self) -> None:
        cable = Cable()
        interface = "GigabitEthernet1"
        request = {"iface": interface, "proto": "udp", "src": "any", "dst": "any", "duration": 1, "bucket": "captures"}
        with Device("router", {interface: cable.near}, ssh=False, max_captures=AT_ONCE) as device, \
                Server(by_dohost(device) + CONFIG) as server, Worker(server, device, seconds=5) as worker:
            jobs: list[int] = []
            waiting: set[int] = set()
            sent = 0

            def ask(times: int) -> None:
                asked = [server.request("POST", "/pcap_json", request) for _ in range(times)]
                self.assertEqual({reply.status for reply in asked}, {200})
                new = [int(reply.json["job_id"]) for reply in asked]
                jobs.extend(new)
                waiting.update(new)

            def is_done() -> bool:
                nonlocal sent
                sent += cable.send([frames.udp(sent)])
                waiting.difference_update(
                    [number for number in sorted(waiting)[:AT_ONCE]
                     if server.request("POST", "/status_json", {"job_id": number}).json["status"] == "UPLOADED"])
                return not waiting

            ask(JOBS - 1)
            wait_until(f"the delivery of {JOBS - 1} jobs", is_done, PATIENCE)
            wait_until("the first worker's end", lambda: worker.outcomes)
            ask(1)  # for another worker, however quick the first was
            wait_until("the delivery of the last", is_done)
            self.assertEqual(len(set(jobs)), JOBS)
            starts = Counter(line.split()[2] for line in device.said()
                             if line.startswith("monitor capture XP") and line.endswith(" start"))
            self.assertEqual(starts, Counter(f"XP{number}" for number in jobs))
            for some in (jobs[i:i + 200] for i in range(0, JOBS, 200)):  # mergecap opens all of them
                done = [server.get(f"/api/v1/jobs/{number}") for number in some]
                files = [server.file(job) for job in done]
                rest = numbers(joined(files, server.folder / "all"))
                for job, file in zip(done, files):
                    count = job["counters"]["captured"]
                    captured, rest = rest[:count], rest[count:]
                    self.assertEqual(len(captured), count)
                    self.assertEqual(len(captured), len(set(captured)))  # each once
                    self.assertTrue(is_as_exported(device, job["number"], file))
                self.assertEqual(rest, [])
            device.wait_until_clean()


if __name__ == "__main__":
    support.main()
