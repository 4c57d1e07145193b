"""An upload id that is no id at all is an invalid argument, not one that does not exist."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "ListParts" and request.query["uploadId"] not in store.uploads:
            return s3.refusal(400, "InvalidArgument", "Invalid uploadId")
        return None
