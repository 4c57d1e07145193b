"""The store needs a moment until it shows what it has confirmed."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        if request.operation == "HeadObject" and request.count == 2:  # the first asks whether the key is taken
            return s3.Reply(404)
        return None
