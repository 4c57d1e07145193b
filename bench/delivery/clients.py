"""The programs that bring a file, or what comes through a pipe, to the store."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from bench.harness.server import OURS

from .store import Store

UPLOADER = Path("build/release/bench/uploader/xpc-uploader")

AWS, CRT = "aws s3 cp", "aws s3 cp, CRT"

# As Debian installs them: another aws may come first in the PATH.
AWS_PROGRAM, RCLONE, S3CMD = "/usr/bin/aws", "/usr/bin/rclone", "/usr/bin/s3cmd"


@dataclass(frozen=True)
class Client:
    """FILE and KEY stand for the real ones; nothing where it can not do it."""
    name: str
    from_file: list[str] = field(default_factory=list)
    from_pipe: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, template: list[str], file: Path, key: str) -> list[str]:
        return [word.replace("FILE", str(file)).replace("KEY", key) for word in template]


def environment(store: Store, folder: Path, **more: str) -> dict[str, str]:
    """Nothing of the caller's decides how they work: no proxy, no profile."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(folder.absolute()), **store.variables,
            "AWS_EC2_METADATA_DISABLED": "true", **more}


def ours(store: Store, folder: Path) -> Client:
    """The spool of what comes through the pipe is beside the file, on the same disk."""
    base = [str(UPLOADER.absolute()), store.bucket, "KEY"]
    return Client(OURS, [*base, "FILE"], [*base, str((folder / "spool").absolute()), "--stdin"],
                  environment(store, folder))


def aws(store: Store, folder: Path, crt: bool = False) -> Client:
    """The CRT client takes no pipe: aws-cli 2.9.19 falls back to its own then."""
    settings = folder / f"aws-{'crt' if crt else 'plain'}"
    settings.write_text("[default]\n" + ("s3 =\n  preferred_transfer_client = crt\n" if crt else ""))
    base = [AWS_PROGRAM, "--endpoint-url", store.endpoint, "s3", "cp", "--only-show-errors"]
    target = f"s3://{store.bucket}/KEY"
    return Client(CRT if crt else AWS, [*base, "FILE", target], [] if crt else [*base, "-", target],
                  environment(store, folder, AWS_CONFIG_FILE=str(settings.absolute())))


def rclone(store: Store, folder: Path) -> Client:
    base = [RCLONE, "--config", str((folder / "rclone.conf").absolute())]
    target = f"store:{store.bucket}/KEY"
    (folder / "rclone.conf").write_text(
        f"[store]\ntype = s3\nprovider = Ceph\nenv_auth = true\nendpoint = {store.endpoint}\n")
    return Client("rclone", [*base, "copyto", "FILE", target], [*base, "rcat", target], environment(store, folder))


def s3cmd(store: Store, folder: Path) -> Client:
    host = store.endpoint.removeprefix("http://")
    settings = folder / "s3cmd.conf"
    settings.write_text(f"[default]\naccess_key = {store.variables['AWS_ACCESS_KEY_ID']}\n"
                        f"secret_key = {store.variables['AWS_SECRET_ACCESS_KEY']}\n"
                        f"host_base = {host}\nhost_bucket = {host}\nuse_https = False\n")
    base = [S3CMD, "--config", str(settings.absolute()), "--no-progress", "put"]
    target = f"s3://{store.bucket}/KEY"
    return Client("s3cmd", [*base, "FILE", target], [*base, "-", target], environment(store, folder))


def all_clients(store: Store, folder: Path) -> list[Client]:
    return [ours(store, folder), aws(store, folder), aws(store, folder, crt=True), rclone(store, folder),
            s3cmd(store, folder)]
