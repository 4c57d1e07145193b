"""The file system of a device: a folder here, `flash:` and `bootflash:` there."""

import fnmatch
import shutil
import stat
import time
from pathlib import Path

PREFIXES = ("flash:", "bootflash:")


class NoSpace(Exception):
    pass


class NoSuchFile(Exception):
    pass


class Flash:
    def __init__(self, root: Path, size: int, folders: list[str]) -> None:
        self.root = root
        self.size = size
        self.free_limit: int | None = None  # where a fault says so
        self.reported_extra = 0  # what `dir` says is longer by that much
        for folder in ["", *folders]:
            (root / folder).mkdir(parents=True, exist_ok=True)
        self._initial = self.files()

    @staticmethod
    def is_local(url: str) -> bool:
        return url.lower().startswith(PREFIXES) or ":" not in url

    def split(self, url: str, default: str = "flash:") -> tuple[str, str]:
        """("flash:", "folder/name")"""
        prefix, colon, path = url.partition(":")
        if not colon:
            prefix, path = default[:-1], url
        return prefix.lower() + ":", path.lstrip("/")

    def path(self, url: str) -> Path:
        """It need not exist, but its folder must."""
        found = self.root / self.split(url)[1]
        if ".." in found.parts or not found.parent.is_dir():
            raise NoSuchFile(url)
        return found

    def matching(self, url: str) -> list[Path]:
        path = self.path(url)
        if "*" in path.name:
            return [one for one in sorted(path.parent.iterdir()) if fnmatch.fnmatchcase(one.name, path.name)]
        return [path] if path.exists() else []

    def free(self) -> int:
        left = self.size - sum(_size(self.root / name) for name in self.files())
        return max(0, left if self.free_limit is None else min(left, self.free_limit))

    def write(self, url: str, data: bytes) -> None:
        """What does not fit is cut off, and stays there like that."""
        path = self.path(url)
        if path.is_dir() or not path.name:
            raise NoSuchFile(url)
        path.unlink(missing_ok=True)
        room = self.free()
        path.write_bytes(data[:room])
        if len(data) > room:
            raise NoSpace(url)

    def copy(self, source: Path, url: str) -> int:
        if source.stat().st_size > self.free():
            raise NoSpace(url)
        shutil.copyfile(source, self.path(url))
        return source.stat().st_size

    def files(self) -> list[str]:
        return sorted(str(one.relative_to(self.root)) for one in self.root.rglob("*") if one.is_file())

    def new_files(self) -> list[str]:
        return [name for name in self.files() if name not in self._initial]

    def listing(self, url: str) -> str:
        """`dir`. Errors: NoSuchFile."""
        prefix, inside = self.split(url)
        path = self.root / inside
        entries = sorted(path.iterdir()) if path.is_dir() else self.matching(url)
        if not entries and not path.is_dir():
            raise NoSuchFile(url)
        lines = [f"Directory of {prefix}/{inside}", ""]
        lines += [line for entry in entries if (line := self._line(entry))] or ["No files in directory"]
        return "\n".join([*lines, "", f"{self.size} bytes total ({self.free()} bytes free)", ""])

    def _line(self, entry: Path) -> str:
        try:
            about = entry.stat()
        except FileNotFoundError:
            return ""
        when = time.strftime("%b %d %Y %H:%M:%S +00:00", time.gmtime(about.st_mtime))
        kind = "drwx" if stat.S_ISDIR(about.st_mode) else "-rw-"
        size = about.st_size + (0 if kind == "drwx" else self.reported_extra)
        return f"{about.st_ino % 1_000_000:6}  {kind}  {size:16}  {when}  {entry.name}"


def _size(file: Path) -> int:
    """Others delete files meanwhile."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
