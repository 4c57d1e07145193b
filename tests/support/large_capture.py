"""A capture whose upload has more than one part, of the smallest size that a store takes."""

from . import frames
from .net import Cable
from .server import Job, Server

SMALL_PARTS = '[s3]\npart_size = "5 MiB"\n'
FRAMES = 5000
LARGE = 1400  # bytes of payload


def large_capture(server: Server, bucket: str) -> Job:
    """That has ended: its last state."""
    cable = Cable()
    job = server.running(cable.near, bucket=bucket, proto="udp")
    for at in range(0, FRAMES, 500):  # no faster than they are captured
        cable.send(frames.udp(n, size=LARGE) for n in range(at, at + 500))
        server.captured(job, at + 500)
    server.stop(job)
    return server.ended(job)
