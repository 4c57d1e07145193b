"""The first CompleteMultipartUpload succeeds, but its answer never arrives; asked again, the store
does not know the upload any more."""

from peers import fault as s3


class Fault(s3.Fault):
    def after(self, request, reply, store):
        if request.operation == "CompleteMultipartUpload" and request.count == 1:
            return s3.Reply(close=True)
        return reply
