"""The store refuses every time stamp."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        return s3.refusal(403, "RequestTimeTooSkewed", "The difference is too large.")
