"""CompleteMultipartUpload answers 200 with InternalError in the body, the first time."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "CompleteMultipartUpload" and request.count == 1:
            return s3.refusal(200, "InternalError", "We encountered an internal error. Please try again.")
        return None
