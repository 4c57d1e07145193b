"""The store's clock is two hours ahead of ours, and its answers say so."""

from peers import fault as s3


class Fault(s3.Fault):
    seconds_ahead = 2 * 60 * 60
