"""The connection is closed in place of an answer to the second part, the first time."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "UploadPart" and request.count == 2:
            return s3.Reply(close=True)
        return None
