"""The first upload is gone when it is to be completed: an operator, or a rule of the bucket, aborted it."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "CompleteMultipartUpload" and request.count == 1:
            store.uploads.clear()
        return None
