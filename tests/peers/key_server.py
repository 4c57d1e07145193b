"""What gives a program its keys in the cloud: a container's endpoint, the instance metadata, and the
Security Token Service, whose signed requests botocore judges. All keys are those of the fault server."""

import datetime
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from peers.fault_store import ACCESS_KEY, SECRET_KEY

ROLE = "arn:aws:iam::123456789012:role/capture"
CALLER = Credentials("AKIDCALLER", "the caller's secret")
TOKEN = "a token of somebody's"


def expiration(lifetime: float) -> str:
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=lifetime)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def keys(self, token_name: str) -> str:
        return json.dumps({"Code": "Success", "AccessKeyId": ACCESS_KEY, "SecretAccessKey": SECRET_KEY,
                           token_name: "", "Expiration": expiration(self.server.lifetime)})

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/container":
            allowed = self.headers.get("Authorization") == TOKEN
            return self.answer(200 if allowed else 401, self.keys("Token") if allowed else "")
        roles = "/latest/meta-data/iam/security-credentials/"
        if self.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            return self.answer(401)
        if self.path == roles:
            return self.answer(200, "capture role")
        if self.path == roles + "capture%20role":
            return self.answer(200, self.keys("Token"))
        return self.answer(404)

    def do_PUT(self) -> None:
        self.server.asked.append(self.path)
        self.answer(200 if self.path == "/latest/api/token" else 404, TOKEN)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.server.asked.append(form["Action"])
        wrong = form.get("RoleArn") != ROLE or form.get("Version") != "2011-06-15"
        if form["Action"] == "AssumeRoleWithWebIdentity":
            wrong = wrong or form.get("WebIdentityToken") != TOKEN
        else:
            wrong = wrong or form.get("ExternalId") != "x & y" or not self.is_signed(body)
        if wrong:
            return self.answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
        self.answer(200, f"<{form['Action']}Response><Result><Credentials><AccessKeyId>{ACCESS_KEY}</AccessKeyId>"
                         f"<SecretAccessKey>{SECRET_KEY}</SecretAccessKey><SessionToken></SessionToken>"
                         f"<Expiration>{expiration(self.server.lifetime)}</Expiration></Credentials></Result>"
                         f"</{form['Action']}Response>")

    def is_signed(self, body: bytes) -> bool:
        fields = dict(one.strip().partition("=")[::2]
                      for one in self.headers.get("Authorization", "").partition(" ")[2].split(","))
        request = AWSRequest(method="POST", url=f"http://{self.headers['Host']}/", data=body)
        for name in fields.get("SignedHeaders", "").split(";"):
            request.headers[name] = self.headers.get(name, "")
        request.context["timestamp"] = self.headers.get("x-amz-date", "")
        if self.headers.get("x-amz-content-sha256") != hashlib.sha256(body).hexdigest():
            return False
        auth = SigV4Auth(CALLER, "sts", "us-east-1")
        expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        return fields.get("Signature") == expected

    def log_message(self, format: str, *arguments) -> None:
        pass


class KeyServer:
    """On a free port, for as long as the `with` lasts."""

    def __init__(self, lifetime: float = 3600, address: str = "127.0.0.1"):
        self.server = ThreadingHTTPServer((address, 0), Handler)
        self.server.lifetime = lifetime
        self.server.asked = []
        self.asked = self.server.asked
        self.url = f"http://{address}:{self.server.server_address[1]}"

    def __enter__(self) -> "KeyServer":
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
