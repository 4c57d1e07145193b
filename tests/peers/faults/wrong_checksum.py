"""HeadObject tells of another checksum than that of what was sent."""

from peers import fault as s3


class Fault(s3.Fault):
    def after(self, request, reply, store):
        if request.operation == "HeadObject":
            reply.headers["x-amz-checksum-sha256"] = "A" * 43 + "="
        return reply
