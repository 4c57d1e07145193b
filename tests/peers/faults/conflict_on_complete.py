"""Another write came between, and that upload can not be completed any more; where `always` is set, none can."""

from peers import fault as s3


class Fault(s3.Fault):
    always = False

    def __init__(self):
        self.spoilt = ""

    def before(self, request, store):
        if request.operation != "CompleteMultipartUpload":
            return None
        upload_id = request.query["uploadId"]
        self.spoilt = self.spoilt or upload_id
        if upload_id == self.spoilt or self.always:
            return s3.refusal(409, "ConditionalRequestConflict", "A conflicting operation occurred")
        return None
