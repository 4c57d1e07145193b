"""The key may write, but not tag."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "PutObjectTagging":
            return s3.refusal(403, "AccessDenied", "Access Denied")
        return None
