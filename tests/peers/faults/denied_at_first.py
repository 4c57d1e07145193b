"""The first part is refused: the policy was mended while the capture ran."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "UploadPart" and request.count == 1:
            return s3.refusal(403, "AccessDenied", "Access Denied")
        return None
