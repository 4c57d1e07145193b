"""The answer to CreateMultipartUpload is larger than anyone should keep."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "CreateMultipartUpload":
            return s3.Reply(200, body=b"<R>" + b" " * (5 << 20))
        return None
