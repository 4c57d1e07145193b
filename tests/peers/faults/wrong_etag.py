"""HeadObject shows another ETag than was confirmed: somebody else's object."""

from peers import fault as s3


class Fault(s3.Fault):
    def after(self, request, reply, store):
        if request.operation == "HeadObject":
            reply.headers["ETag"] = '"00000000000000000000000000000000"'
        return reply
