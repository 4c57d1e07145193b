"""A policy without s3:DeleteObject."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        return s3.refusal(403, "AccessDenied", "Access Denied") if request.operation == "DeleteObject" else None
