"""How long and how often. Where the minutes go, on a machine of two cores:

| step                | what takes the time                                     | full  | quick |
|---------------------|---------------------------------------------------------|-------|-------|
| memory              | idle, and four programs at full rate                    |  45 s |  18 s |
| start               | 20 jobs alone, 20 beside another                        |  40 s |   8 s |
| cpu                 | 2 loads; tcpdump and xepacketcap long, the others short | 200 s |  38 s |
| many                | 1 and 50 jobs, 1 and 50 tcpdumps, 3 times               | 180 s |  25 s |
| burst               | four programs, 3 times                                  | 120 s |  15 s |
| burst64, burst-imix | likewise                                                | 160 s |  25 s |
| sustained           | what is left; for each program a short run, and then as | 470 s |  45 s |
|                     | many long ones as its share of the rest allows          |       |       |

Steps that would begin after `whole_seconds` are left out and named."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    quick: bool
    whole_seconds: float        # no step begins after this
    limit_seconds: int          # for the generator's own limit, per size
    probe_seconds: int          # a first look at what a program can do
    confirm_seconds: int        # the run that a sustained rate must survive
    confirms: int               # such runs at the most
    burst_frames: int
    burst_rounds: int
    cpu_seconds: int            # tcpdump and xepacketcap
    cpu_seconds_others: int     # whom no goal compares with
    many_seconds: int
    many_rounds: int
    many_jobs: int
    start_rounds: int
    memory_seconds: int


FULL = Plan(quick=False, whole_seconds=18.5 * 60, limit_seconds=2, probe_seconds=4, confirm_seconds=30,
            confirms=5, burst_frames=2_000_000, burst_rounds=3, cpu_seconds=30,
            cpu_seconds_others=8, many_seconds=10, many_rounds=3, many_jobs=50, start_rounds=20, memory_seconds=5)

QUICK = Plan(quick=True, whole_seconds=165, limit_seconds=1, probe_seconds=1, confirm_seconds=3,
             confirms=5, burst_frames=500_000, burst_rounds=1, cpu_seconds=4,
             cpu_seconds_others=2, many_seconds=3, many_rounds=1, many_jobs=50, start_rounds=5, memory_seconds=2)
