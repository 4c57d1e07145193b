"""The first CreateMultipartUpload succeeds, but its answer never arrives; and until it is released the store is too busy to
say which uploads are open."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "ListMultipartUploads" and not store.released.is_set():
            return s3.refusal(503, "SlowDown", "Please reduce your request rate.")
        return None

    def after(self, request, reply, store):
        if request.operation == "CreateMultipartUpload" and request.count == 1:
            return s3.Reply(close=True)
        return reply
