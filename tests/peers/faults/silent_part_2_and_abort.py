"""The second part is never answered, and the abort is neither."""

from peers import fault as s3


class Fault(s3.Fault):
    def before(self, request, store):
        is_part_2 = request.operation == "UploadPart" and request.query["partNumber"] == "2"
        if is_part_2 or request.operation == "AbortMultipartUpload":
            store.released.wait(60)
            return s3.Reply(close=True)
        return None
