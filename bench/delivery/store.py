"""The store that everybody delivers to: a real one, for this run alone."""

import http.client
import os
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from botocore.exceptions import ClientError
from peers import s3_peer

from bench.harness.processes import Unusable

# aws-cli's CRT client reaches no other port by http.
PORT = 80
SIZE_GB = 12


class Store:
    """Ceph's RADOS Gateway, on a disk, at 127.0.0.1:80 of this network. Objects are looked at and removed with
    botocore."""

    endpoint = "http://127.0.0.1"

    def __init__(self, folder: Path) -> None:
        if shutil.disk_usage(folder).free < (SIZE_GB << 30):
            raise Unusable(f"the store may take {SIZE_GB} GB of disk, and they are not free")
        with ExitStack() as running:
            try:
                self._peer = running.enter_context(s3_peer.running(
                    "ceph", folder.absolute(), S3_PORT=str(PORT), S3_TLS_PORT="0", STORE="bluestore",
                    STORE_GB=str(SIZE_GB)))
            except (subprocess.SubprocessError, OSError) as failure:
                raise Unusable(f"the store does not start: {failure}") from failure
            self.bucket = self._peer.bucket
            self.variables = {**self._peer.variables, "AWS_ENDPOINT_URL_S3": self.endpoint}
            self._client = self._peer.client()
            self._configuration = next(folder.glob("xpc-ceph-*")) / "ceph.conf"
            self._warm_up()
            self._running = running.pop_all()

    def _warm_up(self) -> None:
        """The pools for objects and for open uploads are made at the first of each: at nobody's cost."""
        upload = self._client.create_multipart_upload(Bucket=self.bucket, Key="first")["UploadId"]
        part = self._client.upload_part(Bucket=self.bucket, Key="first", UploadId=upload, PartNumber=1, Body=b"1")
        self._client.complete_multipart_upload(Bucket=self.bucket, Key="first", UploadId=upload, MultipartUpload={
            "Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
        self.clear()

    def close(self) -> None:
        self._running.close()

    def size_of(self, key: str) -> int | None:
        """Nothing where there is no such object."""
        try:
            return int(self._client.head_object(Bucket=self.bucket, Key=key)["ContentLength"])
        except ClientError:
            return None

    def wait_for(self, key: str, patience: float) -> None:
        """Until HEAD finds it; asked every 5 ms."""
        url = self._client.generate_presigned_url("head_object", {"Bucket": self.bucket, "Key": key})
        path = url.removeprefix(f"{self._peer.variables['AWS_ENDPOINT_URL_S3']}")
        deadline = time.monotonic() + patience
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=patience)
        try:
            while not self._is_there(connection, path):
                if time.monotonic() > deadline:
                    raise Unusable(f"{key} is not there after {patience:.0f} s")
                time.sleep(0.005)
        finally:
            connection.close()

    @staticmethod
    def _is_there(connection: http.client.HTTPConnection, path: str) -> bool:
        connection.request("HEAD", path)
        reply = connection.getresponse()
        reply.read()
        if reply.status not in (200, 404):
            raise Unusable(f"HEAD is answered with {reply.status}")
        return reply.status == 200

    def clear(self) -> None:
        """Removes all objects, and waits until their space is free: a store that is full answers nothing."""
        for found in self._client.list_objects_v2(Bucket=self.bucket).get("Contents", []):
            self._client.delete_object(Bucket=self.bucket, Key=found["Key"])
        for left in self._client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", []):
            self._client.abort_multipart_upload(Bucket=self.bucket, Key=left["Key"], UploadId=left["UploadId"])
        collected = subprocess.run(["radosgw-admin", "--conf", str(self._configuration), "-n", "client.admin", "gc",
                                    "process", "--include-all"], capture_output=True, text=True)
        if collected.returncode != 0:
            raise Unusable(f"the store does not collect its garbage: {collected.stderr.strip()[-160:]}")


def take_down(folder: Path) -> None:
    """The store of a run that was killed, and its folder."""
    for state in folder.glob("xpc-ceph-*"):
        subprocess.run(["tests/peers/ceph-down.sh"], env={**os.environ, "STATE": str(state.absolute())}, check=True)
    shutil.rmtree(folder, ignore_errors=True)
