"""What it costs a program to bring a file, or what comes through a pipe, to the store."""

import json
import os
import subprocess
import time
from dataclasses import dataclass
from functools import partial
from statistics import median

from bench.harness import processes
from bench.harness.processes import Unusable
from bench.harness.report import Step
from bench.harness.server import OURS

from .bench import Bench
from .clients import AWS, CRT, Client, all_clients

# Nothing takes a tenth of it, unless the store is full.
PATIENCE = 300.0

MOST_RESIDENT_MIB = 96
CPU_SHARE = 0.3


@dataclass
class Upload:
    program: str
    source: str
    round: int
    seconds: float
    user_seconds: float
    system_seconds: float
    most_resident_kib: int

    @property
    def cpu_seconds(self) -> float:
        return self.user_seconds + self.system_seconds

    @property
    def mib(self) -> float:
        return self.most_resident_kib / 1024


def upload(bench: Bench, client: Client, source: str, round_number: int) -> Upload:
    folder, data = bench.lab.folder, bench.data
    key = f"{source}-{round_number}"
    command = client.command(client.from_file if source == "file" else client.from_pipe, data.file.absolute(), key)
    log, said = folder / "client.log", folder / "client.out"
    os.sync()  # what the program before has left in memory is not written at this one's cost
    feeder = None
    try:
        began = time.monotonic()
        if source == "pipe":
            feeder = processes.start(["cat", str(data.file)], folder / "cat.log", stdout=subprocess.PIPE)
        with open(said, "wb") as out:
            process = processes.start(command, log, client.environment, stdin=feeder.stdout if feeder else None,
                                      stdout=out)
        used, resident = processes.collect(process, PATIENCE)
        seconds = time.monotonic() - began
    finally:
        if feeder:
            assert feeder.stdout
            feeder.stdout.close()
            processes.end(feeder)
        (folder / "spool").unlink(missing_ok=True)
    if process.returncode != 0:
        raise Unusable(f"it ended with code {process.returncode}: {processes.tail(log)}")
    if bench.store.size_of(key) != data.size:
        raise Unusable(f"the object has {bench.store.size_of(key)} bytes, not {data.size}")
    if client.name == OURS and json.loads(said.read_text())["sha256"] != data.sha256:
        raise Unusable("the receipt has the SHA-256 of something else")
    bench.store.clear()
    return Upload(client.name, source, round_number, seconds, used.user_seconds, used.system_seconds, resident)


def all_rounds(bench: Bench, step: Step, source: str) -> dict[str, list[Upload]]:
    """Each round begins with another program. Who fails once is not asked again."""
    clients = [c for c in all_clients(bench.store, bench.lab.folder) if source == "file" or c.from_pipe]
    made: dict[str, list[Upload]] = {client.name: [] for client in clients}
    for number in range(bench.plan.rounds):
        first = number % len(clients)
        for client in clients[first:] + clients[:first]:
            if client.name not in made:
                continue
            try:
                made[client.name].append(upload(bench, client, source, number))
            except Unusable as reason:
                bench.store.clear()
                del made[client.name]
                step.not_run(client.name, str(reason))
    return made


def spread(values: list[float]) -> str:
    return f"from {min(values):.2f} to {max(values):.2f}" if len(values) > 1 else ""


def deliveries(source: str, bench: Bench) -> Step:
    step = Step(source)
    made = all_rounds(bench, step, source)
    step.raw = [one for uploads in made.values() for one in uploads]
    size = f"{bench.data.size >> 20} MiB"
    wall = {name: median(u.seconds for u in uploads) for name, uploads in made.items()}
    cpu = {name: median(u.cpu_seconds for u in uploads) for name, uploads in made.items()}
    best = min((seconds for name, seconds in wall.items() if name != OURS), default=None)
    plain, crt = cpu.get(AWS), cpu.get(CRT)
    for name, uploads in made.items():
        note = "; ".join(filter(None, (size, spread([u.seconds for u in uploads]))))
        ratio = f"{wall[name] / best:.2f} × best" if best else ""
        if name == OURS and best:
            bench.judge(step, f"{name}, wall", f"{wall[name]:.2f} s", ratio, "≤ the best other", wall[name] <= best, note)
        else:
            step.add(f"{name}, wall", f"{wall[name]:.2f} s", ratio=ratio, note=note)
    for name, uploads in made.items():
        user, system = median(u.user_seconds for u in uploads), median(u.system_seconds for u in uploads)
        note = f"user {user:.2f}, system {system:.2f}; {spread([u.cpu_seconds for u in uploads])}".rstrip("; ")
        ratio = f"{cpu[name] / plain:.2f} × aws" if plain else ""
        if name == OURS and plain:
            met = cpu[name] <= CPU_SHARE * plain and (crt is None or cpu[name] <= crt)
            goal = f"≤ {CPU_SHARE} × aws" + (", ≤ CRT" if crt is not None else "")
            note += f"; {cpu[name] / crt:.2f} × CRT" if crt else ""
            bench.judge(step, f"{name}, CPU", f"{cpu[name]:.2f} s", ratio, goal, met, note)
        else:
            step.add(f"{name}, CPU", f"{cpu[name]:.2f} s", ratio=ratio, note=note)
    for name, uploads in made.items():
        mib = median(u.mib for u in uploads)
        if name == OURS:
            bench.judge(step, f"{name}, memory", f"{mib:.1f} MiB", f"{mib / MOST_RESIDENT_MIB:.2f} × goal",
                        f"≤ {MOST_RESIDENT_MIB} MiB", mib <= MOST_RESIDENT_MIB, "VmHWM")
        else:
            step.add(f"{name}, memory", f"{mib:.1f} MiB", note="VmHWM")
    return step


file = partial(deliveries, "file")
pipe = partial(deliveries, "pipe")
