"""The store is too busy to tag anything."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "PutObjectTagging":
            return s3.refusal(503, "SlowDown", "Please reduce your request rate.")
        return None
