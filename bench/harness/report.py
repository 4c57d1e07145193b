"""What a step found: rows for people, raw figures for programs."""

from dataclasses import dataclass, field
from typing import Any

MET, NOT_MET, NOT_RUN, INFORMATION = "met", "not met", "not run", ""


@dataclass
class Row:
    """One measure of one program. `ratio` is to what the goal speaks of."""
    step: str
    program: str
    value: str
    ratio: str = ""
    goal: str = ""
    verdict: str = INFORMATION
    note: str = ""


@dataclass
class Step:
    name: str
    rows: list[Row] = field(default_factory=list)
    raw: list[Any] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, program: str, value: str, **more: str) -> None:
        self.rows.append(Row(self.name, program, value, **more))

    def not_run(self, program: str, why: str, goal: str = "") -> None:
        self.add(program, "-", goal=goal, verdict=NOT_RUN, note=why)


def verdict(met: bool) -> str:
    return MET if met else NOT_MET


def table(rows: list[Row]) -> str:
    """As Markdown, so that it can be put into a document."""
    titles = ["step", "program", "result", "ratio", "goal", "", "note"]
    lines = [[r.step, r.program, r.value, r.ratio, r.goal, r.verdict, r.note] for r in rows]
    widths = [max(len(line[column]) for line in [titles, *lines]) for column in range(len(titles))]
    widths[-1] = 3  # the last one may be as long as it likes

    def line_of(cells: list[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([line_of(titles), rule, *map(line_of, lines)])


def rate(frames_a_second: float) -> str:
    return f"{frames_a_second:,.0f}/s"


def share(part: float) -> str:
    return "none" if part == 0 else f"{part * 100:.3g} %"
