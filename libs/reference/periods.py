"""What the rows of one code say over time: never two things on one day, and no day without an answer."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from libs.reference.faults import Fault
from libs.reference.lines import Line, Pack, by, meet
from libs.reference.tables import KEYS, Table

_MAY_PAUSE: frozenset[Table] = frozenset({"people"})
"""A person may leave and come back; a unit, a grid or a limit may not be missing for a while."""


def periods(pack: Pack) -> Iterator[Fault]:
    """Rows that say the same thing twice, overlap, or leave a gap."""
    for table, found in pack.items():
        for group in by(found, *KEYS[table]).values():
            yield from _repeated(group)
            if table not in _MAY_PAUSE:
                yield from _gaps(group)


def _repeated(group: Sequence[Line]) -> Iterator[Fault]:
    for index, line in enumerate(group):
        for earlier in group[:index]:
            if meet(earlier, line):
                later, other = (line, earlier) if line.number > earlier.number else (earlier, line)
                yield _twice(later, other)
                break


def _twice(line: Line, other: Line) -> Fault:
    column = KEYS[line.table][0]
    if line.row == other.row or "valid_from" not in line.row:
        return line.fault(column, "duplicate_row", str(other.number))
    if line.table == "organisations" and line.get("parent") != other.get("parent"):
        return line.fault("parent", "two_parents", str(other.number))
    return line.fault("valid_from", "overlap_in_validity", str(other.number))


def _gaps(group: Sequence[Line]) -> Iterator[Fault]:
    dated = [line for line in group if line.dated]
    for earlier, line in pairwise(dated):
        if (line.first - earlier.last).days > 1:
            yield line.fault("valid_from", "gap_in_validity", (earlier.last + timedelta(days=1)).isoformat())
