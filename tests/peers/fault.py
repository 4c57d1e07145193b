"""One fault of an S3 server: what it answers in place of what it should, and what every fault starts from. Those that there
are lie in the folder `faults`, one a file."""

import hashlib
import importlib.util
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .fault_store import Store

REGION = "us-east-1"


@dataclass
class Request:
    operation: str  # "UploadPart"
    method: str
    target: str  # as received
    bucket: str
    key: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes
    count: int = 0  # which request of this operation it is, from 1


@dataclass
class Reply:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    close: bool = False  # the connection ends without an answer


def refusal(status: int, code: str, message: str = "") -> Reply:
    body = f'<?xml version="1.0"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(status, {"Content-Type": "application/xml"}, body.encode())


def wrong_region(region: str) -> Reply:
    """As AWS says it of a signature for another region."""
    reply = refusal(400, "AuthorizationHeaderMalformed", f"the region is wrong; expecting '{region}'")
    reply.body = reply.body.replace(b"</Error>", f"<Region>{region}</Region></Error>".encode())
    return reply


class Fault:
    """No fault: what every other one starts from."""

    region = REGION  # that the server's bucket is in
    seconds_ahead = 0  # of its clock

    def before(self, request: Request, store: "Store") -> Reply | None:
        return None

    def after(self, request: Request, reply: Reply, store: "Store") -> Reply:
        return reply

    def other_region(self, request: Request) -> Reply:
        """What a request that is signed for another region is told."""
        return wrong_region(self.region)

    def etag_of(self, body: bytes) -> str:
        return hashlib.md5(body).hexdigest()

    def clock(self) -> float:
        return time.time() + self.seconds_ahead


def load_fault(name: str) -> Fault:
    path = Path(__file__).parent / "faults" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"faults.{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Fault()
