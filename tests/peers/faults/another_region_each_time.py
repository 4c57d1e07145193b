"""Whatever region a request is signed for, the bucket is said to be in another one."""

from peers import fault as s3


class Fault(s3.Fault):
    def other_region(self, request):
        return self.before(request, None)

    def before(self, request, store):
        reply = s3.refusal(301, "PermanentRedirect", "The bucket must be addressed by another endpoint")
        reply.headers["x-amz-bucket-region"] = f"eu-west-{1 + len(request.headers['authorization']) % 2}"
        return reply
