"""A calendar from its record (the parsed YAML of an edition), checked against itself.

Later notices win over earlier ones: the 2019 and 2020 changes within the year stand beside what they changed.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.worktime.calendar import Calendar, Special, days_between
from libs.worktime.errors import WorktimeError

_SATURDAY = 5


class _Holiday(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    start: Annotated[date, Field(alias="from")]
    end: Annotated[date, Field(alias="to")]
    days: int
    work: tuple[date, ...] = ()


class _Notice(BaseModel):
    model_config = ConfigDict(extra="forbid")
    source: str
    holidays: tuple[_Holiday, ...]


class _Edition(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: str
    first: date
    last: date
    official_until: date
    notices: tuple[_Notice, ...]


def calendar_from(record: Mapping[str, object]) -> Calendar:
    """The calendar of an edition. Raises WorktimeError when the record is malformed or contradicts itself."""
    try:
        edition = _Edition.model_validate(record)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise WorktimeError(f"calendar.{where}", "calendar_malformed", first["msg"]) from None
    specials: dict[date, Special] = {}
    for notice in edition.notices:
        for holiday in notice.holidays:
            _check(holiday)
            specials.update(_specials(holiday, notice.source))
    return Calendar(edition.version, edition.first, edition.last, edition.official_until, specials)


def _specials(holiday: _Holiday, source: str) -> dict[date, Special]:
    off = Special(working=False, name=holiday.name, source=source)
    work = Special(working=True, name=holiday.name, source=source)
    return dict.fromkeys(days_between(holiday.start, holiday.end), off) | dict.fromkeys(holiday.work, work)


def _check(holiday: _Holiday) -> None:
    """The notice's own redundancy: the number of days, and make-up days that fall on weekends."""
    if len(days_between(holiday.start, holiday.end)) != holiday.days:
        raise WorktimeError(
            "calendar.days", "day_count_differs", f"{holiday.start} does not last {holiday.days}"
        )
    wrong: Sequence[date] = [day for day in holiday.work if day.weekday() < _SATURDAY]
    if wrong:
        raise WorktimeError("calendar.work", "make_up_day_on_weekday", f"{wrong[0]} is no weekend day")
