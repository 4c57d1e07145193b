"""The second part is refused once, since the token that it is signed with has expired."""

from peers import fault as s3


class Fault(s3.Fault):
    refused = False

    def before(self, request, store):
        if request.query.get("partNumber") != "2" or self.refused:
            return None
        self.refused = True
        return s3.refusal(400, "ExpiredToken", "The provided token has expired.")
