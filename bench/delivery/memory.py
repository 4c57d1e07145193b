"""What is resident of a server that captures and delivers at once."""

import time
from dataclasses import dataclass

from bench.harness import processes
from bench.harness.lab import Traffic
from bench.harness.report import Step, share
from bench.harness.server import MEMORY_MIB, OURS, request, serving

from .bench import Bench
from .stop import FRAME_BYTES, FRAMES_A_SECOND

GOAL_MIB = MEMORY_MIB + 24


@dataclass
class Resident:
    """In KiB. `anonymous` and `file` are of the sample with the most; seen every 50 ms, so `most` is a little more."""
    most: int
    anonymous: int
    file: int
    lost_share: float
    object_bytes: int


def memory(bench: Bench) -> Step:
    step = Step("memory")
    frames = bench.plan.memory_bytes // FRAME_BYTES
    samples: list[dict[str, int]] = []
    with serving(bench.lab, bench.store.variables) as server:

        def sample() -> None:
            samples.append(processes.memory_kib(server.pid))

        job = server.begin(request(bench.lab.interface) | {"bucket": bench.store.bucket})
        server.wait_for(job, "running", lambda j: j["state"] == "running")
        sent = bench.lab.send(Traffic("1514", rate=FRAMES_A_SECOND, count=frames), meanwhile=sample)
        server.wait_for(job, "the last frames", lambda j: j["counters"]["received"] >= sent.sent)
        server.stop(job)
        while server.job(job)["delivery"] not in ("delivered", "failed"):
            sample()
            time.sleep(0.02)
        ended = server.delivered(job)
        sample()
    bench.store.clear()
    top = max(samples, key=lambda found: found["VmRSS"])
    lost = 1 - ended["counters"]["captured"] / sent.sent
    found = Resident(samples[-1]["VmHWM"], top["RssAnon"], top["RssFile"], lost, ended["object"]["bytes"])
    step.raw.append(found)
    mib = found.most / 1024
    bench.judge(step, OURS, f"{mib:.1f} MiB", f"{mib / GOAL_MIB:.2f} × goal", f"≤ {GOAL_MIB} MiB", mib <= GOAL_MIB,
                f"VmHWM; {found.object_bytes >> 20} MiB at {sent.rate * FRAME_BYTES / 1e6:.0f} MB/s; lost {share(lost)}; "
                f"at the most {found.anonymous >> 10} MiB anonymous, {found.file >> 10} of files")
    return step
