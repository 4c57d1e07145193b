"""Certificates, good ones and others, by an authority that nobody knows unless told."""

import subprocess
from pathlib import Path


class Authority:
    """Its own certificate is `ca_file`; all its files are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca_file = folder / "ca.pem"
        self._key = folder / "ca.key"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=an authority",
                "-keyout", self._key, "-out", self.ca_file)

    def certificate(self, name: str, days: int = 30) -> Path:
        """A server's, with its key. `name` as in "IP:127.0.0.1"; expired where `days` is below 0."""
        stem = self.folder / f"{name.partition(':')[2]}.{days}"
        request, key, signed, extensions = (stem.with_name(f"{stem.name}.{kind}") for kind in ("csr", "key", "crt", "ext"))
        extensions.write_text(f"subjectAltName={name}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=a store", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", self._key, "-CAcreateserial",
                "-days", str(days), "-extfile", extensions, "-out", signed)
        both = stem.with_name(f"{stem.name}.pem")
        both.write_bytes(key.read_bytes() + signed.read_bytes())
        return both


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
