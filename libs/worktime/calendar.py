"""Which days are working days: the weekday rule plus the State Council's exceptions.

A calendar is operator data (lifecycles C5 rule 3): it lists exceptions only, names their source, and says
up to which day it is official and up to which day it can answer at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from libs.worktime.errors import WorktimeError

_SATURDAY = 5

Reason = Literal["WORKDAY", "MAKE_UP_DAY", "WEEKEND", "HOLIDAY"]


@dataclass(frozen=True, slots=True)
class Special:
    """One exception to the weekday rule: a day off, or a make-up working day."""

    working: bool
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """`first`..`last` can be answered; days after `official_until` are provisional."""

    version: str
    first: date
    last: date
    official_until: date
    specials: Mapping[date, Special]

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last

    def working(self, day: date) -> bool:
        """Is this a working day? Raises WorktimeError `calendar_missing` outside the loaded years."""
        if not self.covers(day):
            message = f"no calendar is loaded for {day.year}"
            raise WorktimeError("calendar", "calendar_missing", message)
        special = self.specials.get(day)
        return special.working if special else day.weekday() < _SATURDAY

    def reason(self, day: date) -> tuple[Reason, str | None]:
        """Why the day counts or does not, and the holiday's name where there is one."""
        special = self.specials.get(day)
        if special:
            return ("MAKE_UP_DAY" if special.working else "HOLIDAY"), special.name
        return ("WEEKEND" if day.weekday() >= _SATURDAY else "WORKDAY"), None

    def official(self, day: date) -> bool:
        return day <= self.official_until


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included; empty when they are the wrong way round."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
