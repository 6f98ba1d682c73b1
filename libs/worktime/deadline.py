"""When a clock runs out, and where it stands (lifecycles C5).

Working-day limits exclude the day of the start and end at 24:00 of the last day; working-hour and natural
limits start at once (after hours: at the next working minute). Statutory limits are calendar days whose
last day rolls to the next working day. A pause gives back exactly the working time it covered.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fractions import Fraction
from math import ceil
from typing import Literal

from libs.worktime.errors import WorktimeError
from libs.worktime.limit import Limit
from libs.worktime.schedule import Schedule

State = Literal["NO_LIMIT", "RUNNING", "AMBER", "PAUSED", "BREACHED"]
AMBER = Fraction(7, 10)


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stood still from `start` up to `end`; both instants with a zone."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What a deadline depends on, apart from the calendar."""

    start: datetime
    limit: Limit | None
    extensions: tuple[Limit, ...] = ()
    pauses: tuple[Pause, ...] = ()
    closing_time: bool = False
    """End working-day limits at close of business instead of 24:00, where the organisation chose so."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """`due` is the instant of breach (exclusive); None means that there is no limit."""

    due: datetime | None
    status: Literal["official", "provisional"]


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds on the clock's own scale: working seconds for working limits, natural ones otherwise."""

    elapsed: int
    remaining: int
    state: State


def deadline(terms: Terms, schedule: Schedule) -> Deadline:
    """The deadline. Raises WorktimeError naming the field that is wrong."""
    _check(terms)
    if terms.limit is None:
        return Deadline(None, "official")
    due = _first_due(terms, terms.limit, schedule)
    for extension in terms.extensions:
        due = extended(due, extension, schedule)
    for pause in terms.pauses:
        due = _give_back(due, pause, terms, schedule)
    last_day = (due.astimezone(schedule.zone) - timedelta(microseconds=1)).date()
    return Deadline(due, "official" if schedule.calendar.official(last_day) else "provisional")


def reading(terms: Terms, schedule: Schedule, at: datetime, amber: Fraction = AMBER) -> Reading:
    """Where the clock stands at an instant. Amber from a share of the limit used, red at breach."""
    due = deadline(terms, schedule).due
    _zoned("at", at)
    if due is None:
        return Reading(max(int((at - terms.start).total_seconds()), 0), 0, "NO_LIMIT")
    begin = _counting_from(terms, schedule)
    paused = sum(_span(terms, schedule, max(p.start, begin), min(p.end, at)) for p in terms.pauses)
    elapsed = max(_span(terms, schedule, begin, max(at, begin)) - paused, 0)
    total = _span(terms, schedule, begin, due) - sum(
        _span(terms, schedule, max(p.start, begin), p.end) for p in terms.pauses
    )
    return Reading(
        elapsed, max(total - elapsed, 0), _state(terms, at, due, amber=Fraction(elapsed, total or 1) >= amber)
    )


def warning(terms: Terms, schedule: Schedule, amber: Fraction = AMBER) -> datetime | None:
    """The first instant at which the share of the limit is used up; None where there is no limit."""
    due = deadline(terms, schedule).due
    if due is None:
        return None
    ran_from = _counting_from(terms, schedule)
    stood = [Pause(max(pause.start, ran_from), max(pause.end, ran_from)) for pause in terms.pauses]
    total = _span(terms, schedule, ran_from, due) - sum(_span(terms, schedule, p.start, p.end) for p in stood)
    left = ceil(total * amber)
    for pause in stood:
        ran = _span(terms, schedule, ran_from, pause.start)
        if left <= ran:
            break
        left, ran_from = left - ran, pause.end
    return min(_after(terms, schedule, ran_from, left), due)


def _after(terms: Terms, schedule: Schedule, moment: datetime, seconds: int) -> datetime:
    if terms.limit is not None and terms.limit.unit in {"wd", "wh"}:
        return schedule.advance(moment, seconds)
    return moment + timedelta(seconds=seconds)


def _state(terms: Terms, at: datetime, due: datetime, *, amber: bool) -> State:
    if at >= due:
        return "BREACHED"
    if any(pause.start <= at < pause.end for pause in terms.pauses):
        return "PAUSED"
    return "AMBER" if amber else "RUNNING"


def _first_due(terms: Terms, limit: Limit, schedule: Schedule) -> datetime:
    day = terms.start.astimezone(schedule.zone).date()
    if limit.unit == "wd":
        last = schedule.working_day_after(day, limit.amount)
        return schedule.closing(last) if terms.closing_time else schedule.midnight_after(last)
    if limit.unit == "sd":
        last = schedule.first_working_day_from(day + timedelta(days=limit.amount))
        return schedule.midnight_after(last)
    if limit.unit == "wh":
        return schedule.advance(terms.start, limit.seconds)
    return terms.start + timedelta(seconds=limit.seconds)


def extended(due: datetime, extension: Limit, schedule: Schedule) -> datetime:
    """More of the same from the old due; a day extension keeps the time of day."""
    if extension.unit == "wh":
        return schedule.advance(due, extension.seconds)
    if extension.unit not in {"wd", "sd"}:
        return due + timedelta(seconds=extension.seconds)
    local = due.astimezone(schedule.zone)
    midnight = local.time() == time()
    day = (local - timedelta(days=1)).date() if midnight else local.date()
    if extension.unit == "wd":
        last = schedule.working_day_after(day, extension.amount)
    else:
        last = schedule.first_working_day_from(day + timedelta(days=extension.amount))
    return schedule.midnight_after(last) if midnight else datetime.combine(last, local.time(), schedule.zone)


def _give_back(due: datetime, pause: Pause, terms: Terms, schedule: Schedule) -> datetime:
    """A breached clock cannot be paused into health (lifecycles C5 rule 6)."""
    if pause.start < terms.start or pause.start >= due:
        raise WorktimeError(
            "pause", "pause_outside_clock", "a pause begins between the start and the deadline"
        )
    unit = terms.limit.unit if terms.limit else "d"
    if unit in {"d", "h", "min"}:
        return due + (pause.end - pause.start)
    if unit == "sd":
        return _give_back_days(due, pause, terms, schedule)
    seconds = schedule.between(max(pause.start, _counting_from(terms, schedule)), pause.end)
    if seconds <= 0:
        return due
    moved = schedule.advance(due, seconds)
    local = due.astimezone(schedule.zone)
    ends_the_day = moved == schedule.closing(moved.date())
    return schedule.midnight_after(moved.date()) if local.time() == time() and ends_the_day else moved


def _give_back_days(due: datetime, pause: Pause, terms: Terms, schedule: Schedule) -> datetime:
    """Whole days; the day of the start does not count and so cannot be given back."""
    begun = max(pause.start, _counting_from(terms, schedule)).astimezone(schedule.zone).date()
    days = max((pause.end.astimezone(schedule.zone).date() - begun).days, 0)
    last = (due.astimezone(schedule.zone) - timedelta(days=1)).date() + timedelta(days=days)
    return schedule.midnight_after(schedule.first_working_day_from(last))


def _counting_from(terms: Terms, schedule: Schedule) -> datetime:
    """Day limits begin to count at the midnight after the start (civil code art. 201)."""
    if terms.limit is not None and terms.limit.unit in {"wd", "sd"}:
        return schedule.midnight_after(terms.start.astimezone(schedule.zone).date())
    return terms.start


def _span(terms: Terms, schedule: Schedule, start: datetime, end: datetime) -> int:
    if end <= start:
        return 0
    if terms.limit is not None and terms.limit.unit in {"wd", "wh"}:
        return schedule.between(start, end)
    return int((end - start).total_seconds())


def _check(terms: Terms) -> None:
    _zoned("start", terms.start)
    reached = terms.start
    for pause in terms.pauses:
        _zoned("pause", pause.start)
        _zoned("pause", pause.end)
        if pause.end <= pause.start:
            raise WorktimeError("pause", "end_before_start", "a pause must end after it began")
        if pause.start < reached:
            rule = "pause_outside_clock" if reached == terms.start else "pauses_overlap"
            raise WorktimeError("pause", rule, "pauses lie after the start, in order, and do not overlap")
        reached = pause.end


def _zoned(field: str, moment: datetime) -> None:
    if moment.tzinfo is None:
        raise WorktimeError(field, "zone_missing", "a time needs its zone, for example +08:00")
