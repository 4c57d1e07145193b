"""A small S3 server in memory, for faults that a real store cannot be made to have.

It takes PutObject, HeadObject, GetObject, HeadBucket and the multipart operations, in path style (`fault_store`). One fault a time is
loaded from the folder `faults`: a module with a class `Fault`, whose before() may answer in place of the server, and whose
after() may change the server's answer (`fault`).

As a program: fault_server.py [--port PORT] [--fault NAME]; it prints the variables to reach it by.
"""

import argparse
import os
import socket
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from peers.fault import REGION, Fault, Request, load_fault
from peers.fault_store import ACCESS_KEY, BUCKET, SECRET_KEY, Store


def operation_of(method: str, key: str, query: dict[str, str]) -> str:
    match method:
        case "PUT":
            if "tagging" in query:
                return "PutObjectTagging"
            return "UploadPart" if "partNumber" in query else "PutObject"
        case "POST":
            return "CreateMultipartUpload" if "uploads" in query else "CompleteMultipartUpload"
        case "DELETE":
            return "AbortMultipartUpload" if "uploadId" in query else "DeleteObject"
        case "HEAD":
            return "HeadObject" if key else "HeadBucket"
    if "uploads" in query:
        return "ListMultipartUploads"
    return "ListParts" if "uploadId" in query else "GetObject"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the next request does not wait for an acknowledgement

    def handle_any(self) -> None:
        split = urlsplit(self.path)
        target = split._replace(scheme="", netloc="").geturl()  # whole where we are taken for a proxy
        path = unquote(split.path).lstrip("/")
        is_virtual_host = self.headers["Host"].startswith(f"{BUCKET}.")
        bucket, _, key = (BUCKET, "/", path) if is_virtual_host else path.partition("/")
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        operation = operation_of(self.command, key, query)
        request = Request(operation, self.command, target, bucket, key, query, headers, body)
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
    main()
