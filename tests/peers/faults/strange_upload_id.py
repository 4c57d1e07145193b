"""CreateMultipartUpload gives an id that would break a header, a log line, or a record."""

from peers import fault as s3


class Fault(s3.Fault):
    def after(self, request, reply, store):
        if request.operation == "CreateMultipartUpload":
            reply.body = b"<R><UploadId>a&#13;&#10;Host: elsewhere</UploadId></R>"
        return reply
