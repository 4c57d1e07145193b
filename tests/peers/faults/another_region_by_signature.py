"""The bucket is in another region than was configured; told of the signature, in the body."""

from peers import fault as s3


class Fault(s3.Fault):
    region = "eu-west-1"
