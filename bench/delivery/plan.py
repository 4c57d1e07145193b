"""How much and how often. Where the minutes go, on a machine of two cores:

| step          | what takes the time                                      | full  | quick |
|---------------|----------------------------------------------------------|-------|-------|
| file          | five uploads of 3 to 15 s, 3 times                       | 150 s |  10 s |
| pipe          | four, likewise                                           | 150 s |  10 s |
| stop          | two captures of 5 s, and a delivery of 5 s, 3 times      |  70 s |  10 s |
| stop-streamed | two captures of 5 s, 3 times                             |  50 s |   8 s |
| memory        | one capture of 11 s                                      |  15 s |   5 s |
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    quick: bool
    rounds: int
    upload_bytes: int   # file, pipe
    stop_bytes: int     # captured before it is stopped
    memory_bytes: int


FULL = Plan(quick=False, rounds=3, upload_bytes=1 << 30, stop_bytes=512 << 20, memory_bytes=1 << 30)

QUICK = Plan(quick=True, rounds=1, upload_bytes=64 << 20, stop_bytes=64 << 20, memory_bytes=128 << 20)
