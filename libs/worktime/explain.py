"""Why a deadline falls where it falls: every counted and every skipped day, with its reason."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from libs.worktime.calendar import days_between
from libs.worktime.deadline import Terms, deadline
from libs.worktime.schedule import Schedule

StepReason = Literal[
    "START_DAY",
    "WORKDAY",
    "MAKE_UP_DAY",
    "WEEKEND",
    "HOLIDAY",
    "LOCAL_DAY_OFF",
    "LOCAL_HOURS",
    "CALENDAR_DAY",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One day: whether it counts, as which number, and why; `name` is the holiday's, where there is one."""

    day: date
    counted: bool
    number: int | None
    reason: StepReason
    name: str | None
    official: bool


def explain(terms: Terms, schedule: Schedule) -> list[Step]:
    """The days from the start to the last day; empty when there is no limit."""
    due = deadline(terms, schedule).due
    if due is None or terms.limit is None:
        return []
    first = terms.start.astimezone(schedule.zone).date()
    days = days_between(first, _last_day(due, schedule))
    skips_start = terms.limit.unit in {"wd", "sd"}
    working = terms.limit.unit in {"wd", "wh"}
    steps: list[Step] = []
    number = 0
    for day in days:
        counted = _counts(day, schedule, working=working) and not (skips_start and day == first)
        number += counted
        reason, name = _why(day, schedule, start=skips_start and day == first, working=working)
        official = schedule.calendar.official(day)
        steps.append(Step(day, counted, number if counted else None, reason, name, official))
    return steps


def _last_day(due: datetime, schedule: Schedule) -> date:
    return (due.astimezone(schedule.zone) - timedelta(microseconds=1)).date()


def _counts(day: date, schedule: Schedule, *, working: bool) -> bool:
    return bool(schedule.spans(day)) if working else True


def _why(day: date, schedule: Schedule, *, start: bool, working: bool) -> tuple[StepReason, str | None]:
    reason, name = schedule.calendar.reason(day)
    if start:
        return "START_DAY", name
    if not working:
        return "CALENDAR_DAY", name
    if day in schedule.local:
        return ("LOCAL_HOURS" if schedule.local[day] else "LOCAL_DAY_OFF"), name
    return reason, name
