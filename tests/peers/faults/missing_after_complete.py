"""The store confirms the object and then does not have it."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "HeadObject":
            return s3.Reply(404)
        return None
