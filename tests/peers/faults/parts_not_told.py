"""Of an upload that is open nobody may ask for the parts; and the store is away for the first one that is completed."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "ListParts":
            return s3.refusal(403, "AccessDenied", "Access Denied")
        if request.operation == "CompleteMultipartUpload" and request.count <= 5:
            return s3.refusal(503, "SlowDown", "Please reduce your request rate.")
        return None
