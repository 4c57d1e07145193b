"""ETags are no MD5 digests, as those of objects that are encrypted with KMS keys."""

import hashlib

from peers import fault as s3


class Fault(s3.Fault):
    def etag_of(self, body):
        return hashlib.md5(b"encrypted" + body).hexdigest()
