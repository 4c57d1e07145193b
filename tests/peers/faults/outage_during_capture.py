"""Parts get 503 as often as one round of attempts takes; after that the store is well."""

from peers import fault_server as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "UploadPart" and request.count <= 5:
            return s3.refusal(503, "ServiceUnavailable", "Please try again")
        return None
