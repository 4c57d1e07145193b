"""How much and how often. Where the seconds go, on a machine of two cores:

| step    | what takes the time                                              | full | quick |
|---------|------------------------------------------------------------------|------|-------|
| create  | two servers, by turns, 3 times                                   | 50 s |  10 s |
| stored  | a store of 100,000 jobs; two servers, by turns, 5 times          | 45 s |  12 s |
| streams | 2,000 connections                                                | 10 s |   6 s |
| beside  | reads at rest, beside a capture, and a capture without, 3 times  | 60 s |  15 s |
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    quick: bool
    create_rounds: int
    create_seconds: int
    stored_rounds: int
    stored_seconds: int
    stored_jobs: int
    streams: int
    beside_rounds: int
    beside_frames: int


FULL = Plan(quick=False, create_rounds=3, create_seconds=6, stored_rounds=5, stored_seconds=3, stored_jobs=100_000,
            streams=2000, beside_rounds=3, beside_frames=1_500_000)

QUICK = Plan(quick=True, create_rounds=1, create_seconds=3, stored_rounds=2, stored_seconds=2, stored_jobs=20_000,
             streams=500, beside_rounds=1, beside_frames=800_000)
