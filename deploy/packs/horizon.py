"""Whether the official calendar reaches as far as the longest limit from today (lifecycles C5 rule 3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from libs.reference import Edition
from libs.worktime import Limit, Schedule, Terms, WorktimeError, deadline
from libs.worktime.schedule import CHINA


@dataclass(frozen=True)
class Horizon:
    """The limit that ends last if it starts at `at`; `due` is None where the calendar does not reach it."""

    at: datetime
    limit: Limit
    due: datetime | None
    until: date
    official: bool


def horizon(edition: Edition, at: datetime) -> Horizon | None:
    """None when the edition sets no limit at all."""
    day = at.astimezone(CHINA).date()
    schedule = edition.schedule(None, day)
    limits = {rule.limit for rule in edition.limits() if rule.limit is not None and rule.last >= day}
    return max(_each(limits, schedule, at), key=_end, default=None)


def _each(limits: Iterable[Limit], schedule: Schedule, at: datetime) -> Iterable[Horizon]:
    until = schedule.calendar.official_until
    for limit in sorted(limits, key=str):
        try:
            found = deadline(Terms(at, limit), schedule)
        except WorktimeError:
            yield Horizon(at, limit, None, until, official=False)
        else:
            yield Horizon(at, limit, found.due, until, found.status == "official")


def _end(found: Horizon) -> tuple[bool, datetime]:
    return found.due is None, found.due or found.at
