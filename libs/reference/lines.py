"""A row with its place in its file and its period, as the checks see it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from libs.reference.faults import Fault
from libs.reference.fields import FieldError, first_day, last_day
from libs.reference.tables import Row, Table, file_of

_FIRST_ROW = 2


@dataclass(frozen=True, slots=True)
class Line:
    """`dated` is false where the period itself is wrong; it then counts as always valid."""

    table: Table
    number: int
    row: Row
    first: date
    last: date
    dated: bool

    def get(self, column: str) -> str:
        return self.row.get(column, "")

    @property
    def backwards(self) -> bool:
        """True when the period ends before it starts."""
        try:
            return last_day(self.get("valid_to")) < first_day(self.get("valid_from"))
        except FieldError:
            return False

    def fault(self, column: str, rule: str, detail: str) -> Fault:
        return Fault(file_of(self.table), self.number, column, rule, detail)


Pack: TypeAlias = Mapping[Table, Sequence[Line]]


def lines(table: Table, rows: Sequence[Row]) -> list[Line]:
    """The rows of a file, numbered as an editor numbers them: the header is line 1."""
    return [_line(table, number, row) for number, row in enumerate(rows, _FIRST_ROW)]


def _line(table: Table, number: int, row: Row) -> Line:
    try:
        first, last = first_day(row.get("valid_from", "")), last_day(row.get("valid_to", ""))
    except FieldError:
        return Line(table, number, row, date.min, date.max, dated=False)
    if last < first:
        return Line(table, number, row, date.min, date.max, dated=False)
    return Line(table, number, row, first, last, dated=True)


def by(found: Iterable[Line], *columns: str) -> dict[tuple[str, ...], list[Line]]:
    """Lines by what stands in these columns, each list in the order of time."""
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in found:
        groups.setdefault(tuple(line.get(column) for column in columns), []).append(line)
    for group in groups.values():
        group.sort(key=lambda line: (line.first, line.number))
    return groups


def hole(found: Iterable[Line], first: date, last: date) -> date | None:
    """The first day from `first` to `last` on which none of these lines (in time order) is valid."""
    reached = first
    for line in found:
        if line.first > reached:
            return reached
        if line.last >= last:
            return None
        if line.last >= reached:
            reached = line.last + timedelta(days=1)
    return reached


def meet(one: Line, other: Line) -> bool:
    """True when there is a day on which both are valid."""
    return one.first <= other.last and other.first <= one.last
