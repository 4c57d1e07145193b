"""Parts are taken, and CompleteMultipartUpload is out of order."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "CompleteMultipartUpload":
            return s3.refusal(503, "ServiceUnavailable", "Please try again.")
        return None
