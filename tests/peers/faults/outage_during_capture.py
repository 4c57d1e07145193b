"""The first part gets 503 as often as one round of attempts takes; after that the store is well."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.query.get("partNumber") != "1":
            return None
        if len([one for one in store.asked("UploadPart") if one.query["partNumber"] == "1"]) <= 5:
            return s3.refusal(503, "ServiceUnavailable", "Please try again")
        return None
