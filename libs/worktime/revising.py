"""A calendar with one more notice: official for another year, or changed within one (lifecycles C5 rule 3).

A notice takes the place of what was provisional for its year; it stands beside what was official, and the
later notice wins. The year after it becomes provisional, from its statutory days.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

from libs.worktime.calendar import Calendar, days_between
from libs.worktime.errors import WorktimeError
from libs.worktime.notice import Holiday
from libs.worktime.records import calendar_from

Record = Mapping[str, Any]
KIND: Final = {True: "WORKING", False: "OFF"}
"""What a day is, as facts and programs name it."""


@dataclass(frozen=True, slots=True)
class Statutory:
    """The statutory days of years without a notice, and what their provisional entry names as its source."""

    source: str
    years: Mapping[int, Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as read: its year, where it comes from, and its holidays."""

    year: int
    source: str
    holidays: Sequence[Holiday]


@dataclass(frozen=True, slots=True)
class Change:
    """A day that is a working day in one calendar and a day off in the other."""

    day: date
    was: bool
    now: bool
    name: str | None


def revised(record: Record, notice: Notice, version: str, statutory: Statutory) -> dict[str, Any]:
    """The new calendar's record. Raises WorktimeError: the notice does not fit or contradicts itself."""
    check_together(notice.holidays)
    old = calendar_from(record)
    new_year = notice.year > old.official_until.year
    if notice.year > old.official_until.year + 1:
        message = f"the notice of {old.official_until.year + 1} comes first"
        raise WorktimeError("notice.year", "year_skipped", message)
    kept = _without_provisional(record["notices"], notice.year) if new_year else list(record["notices"])
    changed = dict(record) | {"version": version, "notices": [*kept, _entry(notice)]}
    if new_year:
        changed |= _prolonged(changed["notices"], old, notice.year, statutory)
    calendar_from(changed)
    return changed


def check_together(holidays: Sequence[Holiday]) -> None:
    """What one sentence cannot see: no two holidays on one day, and no make-up day on a day off."""
    off: dict[date, str] = {}
    for holiday in holidays:
        for day in days_between(holiday.start, holiday.end):
            if day in off:
                raise WorktimeError("notice.days_off", "holidays_overlap", f"{day} is off twice")
            off[day] = holiday.name
    work = sorted(day for holiday in holidays for day in holiday.work)
    for day in work:
        if day in off:
            raise WorktimeError("notice.work", "make_up_day_is_off", f"{day} is a day off and a make-up day")
    for day, following in pairwise(work):
        if day == following:
            raise WorktimeError("notice.work", "make_up_day_twice", f"{day} makes up for two holidays")


def changes(old: Calendar, new: Calendar) -> list[Change]:
    """Every day whose kind differs, among the days that both calendars answer for."""
    return list(_changes(old, new))


def _changes(old: Calendar, new: Calendar) -> Iterator[Change]:
    for day in days_between(max(old.first, new.first), min(old.last, new.last)):
        was, now = old.working(day), new.working(day)
        if was != now:
            yield Change(day, was, now, new.reason(day)[1] or old.reason(day)[1])


def _without_provisional(notices: Sequence[Record], year: int) -> list[Record]:
    """Nothing was official for this year, so all that begins in it was provisional."""
    kept = [
        {**notice, "holidays": [h for h in notice["holidays"] if _day(h["from"]).year != year]}
        for notice in notices
    ]
    return [notice for notice in kept if notice["holidays"]]


def _prolonged(notices: Sequence[Record], old: Calendar, year: int, statutory: Statutory) -> dict[str, Any]:
    """Official to the end of the notice's year; provisional for the next, where its days are known."""
    official = date(year, 12, 31)
    following = statutory.years.get(year + 1)
    if following is None or old.last > official:
        return {"official_until": official, "last": max(official, old.last), "notices": notices}
    provisional = {"source": statutory.source.format(year=year + 1), "holidays": list(following)}
    return {"official_until": official, "last": date(year + 1, 12, 31), "notices": [*notices, provisional]}


def _entry(notice: Notice) -> dict[str, Any]:
    return {"source": notice.source, "holidays": [_holiday(holiday) for holiday in notice.holidays]}


def _holiday(holiday: Holiday) -> dict[str, Any]:
    entry = {"name": holiday.name, "from": holiday.start, "to": holiday.end}
    entry["days"] = len(days_between(holiday.start, holiday.end))
    return entry | ({"work": list(holiday.work)} if holiday.work else {})


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
