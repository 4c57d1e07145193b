"""CompleteMultipartUpload never works, and the first attempt to abort the upload is refused."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "CompleteMultipartUpload":
            return s3.refusal(200, "InvalidPart", "One or more of the parts could not be found")
        if request.operation == "AbortMultipartUpload" and request.count == 1:
            return s3.refusal(403, "AccessDenied", "Access Denied")
        return None
