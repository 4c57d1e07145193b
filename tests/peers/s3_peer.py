"""A real store for a test: started by its script, and stopped by it however the test ends."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import botocore.config
import botocore.session

HERE = Path(__file__).parent


@dataclass
class Peer:
    name: str
    variables: dict[str, str]  # AWS_*, as the sink reads them
    bucket: str
    tls: dict[str, str] | None  # the same, over https
    dns_name: str
    state: Path  # the folder of all that it has

    def client(self, access_key: str = "", secret_key: str = ""):
        """botocore's view of the store: the independent judge."""
        session = botocore.session.Session()
        return session.create_client(
            "s3",
            endpoint_url=self.variables["AWS_ENDPOINT_URL_S3"],
            region_name=self.variables["AWS_REGION"],
            aws_access_key_id=access_key or self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secret_key or self.variables["AWS_SECRET_ACCESS_KEY"],
            config=botocore.config.Config(s3={"addressing_style": "path"}, proxies={}),
        )


@contextmanager
def running(name: str, folder: Path | None = None, **settings: str) -> Iterator[Peer]:
    """`name` is "swift" or "ceph". The ports are the scripts' own, unless `settings` has them: the test has a network
    to itself. `folder`: below which it keeps what it stores."""
    with tempfile.TemporaryDirectory(prefix=f"xpc-{name}-", dir=folder, ignore_cleanup_errors=True) as state:
        environment = {**os.environ, "STATE": state, "S3_TLS_PORT": "7443", **settings}
        try:
            # no pipe for standard error: the daemons would hold it open
            up = subprocess.run(
                [HERE / f"{name}-up.sh"], env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=120
            )
            given = dict(line.split("=", 1) for line in up.stdout.splitlines())
            variables = {
                "AWS_ENDPOINT_URL_S3": given["S3_ENDPOINT"],
                "AWS_REGION": given["S3_REGION"],
                "AWS_ACCESS_KEY_ID": given["S3_ACCESS_KEY"],
                "AWS_SECRET_ACCESS_KEY": given["S3_SECRET_KEY"],
            }
            tls = None
            if "S3_TLS_ENDPOINT" in given:
                tls = {
                    **variables,
                    "AWS_ENDPOINT_URL_S3": given["S3_TLS_ENDPOINT"],
                    "AWS_CA_BUNDLE": given["S3_CA_FILE"],
                }
            yield Peer(name, variables, given["S3_BUCKET"], tls, given["S3_DNS_NAME"], Path(state))
        finally:
            subprocess.run([HERE / f"{name}-down.sh"], env=environment, check=True, timeout=60)
