"""The bucket is in another region than was configured, as AWS says it."""

from peers import fault as s3


class Fault(s3.Fault):
    region = "eu-west-1"

    def other_region(self, request):
        reply = s3.refusal(301, "PermanentRedirect", "The bucket must be addressed by another endpoint")
        reply.headers["x-amz-bucket-region"] = self.region
        return reply
