"""Every operation is answered with 503 SlowDown the first time, and once more for the second part."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        second_part = request.query.get("partNumber") == "2"
        asked = [one for one in store.asked(request.operation) if one.query == request.query]
        if len(asked) <= (2 if second_part else 1):
            return s3.refusal(503, "SlowDown", "Reduce your request rate")
        return None
