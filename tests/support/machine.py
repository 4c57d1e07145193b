"""This machine, for a process to spoil: what it and its children write is theirs, and gone with them."""

import os
import subprocess
from pathlib import Path

from .mounts import own_mounts
from .server import BINARY

ROOT = Path(__file__).parents[2]


def machine_of_its_own() -> None:
    """All but /tmp, the project, and what is mounted. To be called once, before any thread is started; needs root."""
    kept = _mount_points() + ["/tmp", str(ROOT), str(Path(BINARY).resolve().parent)]
    own_mounts()
    folder = Path("/media")  # is everywhere, and stays as it is for others
    subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    upper, work, root = (folder / name for name in ("upper", "work", "root"))
    for one in (upper, work, root):
        one.mkdir()
    subprocess.run(["mount", "-t", "overlay", "none", "-o", f"lowerdir=/,upperdir={upper},workdir={work}", root], check=True)
    for point in kept:
        if not any(point.startswith(f"{other}/") for other in kept):
            subprocess.run(["mount", "--rbind" if point != "/tmp" else "--bind", point, f"{root}{point}"], check=True)
    where = os.getcwd()
    os.chroot(root)
    os.chdir(where)


def _mount_points() -> list[str]:
    found = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return list(dict.fromkeys(point for point in found if point not in ("/", "/tmp") and Path(point).is_dir()))
