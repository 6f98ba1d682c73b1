"""When a unit of the tree works: its office hours and local days, its own or those of the units above it.

A schedule takes milliseconds to lay out, so each kind of them is laid out once: units with the same hours and
the same local days share one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date

from libs.reference.rows import Index, Organisation, local_day
from libs.reference.tables import Row
from libs.worktime import Calendar, Schedule, Span
from libs.worktime.schedule import USUAL_HOURS

Hours = tuple[Span, ...]
LocalDays = dict[date, Hours]


class Offices:
    """Schedules by unit and day."""

    def __init__(
        self, tree: Index[Organisation], local: Sequence[Row], calendar: Calendar, root: str
    ) -> None:
        self._tree = tree
        self._root = root
        self._calendar = calendar
        self._local: dict[str, LocalDays] = {}
        for row in local:
            day, hours = local_day(row)
            self._local.setdefault(row["org"], {})[day] = hours
        self._turns = sorted({row.first for row in tree.all()})
        self._ends = sorted({row.last for row in tree.all()})
        self._of_unit: dict[tuple[str, int, int], Schedule] = {}
        self._laid_out: dict[tuple[Hours, tuple[tuple[date, Hours], ...]], Schedule] = {}

    def upwards(self, code: str, day: date) -> Iterator[Organisation]:
        """The unit and the units above it, as the tree stands on this day."""
        seen: set[str] = set()
        unit = self._tree.at(code, day)
        while unit is not None and unit.code not in seen:
            yield unit
            seen.add(unit.code)
            unit = self._tree.at(unit.parent, day) if unit.parent else None

    def schedule(self, code: str, day: date) -> Schedule:
        """The unit's working time; one that the tree does not know keeps the root's."""
        place = (code, bisect_right(self._turns, day), bisect_left(self._ends, day))
        found = self._of_unit.get(place)
        if found is None:
            found = self._resolve(code, day)
            if self._tree.at(code, day) is not None:
                self._of_unit[place] = found
        return found

    def _resolve(self, code: str, day: date) -> Schedule:
        line = list(self.upwards(code, day)) or list(self.upwards(self._root, day))
        hours = next((unit.hours for unit in line if unit.hours is not None), USUAL_HOURS)
        local: LocalDays = {}
        for unit in reversed(line):
            local.update(self._local.get(unit.code, {}))
        kind = (hours, tuple(sorted(local.items())))
        if kind not in self._laid_out:
            self._laid_out[kind] = Schedule(self._calendar, hours, local)
        return self._laid_out[kind]
