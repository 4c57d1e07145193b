"""The first CreateMultipartUpload succeeds, but its answer never arrives."""

from peers import fault as s3


class Fault(s3.Fault):
    def after(self, request, reply, store):
        if request.operation == "CreateMultipartUpload" and request.count == 1:
            return s3.Reply(close=True)
        return reply
