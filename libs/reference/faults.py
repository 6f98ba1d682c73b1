"""What is wrong with a pack: a list of faults, each with its place and the rule that it breaks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`row` is the line of the file as an editor shows it; the header is line 1, 0 is the whole file."""

    file: str
    row: int
    field: str
    rule: str
    detail: str
