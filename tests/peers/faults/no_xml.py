"""Answers are 200 with bytes that are no XML, and no ETag: a captive portal, perhaps."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        return s3.Reply(200, {"Content-Type": "text/html"}, bytes(range(256)) * 16)
