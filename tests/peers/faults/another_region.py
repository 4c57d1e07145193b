"""The bucket is in another region than was configured, as AWS says it."""

from peers import fault_server as s3


class Fault(s3.Fault):
    def before(self, request, store):
        reply = s3.refusal(301, "PermanentRedirect", "The bucket must be addressed by another endpoint")
        reply.headers["x-amz-bucket-region"] = "eu-west-1"
        return reply
