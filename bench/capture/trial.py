"""One trial: a program captures while the generator sends, and its files are counted and deleted."""

import os
from dataclasses import dataclass, field
from typing import Any

from bench.harness.lab import Counted, Lab, Sent, Traffic
from bench.harness.machine import cores, stolen_seconds
from bench.harness.processes import Unusable

from .recorders import Recorder


@dataclass
class Trial:
    program: str
    traffic: Traffic
    sent: Sent
    counted: list[Counted]
    user_seconds: float
    system_seconds: float
    most_resident_kib: int
    stolen_share: float  # of the processors' time while frames were sent, what the machine's host took
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        """Of the frames sent, those in the file; in all files where there are several."""
        return sum(counted.distinct for counted in self.counted)

    @property
    def lost(self) -> int:
        return self.sent.sent - self.kept

    @property
    def lost_share(self) -> float:
        return self.lost / self.sent.sent if self.sent.sent else 0.0

    @property
    def cpu_seconds(self) -> float:
        return self.user_seconds + self.system_seconds


def trial(lab: Lab, recorder: Recorder, traffic: Traffic, full_rate: float = 0) -> Trial:
    """`full_rate`: the generator's, where the traffic has neither rate nor count."""
    lab.need_room(traffic, full_rate)
    os.sync()  # what the program before has left in memory is not written at this one's cost
    with recorder.record(lab) as recording:
        before = stolen_seconds()
        try:
            sent = lab.send(traffic, meanwhile=recording.sample)
        finally:
            lab.close()
        stolen = stolen_seconds() - before
        kept = recording.finish()
        counted = lab.count(kept.files)
    for file, found in zip(kept.files, counted):
        if found.duplicates or found.disorder or found.other:
            kept.said["oddities"] = (f"{file.name}: {found.duplicates} duplicates, {found.disorder} out of order, "
                                     f"{found.other} not ours")
    return Trial(recorder.name, traffic, sent, counted, kept.usage.user_seconds, kept.usage.system_seconds,
                 kept.most_resident_kib, stolen / (sent.seconds * cores()), kept.said)


def attempt(lab: Lab, recorder: Recorder, traffic: Traffic, full_rate: float = 0) -> "Trial | str":
    """The trial, or why there is none."""
    try:
        return trial(lab, recorder, traffic, full_rate)
    except Unusable as reason:
        return str(reason)
