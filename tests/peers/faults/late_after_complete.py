"""The store needs a moment until it shows what it has confirmed."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "HeadObject" and request.count == 1:
            return s3.Reply(404)
        return None
