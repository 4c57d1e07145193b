"""The first two requests for a new upload or object are sent elsewhere, and the bucket is here all the same."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation in ("PutObject", "CreateMultipartUpload") and request.count <= 2:
            reply = s3.refusal(307, "TemporaryRedirect", "Please re-send this request to the specified temporary endpoint.")
            reply.headers["Location"] = f"http://captures.elsewhere.invalid/{request.key}"
            return reply
        return None
