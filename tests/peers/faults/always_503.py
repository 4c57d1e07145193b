"""The store is out of order."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        return s3.Reply(503, body=b"<html>Service Unavailable</html>")
