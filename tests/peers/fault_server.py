"""A small S3 server in memory, for faults that a real store cannot be made to have.

It takes PutObject, HeadObject, GetObject and the multipart operations, in path style, and refuses
what a real store refuses: a signature that botocore computes otherwise, a body that is not the one
that was signed, a part list that does not match. One fault a time is loaded from the folder
`faults`: a module with a class `Fault`, whose before() may answer in place of the server, and whose
after() may change the server's answer.

As a program: fault_server.py [--port PORT] [--fault NAME]; it prints the variables to reach it by.
"""

import argparse
import base64
import hashlib
import hmac
import importlib.util
import os
import socket
import ssl
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ACCESS_KEY = "AKIDFAULTSERVER"
SECRET_KEY = "secret/of+the=fault server"
REGION = "us-east-1"
BUCKET = "captures"
LONGEST_SKEW = 15 * 60  # AWS, "Signing and authenticating REST requests"


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


@dataclass
class StoredObject:
    body: bytes
    etag: str
    content_type: str
    checksum: str = ""  # as x-amz-checksum-sha256 has it; "" where none was sent


@dataclass
class OpenUpload:
    key: str
    content_type: str
    checksums: bool = False
    parts: dict[int, tuple[str, bytes]] = field(default_factory=dict)


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


class Store:
    """What the server keeps, and what it was asked."""

    def __init__(self, fault: Fault):
        self.fault = fault
        self.lock = threading.RLock()
        self.objects: dict[str, StoredObject] = {}
        self.uploads: dict[str, OpenUpload] = {}
        self.requests: list[Request] = []
        self.parts_a_page = 1000
        self.released = threading.Event()  # for faults that hold an answer back

    def asked(self, operation: str) -> list[Request]:
        with self.lock:
            return [request for request in self.requests if request.operation == operation]

    def answer(self, request: Request) -> Reply:
        with self.lock:
            self.requests.append(request)
            request.count = len(self.asked(request.operation))
        reply = verify(request, self.fault) or self.fault.before(request, self)
        if reply is None:
            with self.lock:
                reply = self.operate(request)
            reply = self.fault.after(request, reply, self)
        return reply

    def operate(self, request: Request) -> Reply:
        if request.bucket != BUCKET:
            return refusal(404, "NoSuchBucket", "The specified bucket does not exist")
        if request.headers.get("if-none-match") == "*" and request.key in self.objects:
            return refusal(412, "PreconditionFailed", "At least one of the pre-conditions did not hold")
        if request.headers.get("x-amz-checksum-sha256", sha256_of(request.body)) != sha256_of(request.body):
            return refusal(400, "BadDigest", "The SHA256 you specified did not match the calculated checksum.")
        return getattr(self, request.operation)(request)

    def PutObject(self, request: Request) -> Reply:
        etag = self.fault.etag_of(request.body)
        content_type = request.headers.get("content-type", "")
        checksum = request.headers.get("x-amz-checksum-sha256", "")
        self.objects[request.key] = StoredObject(request.body, etag, content_type, checksum)
        return Reply(headers={"ETag": f'"{etag}"'})

    def HeadObject(self, request: Request) -> Reply:
        found = self.objects.get(request.key)
        if found is None:
            return refusal(404, "NoSuchKey")
        headers = {"ETag": f'"{found.etag}"', "Content-Type": found.content_type}
        if found.checksum and request.headers.get("x-amz-checksum-mode") == "ENABLED":
            headers["x-amz-checksum-sha256"] = found.checksum
        return Reply(headers=headers, body=found.body)

    GetObject = HeadObject

    def CreateMultipartUpload(self, request: Request) -> Reply:
        upload_id = f"2~upload/{len(self.uploads) + 1}+=of {request.key}".replace(" ", "_")
        self.uploads[upload_id] = OpenUpload(request.key, request.headers.get("content-type", ""),
                                             "x-amz-checksum-algorithm" in request.headers)
        return result("InitiateMultipartUploadResult", UploadId=upload_id, Key=request.key)

    def UploadPart(self, request: Request) -> Reply:
        upload = self.uploads.get(request.query["uploadId"])
        if upload is None:
            return refusal(404, "NoSuchUpload")
        if upload.checksums != ("x-amz-checksum-sha256" in request.headers):
            return refusal(400, "InvalidRequest", "The upload was created with another checksum")
        etag = self.fault.etag_of(request.body)
        upload.parts[int(request.query["partNumber"])] = (etag, request.body)
        return Reply(headers={"ETag": f'"{etag}"'})

    def CompleteMultipartUpload(self, request: Request) -> Reply:
        upload = self.uploads.get(request.query["uploadId"])
        if upload is None:
            return refusal(404, "NoSuchUpload", "The specified upload does not exist.")
        space = {"s3": "http://s3.amazonaws.com/doc/2006-03-01/"}
        listed = [
            (int(part.findtext("s3:PartNumber", "", space)), part.findtext("s3:ETag", "", space).strip('"'))
            for part in ElementTree.fromstring(request.body).findall("s3:Part", space)
        ]
        if [number for number, _ in listed] != sorted({number for number, _ in listed}):
            return refusal(400, "InvalidPartOrder")
        if any(upload.parts.get(number, ("",))[0] != etag for number, etag in listed):
            return refusal(400, "InvalidPart")
        if upload.checksums:
            sums = [part.findtext("s3:ChecksumSHA256", "", space) for part in
                    ElementTree.fromstring(request.body).findall("s3:Part", space)]
            if sums != [sha256_of(upload.parts[number][1]) for number, _ in listed]:
                return refusal(400, "InvalidPart")
        body = b"".join(upload.parts[number][1] for number, _ in listed)
        digests = b"".join(bytes.fromhex(etag) for _, etag in listed)
        etag = f"{hashlib.md5(digests).hexdigest()}-{len(listed)}"
        raw = b"".join(hashlib.sha256(upload.parts[number][1]).digest() for number, _ in listed)
        checksum = f"{sha256_of(raw)}-{len(listed)}" if upload.checksums else ""
        self.objects[upload.key] = StoredObject(body, etag, upload.content_type, checksum)
        del self.uploads[request.query["uploadId"]]
        return result("CompleteMultipartUploadResult", Key=upload.key, ETag=f"&quot;{etag}&quot;")

    def ListParts(self, request: Request) -> Reply:
        upload = self.uploads.get(request.query["uploadId"])
        if upload is None:
            return refusal(404, "NoSuchUpload")
        after = int(request.query.get("part-number-marker", 0))
        numbers = [number for number in sorted(upload.parts) if number > after]
        page = numbers[:self.parts_a_page]
        elements = {"IsTruncated": "false"}
        if page != numbers:
            elements = {"IsTruncated": "true", "NextPartNumberMarker": str(page[-1])}
        parts = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>&quot;{upload.parts[number][0]}&quot;</ETag>"
                        f"<Size>{len(upload.parts[number][1])}</Size>"
                        f"{checksum_element(upload, number)}</Part>" for number in page)
        return result("ListPartsResult", parts, Key=upload.key, **elements)

    def ListMultipartUploads(self, request: Request) -> Reply:
        uploads = "".join(f"<Upload><Key>{upload.key}</Key><UploadId>{upload_id}</UploadId></Upload>"
                          for upload_id, upload in self.uploads.items()
                          if upload.key.startswith(request.query.get("prefix", "")))
        return result("ListMultipartUploadsResult", uploads, IsTruncated="false")

    def DeleteObject(self, request: Request) -> Reply:
        self.objects.pop(request.key, None)
        return Reply(204)

    def AbortMultipartUpload(self, request: Request) -> Reply:
        if self.uploads.pop(request.query["uploadId"], None) is None:
            return refusal(404, "NoSuchUpload")
        return Reply(204)


def sha256_of(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def checksum_element(upload: OpenUpload, number: int) -> str:
    body = upload.parts[number][1]
    return f"<ChecksumSHA256>{sha256_of(body)}</ChecksumSHA256>" if upload.checksums else ""


def result(root: str, list_of: str = "", **elements: str) -> Reply:
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in elements.items()) + list_of
    body = f'<?xml version="1.0"?>\n<{root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inside}</{root}>'
    return Reply(headers={"Content-Type": "application/xml"}, body=body.encode())


def operation_of(method: str, query: dict[str, str]) -> str:
    match method:
        case "PUT":
            return "UploadPart" if "partNumber" in query else "PutObject"
        case "POST":
            return "CreateMultipartUpload" if "uploads" in query else "CompleteMultipartUpload"
        case "DELETE":
            return "AbortMultipartUpload" if "uploadId" in query else "DeleteObject"
        case "HEAD":
            return "HeadObject"
    if "uploads" in query:
        return "ListMultipartUploads"
    return "ListParts" if "uploadId" in query else "GetObject"


def wrong_region(region: str) -> Reply:
    """As AWS says it of a signature for another region."""
    reply = refusal(400, "AuthorizationHeaderMalformed", f"the region is wrong; expecting '{region}'")
    reply.body = reply.body.replace(b"</Error>", f"<Region>{region}</Region></Error>".encode())
    return reply


def verify(request: Request, server: Fault) -> Reply | None:
    """The refusal of a request that botocore would have signed in another way, or whose body is
    not the one that was signed."""
    url = f"http://{request.headers.get('host', '')}{request.target}"
    credentials = Credentials(ACCESS_KEY, SECRET_KEY)
    if "X-Amz-Signature" in request.query:
        kept = [pair for pair in urlsplit(url).query.split("&") if not pair.startswith("X-Amz-Signature=")]
        auth = S3SigV4QueryAuth(credentials, "s3", REGION, int(request.query["X-Amz-Expires"]))
        aws = AWSRequest(method=request.method, url=url.split("?")[0] + "?" + "&".join(kept))
        aws.context["timestamp"] = request.query["X-Amz-Date"]
        aws.headers["host"] = request.headers.get("host", "")
        given = request.query["X-Amz-Signature"]
    else:
        authorization = request.headers.get("authorization", "")
        scheme, _, rest = authorization.partition(" ")
        fields = dict(one.strip().partition("=")[::2] for one in rest.split(","))
        if scheme != "AWS4-HMAC-SHA256" or not fields.get("Credential", "").startswith(ACCESS_KEY + "/"):
            return refusal(403, "InvalidAccessKeyId", "The access key is not known")
        auth = S3SigV4Auth(credentials, "s3", server.region)
        aws = AWSRequest(method=request.method, url=url)
        scope = fields["Credential"].split("/")
        if scope[2:] != [server.region, "s3", "aws4_request"]:
            return server.other_region(request)
        stamp = datetime.strptime(request.headers.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ")
        if abs(stamp.replace(tzinfo=timezone.utc).timestamp() - server.clock()) > LONGEST_SKEW:
            return refusal(403, "RequestTimeTooSkewed", "The difference is too large.")
        signed = fields.get("SignedHeaders", "").split(";")
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(signed):
            return refusal(403, "AccessDenied", "There were headers present which were not signed")
        for name in signed:
            aws.headers[name] = request.headers.get(name, "")
        aws.context["timestamp"] = request.headers.get("x-amz-date", "")
        given = fields.get("Signature", "")
        if request.headers.get("x-amz-content-sha256") != hashlib.sha256(request.body).hexdigest():
            return refusal(400, "XAmzContentSHA256Mismatch", "The body is not the one that was signed")
    expected = auth.signature(auth.string_to_sign(aws, auth.canonical_request(aws)), aws)
    if not hmac.compare_digest(expected, given):
        return refusal(403, "SignatureDoesNotMatch", "The signature is not the one that botocore computes")
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the next request does not wait for an acknowledgement

    def handle_any(self) -> None:
        split = urlsplit(self.path)
        bucket, _, key = unquote(split.path).lstrip("/").partition("/")
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        operation = operation_of(self.command, query)
        request = Request(operation, self.command, self.path, bucket, key, query, headers, body)
        reply = self.server.store.answer(request)
        if reply.close:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204 and "Content-Length" not in reply.headers:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def date_time_string(self, timestamp=None) -> str:
        return super().date_time_string(self.server.store.fault.clock() if timestamp is None else timestamp)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

    def log_message(self, format: str, *arguments) -> None:
        if os.environ.get("FAULT_SERVER_VERBOSE"):
            super().log_message(format, *arguments)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        """A client that goes away is what the tests make it do."""
        if os.environ.get("FAULT_SERVER_VERBOSE"):
            super().handle_error(request, client_address)


class FaultServer:
    """A server on a free port of 127.0.0.1, for as long as the `with` lasts; over TLS where it is
    given a certificate (PEM, with its key)."""

    def __init__(self, fault: str = "", port: int = 0, address: str = "127.0.0.1", certificate: Path | None = None):
        self.store = Store(load_fault(fault) if fault else Fault())
        self.server = Server((address, port), Handler)
        self.server.store = self.store
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            # the handshake is left to the connection's own thread
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.endpoint = f"{'https' if certificate else 'http'}://{address}:{self.server.server_address[1]}"
        self.variables = {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }

    def __enter__(self) -> "FaultServer":
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.store.released.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="a small S3 server with faults; its bucket is " + BUCKET)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", default="")
    arguments = parser.parse_args()
    with FaultServer(arguments.fault, arguments.port) as server:
        for name, value in server.variables.items():
            print(f"{name}={value}", flush=True)
        try:
            server.thread.join()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))  # the faults import this file as peers.fault_server
    main()
