"""What Wireshark's command-line tools say of a capture file."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path


def _tshark(path: Path, *arguments: str) -> str:
    """A file that tshark finds cut short or damaged is an error."""
    done = subprocess.run(["tshark", "-n", "-r", str(path), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"tshark cannot read {path}: {done.stderr}")
    return done.stdout


def tshark_fields(path: Path, *fields: str, display_filter: str = "") -> list[tuple[str, ...]]:
    """One row for each packet."""
    arguments = ["-T", "fields", "-E", "separator=/t"]
    for field in fields:
        arguments += ["-e", field]
    if display_filter:
        arguments += ["-Y", display_filter]
    return [tuple(line.split("\t")) for line in _tshark(path, *arguments).splitlines()]


def raw_frames(path: Path) -> list[bytes]:
    """The bytes of every packet."""
    packets = json.loads(_tshark(path, "-T", "jsonraw", "-j", "frame") or "[]")
    return [bytes.fromhex(packet["_source"]["layers"]["frame_raw"][0]) for packet in packets]


def numbers(path: Path) -> list[int]:
    """The numbers of the UDP packets made by `frames.udp`, in the file's order."""
    rows = tshark_fields(path, "udp.payload", display_filter="udp")
    return [int(payload.replace(":", "")[:16], 16) for (payload,) in rows]


def joined(paths: Iterable[Path], into: Path) -> Path:
    """The packets of all of them, those of the second file behind those of the first."""
    done = subprocess.run(["mergecap", "-a", "-w", str(into), *map(str, paths)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"mergecap cannot read them: {done.stderr}")
    return into


def capinfos(path: Path) -> dict[str, str]:
    """`capinfos -T` as a table: "File type", "Number of packets", …"""
    done = subprocess.run(["capinfos", "-T", "-M", str(path)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"capinfos cannot read {path}: {done.stderr}")
    names, values = done.stdout.splitlines()[:2]
    return dict(zip(names.split("\t"), values.split("\t")))
