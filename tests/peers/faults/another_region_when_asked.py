"""The bucket is in another region, which only HeadBucket tells; where it is not `told`, nobody does."""

from peers import fault as s3


class Fault(s3.Fault):
    region = "eu-west-1"
    status, code = 301, "PermanentRedirect"
    told = True

    def other_region(self, request):
        reply = s3.refusal(self.status, self.code, "It is elsewhere")
        if request.operation == "HeadBucket" and self.told:
            reply.headers["x-amz-bucket-region"] = self.region
        return reply
