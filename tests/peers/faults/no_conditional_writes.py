"""The store does not know If-None-Match of a request that writes, and says so."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if "if-none-match" in request.headers:
            return s3.refusal(501, "NotImplemented", "A header you provided implies functionality that is not there")
        return None
