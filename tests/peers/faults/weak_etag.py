"""HeadObject has its ETag weakened, as by a proxy on the way."""

from peers import fault as s3


class Fault(s3.Fault):
    def after(self, request, reply, store):
        if request.operation == "HeadObject" and "ETag" in reply.headers:
            reply.headers["ETag"] = "W/" + reply.headers["ETag"]
        return reply
