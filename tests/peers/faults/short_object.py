"""HeadObject shows one byte less than was sent."""

from peers import fault as s3


class Fault(s3.Fault):
    def after(self, request, reply, store):
        if request.operation == "HeadObject":
            reply.body = reply.body[:-1]
        return reply
