"""A calendar with office hours, laid out so that a deadline is a binary search.

Prefix sums over working days: `days[i]` is the ordinal of the i-th working day, `opened[i]` the working
seconds before it opens. Both are built once per calendar and organisation.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from itertools import accumulate, pairwise

from libs.worktime.calendar import Calendar, days_between
from libs.worktime.errors import WorktimeError

CHINA = timezone(timedelta(hours=8))
"""Asia/Shanghai; without summer time since 1991, so a fixed offset is exact."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Office hours of one half of a day, `opens` before `closes`."""

    opens: time
    closes: time

    @property
    def seconds(self) -> int:
        return _of_day(self.closes) - _of_day(self.opens)


USUAL_HOURS = (Span(time(8, 30), time(12)), Span(time(14), time(17, 30)))


@dataclass(frozen=True)
class Schedule:
    """Office hours on a calendar; `local` overrides single days: half days, local days off (no span)."""

    calendar: Calendar
    hours: tuple[Span, ...] = USUAL_HOURS
    local: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    zone: timezone = CHINA
    days: tuple[int, ...] = field(init=False)
    opened: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        for spans in (self.hours, *self.local.values()):
            _check(spans)
        worked = [d for d in days_between(self.calendar.first, self.calendar.last) if self.spans(d)]
        lengths = (sum(span.seconds for span in self.spans(d)) for d in worked)
        object.__setattr__(self, "days", tuple(d.toordinal() for d in worked))
        object.__setattr__(self, "opened", tuple(accumulate(lengths, initial=0)))

    def spans(self, day: date) -> tuple[Span, ...]:
        """The office hours of this day; empty on a day off."""
        if day in self.local:
            return self.local[day]
        return self.hours if self.calendar.working(day) else ()

    def working_day_after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day` (civil code art. 201: the day itself does not count)."""
        self._covered(day)
        index = bisect_right(self.days, day.toordinal()) + count - 1
        if index >= len(self.days):
            raise _past_the_end()
        return date.fromordinal(self.days[index])

    def first_working_day_from(self, day: date) -> date:
        """`day` itself when it is a working day, else the next one (civil code art. 203)."""
        return self.working_day_after(day - timedelta(days=1), 1)

    def position(self, moment: datetime) -> int:
        """Working seconds from the start of the calendar to this instant."""
        local = moment.astimezone(self.zone)
        self._covered(local.date())
        index = bisect_left(self.days, local.date().toordinal())
        if index == len(self.days) or self.days[index] != local.date().toordinal():
            return self.opened[index]
        second = _of_day(local.time())
        return self.opened[index] + sum(
            min(max(second - _of_day(s.opens), 0), s.seconds) for s in self.spans(local.date())
        )

    def between(self, start: datetime, end: datetime) -> int:
        """Working seconds from `start` to `end`; negative when they are the wrong way round."""
        return self.position(end) - self.position(start)

    def instant(self, position: int) -> datetime:
        """The earliest instant at which this many working seconds have passed: closing time, not 24:00."""
        index = bisect_left(self.opened, position) - 1
        if index >= len(self.days) or position > self.opened[-1]:
            raise _past_the_end()
        day = date.fromordinal(self.days[max(index, 0)])
        return self._within(day, position - self.opened[max(index, 0)])

    def advance(self, moment: datetime, seconds: int) -> datetime:
        """The instant at which `seconds` of working time have passed since `moment`."""
        return self.instant(self.position(moment) + seconds)

    def midnight_after(self, day: date) -> datetime:
        """24:00 of the day, as the instant it is: 00:00 of the next (civil code art. 203)."""
        return datetime.combine(day + timedelta(days=1), time(), self.zone)

    def closing(self, day: date) -> datetime:
        """Close of business of a working day."""
        return datetime.combine(day, self.spans(day)[-1].closes, self.zone)

    def _within(self, day: date, seconds: int) -> datetime:
        for span in self.spans(day):
            if seconds <= span.seconds:
                return datetime.combine(day, span.opens, self.zone) + timedelta(seconds=seconds)
            seconds -= span.seconds
        raise _past_the_end()

    def _covered(self, day: date) -> None:
        if not self.calendar.covers(day):
            message = f"no calendar is loaded for {day.year}"
            raise WorktimeError("calendar", "calendar_missing", message)


def _of_day(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _check(spans: tuple[Span, ...]) -> None:
    ordered = all(span.opens < span.closes for span in spans)
    apart = all(a.closes <= b.opens for a, b in pairwise(spans))
    if not (ordered and apart):
        message = "office hours must be in order and must not overlap"
        raise WorktimeError("office_hours", "hours_out_of_order", message)


def _past_the_end() -> WorktimeError:
    return WorktimeError("calendar", "calendar_missing", "the deadline reaches past the loaded calendar")
