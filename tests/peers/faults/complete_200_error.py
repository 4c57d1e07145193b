"""CompleteMultipartUpload answers 200, with an error in the body, whenever it is asked."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation != "CompleteMultipartUpload":
            return None
        return s3.refusal(200, "InvalidPart", "One or more of the parts could not be found")
