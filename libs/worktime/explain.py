"""Why a deadline falls where it falls: every counted and every skipped day, and what moved the end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from libs.worktime.calendar import days_between
from libs.worktime.deadline import Pause, Terms, deadline
from libs.worktime.limit import Limit, Unit
from libs.worktime.schedule import Schedule

StepReason = Literal[
    "START_DAY",
    "WORKDAY",
    "MAKE_UP_DAY",
    "WEEKEND",
    "HOLIDAY",
    "LOCAL_DAY_OFF",
    "LOCAL_HOURS",
    "AFTER_HOURS",
    "CALENDAR_DAY",
    "AROUND_THE_CLOCK",
    "ROLLED",
    "PAUSED",
    "REMAINDER",
]
"""ROLLED: the last statutory day was a day off. REMAINDER: beyond the limit, giving back what was paused."""
_DAY_UNITS: frozenset[Unit] = frozenset({"wd", "sd"})
_WORKING: frozenset[Unit] = frozenset({"wd", "wh"})


@dataclass(frozen=True, slots=True)
class Step:
    """One day: whether it counts, as which number, and why; `name` is the holiday's, where there is one.

    `seconds`: how long the clock ran on this day on its own scale; `paused`: how long it stood still.
    """

    day: date
    counted: bool
    number: int | None
    reason: StepReason
    name: str | None
    official: bool
    seconds: int = 0
    paused: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """What the deadline was after the limit, after each extension, and after each pause.

    `given`: seconds on the clock's own scale that a pause gave back.
    """

    kind: Literal["LIMIT", "EXTENSION", "PAUSE"]
    due: datetime
    limit: Limit | None = None
    pause: Pause | None = None
    given: int = 0


def parts(terms: Terms, schedule: Schedule) -> list[Part]:
    """The arithmetic of the deadline, in the order in which it is done; empty when there is no limit."""
    if terms.limit is None:
        return []
    found = [Part("LIMIT", _due(replace(terms, extensions=(), pauses=()), schedule), terms.limit)]
    for number, extension in enumerate(terms.extensions, 1):
        longer = replace(terms, extensions=terms.extensions[:number], pauses=())
        found.append(Part("EXTENSION", _due(longer, schedule), extension))
    for number, pause in enumerate(terms.pauses, 1):
        due = _due(replace(terms, pauses=terms.pauses[:number]), schedule)
        given = _Days(terms, terms.limit, schedule, due).standstill(pause.start, pause.end)
        found.append(Part("PAUSE", due, pause=pause, given=given))
    return found


def explain(terms: Terms, schedule: Schedule) -> list[Step]:
    """The days from the start to the last day; empty when there is no limit."""
    due = deadline(terms, schedule).due
    if due is None or terms.limit is None:
        return []
    days = _Days(terms, terms.limit, schedule, due)
    rolled = _rolled(terms, schedule)
    steps: list[Step] = []
    number = 0
    for day in days_between(days.first, _last_day(due, schedule)):
        step = days.step(day, number + 1)
        if day in rolled:
            step = replace(step, counted=False, number=None, reason="ROLLED")
        number += step.number is not None
        steps.append(step)
    return steps


@dataclass(frozen=True)
class _Days:
    """The days of one deadline: what each is, and how long the clock ran on it."""

    terms: Terms
    limit: Limit
    schedule: Schedule
    due: datetime

    @property
    def first(self) -> date:
        return self.terms.start.astimezone(self.schedule.zone).date()

    @property
    def begin(self) -> datetime:
        """Day limits begin to count at the midnight after the start (civil code art. 201)."""
        by_day = self.limit.unit in _DAY_UNITS
        return self.schedule.midnight_after(self.first) if by_day else self.terms.start

    def step(self, day: date, number: int) -> Step:
        reason, name = self.why(day, number)
        counted = reason in _COUNTED
        numbered = counted and self.limit.unit in _DAY_UNITS and reason != "REMAINDER"
        return Step(
            day,
            counted,
            number if numbered else None,
            reason,
            name,
            self.schedule.calendar.official(day),
            self.ran(day),
            self.paused(day),
        )

    def why(self, day: date, number: int) -> tuple[StepReason, str | None]:
        kind, name = self.schedule.calendar.reason(day)
        if self.limit.unit in _DAY_UNITS and day == self.first:
            return "START_DAY", name
        if self.limit.unit in _WORKING:
            off = self._off(day)
            if off:
                return off, name
        whole = self.whole(day)
        if whole and self.paused(day) >= whole:
            return "PAUSED", name
        return self._counted(day, number, kind), name

    def _off(self, day: date) -> StepReason | None:
        if self.schedule.spans(day):
            return None
        kind, _ = self.schedule.calendar.reason(day)
        if day in self.schedule.local:
            return "LOCAL_DAY_OFF"
        return "HOLIDAY" if kind == "HOLIDAY" else "WEEKEND"

    def _counted(self, day: date, number: int, kind: str) -> StepReason:
        if self.limit.unit == "sd":
            return "CALENDAR_DAY" if number <= self.length else "ROLLED"
        if self.limit.unit not in _WORKING:
            return "AROUND_THE_CLOCK"
        if self.limit.unit == "wd" and number > self.length:
            return "REMAINDER"
        if self.limit.unit == "wh" and not self.ran(day):
            return "AFTER_HOURS"
        if day in self.schedule.local:
            return "LOCAL_HOURS"
        return "MAKE_UP_DAY" if kind == "MAKE_UP_DAY" else "WORKDAY"

    @property
    def length(self) -> int:
        """How many days the limit and its extensions of the same unit have."""
        all_limits = (self.limit, *self.terms.extensions)
        return sum(limit.amount for limit in all_limits if limit.unit == self.limit.unit)

    def whole(self, day: date) -> int:
        """How long the clock could run on this day."""
        return self.length_of(*self._bounds(day))

    def ran(self, day: date) -> int:
        """How long it did."""
        return max(self.whole(day) - self.paused(day), 0)

    def paused(self, day: date) -> int:
        """How long it stood still on this day."""
        opens, closes = self._bounds(day)
        spans = ((max(p.start, opens), min(p.end, closes)) for p in self.terms.pauses)
        if self.limit.unit == "sd":
            return 86_400 * any(self._stands_still(day, pause) for pause in self.terms.pauses)
        return sum(self.length_of(start, end) for start, end in spans if start < end)

    def standstill(self, start: datetime, end: datetime) -> int:
        """What a pause gives back: working time, whole days of a statutory limit, or its own length."""
        if self.limit.unit == "sd":
            zone = self.schedule.zone
            begun = max(start, self.begin).astimezone(zone).date()
            return 86_400 * max((end.astimezone(zone).date() - begun).days, 0)
        return self.length_of(max(start, self.begin), end)

    def length_of(self, start: datetime, end: datetime) -> int:
        if end <= start:
            return 0
        if self.limit.unit in _WORKING:
            return self.schedule.between(start, end)
        return int((end - start).total_seconds())

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        opens = self.schedule.midnight_after(day - timedelta(days=1))
        closes = self.schedule.midnight_after(day)
        return max(opens, self.begin), min(closes, self.due)

    def _stands_still(self, day: date, pause: Pause) -> bool:
        zone = self.schedule.zone
        return pause.start.astimezone(zone).date() <= day < pause.end.astimezone(zone).date()


_COUNTED: frozenset[StepReason] = frozenset(
    {"WORKDAY", "MAKE_UP_DAY", "LOCAL_HOURS", "CALENDAR_DAY", "AROUND_THE_CLOCK", "REMAINDER"}
)


def _rolled(terms: Terms, schedule: Schedule) -> set[date]:
    """Days by which a statutory end was moved off days off; with pauses they are what is left at the end."""
    rolled: set[date] = set()
    if terms.pauses or terms.limit is None or terms.limit.unit != "sd":
        return rolled
    reached = terms.start.astimezone(schedule.zone).date()
    for part in parts(terms, schedule):
        last = _last_day(part.due, schedule)
        if part.limit is not None and part.limit.unit == "sd":
            nominal = reached + timedelta(days=part.limit.amount)
            rolled.update(days_between(nominal + timedelta(days=1), last))
        reached = last
    return rolled


def counted(steps: Sequence[Step]) -> int:
    """How many days count."""
    return sum(step.counted for step in steps)


def _due(terms: Terms, schedule: Schedule) -> datetime:
    due = deadline(terms, schedule).due
    if due is None:
        raise ValueError("terms with a limit have a deadline")
    return due


def _last_day(due: datetime, schedule: Schedule) -> date:
    return (due.astimezone(schedule.zone) - timedelta(microseconds=1)).date()
