"""wrk, with requests of one's own."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.harness.processes import Unusable, die_with_parent

# What it prints at its end, as one line of JSON behind a word to find it by.
_DONE = """
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format('FOUND {"requests": %d, "seconds": %.3f, "failed": %d, "p50_us": %d, "p99_us": %d, "most_us": %d}',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.timeout + e.status,
    latency:percentile(50), latency:percentile(99), latency.max))
end
"""


@dataclass
class Found:
    requests: int
    seconds: float
    failed: int
    p50_us: int
    p99_us: int
    most_us: int

    @property
    def rate(self) -> float:
        """Of those that were answered as they should be."""
        return (self.requests - self.failed) / self.seconds


def run(folder: Path, url: str, script: str, connections: int, seconds: int) -> Found:
    file = folder / "wrk.lua"
    file.write_text(script + _DONE)
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(file), url],
                          capture_output=True, text=True, timeout=seconds + 30, preexec_fn=die_with_parent)
    for line in done.stdout.splitlines():
        if line.startswith("FOUND "):
            return Found(**json.loads(line.removeprefix("FOUND ")))
    raise Unusable((done.stderr or done.stdout).strip()[:200] or "wrk failed")


def posts(body: str) -> str:
    return f"""
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = {json.dumps(body)}
"""


def gets(paths: list[str]) -> str:
    """Any of these at a time."""
    listed = ",".join(f'"{path}"' for path in paths)
    return f"""
local paths = {{{listed}}}
function request() return wrk.format("GET", paths[math.random(#paths)]) end
"""
