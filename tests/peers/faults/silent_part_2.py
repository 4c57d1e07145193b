"""The second part is taken and never answered; nor is anything after it, but for the abort."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "UploadPart" and request.query["partNumber"] == "2":
            store.released.wait(60)
            return s3.Reply(close=True)
        return None
