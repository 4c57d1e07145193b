"""What the figures were taken on and with."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Machine:
    cores: int
    model: str
    memory_mib: int
    kernel: str
    file_system: str
    free_gb: float
    hypervisor: bool
    versions: dict[str, str]
    commit: str


def first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired) as failure:
        return f"unknown: {failure}"
    return next(iter((done.stdout or done.stderr).strip().splitlines()), "unknown")


def _of(file: str, name: str) -> str:
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"


def cores() -> int:
    return len(os.sched_getaffinity(0))


def stolen_seconds() -> float:
    """Of all processors together, so far: what a virtual machine's host gave to others while something here wanted it
    (proc(5), /proc/stat, "steal")."""
    cpu = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return int(cpu[8]) / os.sysconf("SC_CLK_TCK")


def describe(folder: Path, versions: dict[str, str]) -> Machine:
    """`versions`: of each program the argument with which it tells its own."""
    disk = os.statvfs(folder)
    return Machine(
        cores=cores(), model=_of("/proc/cpuinfo", "model name"),
        memory_mib=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20, kernel=platform.release(),
        file_system=first_line("findmnt", "--noheadings", "--output", "FSTYPE", "--target", str(folder)),
        free_gb=round(disk.f_bavail * disk.f_frsize / 1e9, 1),
        hypervisor="hypervisor" in _of("/proc/cpuinfo", "flags").split(),
        versions={Path(p).name: first_line(p, argument) for p, argument in versions.items()},
        commit=first_line("git", "describe", "--always", "--dirty"))
