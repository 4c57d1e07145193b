"""What the fault server keeps, and how it answers when nothing is wrong: as a real store does, which also refuses a signature that
botocore computes otherwise, a body that is not the one that was signed, and a part list that does not match."""

import base64
import hashlib
import hmac
import threading
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import urlsplit
from xml.etree import ElementTree

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .fault import REGION, Fault, Reply, Request, refusal

ACCESS_KEY = "AKIDFAULTSERVER"
SECRET_KEY = "secret/of+the=fault server"
BUCKET = "captures"
LONGEST_SKEW = 15 * 60  # AWS, "Signing and authenticating REST requests"


@dataclass
class StoredObject:
    body: bytes
    etag: str
    content_type: str
    checksum: str = ""  # as x-amz-checksum-sha256 has it; "" where none was sent
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class OpenUpload:
    key: str
    content_type: str
    checksums: bool = False
    parts: dict[int, tuple[str, bytes]] = field(default_factory=dict)


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

    def HeadBucket(self, request: Request) -> Reply:
        return Reply(headers={"x-amz-bucket-region": self.fault.region})

    def GetObject(self, request: Request) -> Reply:
        reply = self.HeadObject(request)
        if reply.status == 200 and "range" in request.headers:
            first, last = request.headers["range"].removeprefix("bytes=").split("-")
            whole = reply.body
            reply = Reply(206, reply.headers | {"Content-Range": f"bytes {first}-{last}/{len(whole)}"},
                          whole[int(first):int(last) + 1])
        return reply

    def PutObjectTagging(self, request: Request) -> Reply:
        if request.headers.get("content-md5") != base64.b64encode(hashlib.md5(request.body).digest()).decode():
            return refusal(400, "InvalidDigest")
        space = {"s3": "http://s3.amazonaws.com/doc/2006-03-01/"}
        tags = ElementTree.fromstring(request.body).findall("s3:TagSet/s3:Tag", space)
        self.objects[request.key].tags = {tag.findtext("s3:Key", "", space): tag.findtext("s3:Value", "", space)
                                          for tag in tags}
        return Reply()

    def CreateMultipartUpload(self, request: Request) -> Reply:
        upload_id = f"2~upload/{request.count}+=of {request.key}".replace(" ", "_")
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
