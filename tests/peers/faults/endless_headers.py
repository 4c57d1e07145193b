"""The answer to CreateMultipartUpload has more headers than anyone should keep."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "CreateMultipartUpload":
            return s3.Reply(200, {f"X-{number}": "x" * 1000 for number in range(1000)})
        return None
