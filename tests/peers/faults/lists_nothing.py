"""The key may not list the uploads of the bucket."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "ListMultipartUploads":
            return s3.refusal(403, "AccessDenied", "Access Denied")
        return None
