"""CompleteMultipartUpload succeeds, and its answer says so by its status only."""

from peers import fault as s3


class Fault(s3.Fault):
    def after(self, request, reply, store):
        if request.operation == "CompleteMultipartUpload":
            return s3.Reply()
        return reply
