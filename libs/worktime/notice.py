"""The State Council's holiday notice, read from its text and checked against its own redundancy.

Weekday words must match their dates, "N days in all" must match the span, and make-up days must fall on
weekends; a notice that contradicts itself is refused with the field and the rule. The sentence patterns are
data (deploy/calendars/grammar.yaml), because wording changes from year to year.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from libs.worktime.calendar import days_between
from libs.worktime.errors import WorktimeError

_DECEMBER, _SATURDAY = 12, 5


@dataclass(frozen=True, slots=True)
class Grammar:
    """The compiled sentence patterns of a notice."""

    year: re.Pattern[str]
    item: re.Pattern[str]
    date: re.Pattern[str]
    days_off: re.Pattern[str]
    work: re.Pattern[str]
    weekday: re.Pattern[str]
    weekdays: Mapping[str, int]

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> "Grammar":
        patterns = {k: re.compile(record[k]) for k in ("year", "item", "date", "days_off", "work", "weekday")}
        return Grammar(**patterns, weekdays=record["weekdays"])


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday of a notice: days off from `start` to `end`, and the make-up days that pay for them."""

    name: str
    start: date
    end: date
    work: tuple[date, ...]


def parse_notice(text: str, grammar: Grammar) -> tuple[int, list[Holiday]]:
    """The year and its holidays. Raises WorktimeError when the text is none or contradicts itself."""
    found = grammar.year.search(text)
    if found is None:
        raise WorktimeError("notice.year", "not_a_notice", "the text names no year")
    year = int(found["year"])
    items = [_holiday(m["name"].strip(), m["body"], year, grammar) for m in grammar.item.finditer(text)]
    if not items:
        raise WorktimeError("notice.items", "not_a_notice", "the text lists no holiday")
    return year, items


def _holiday(name: str, body: str, year: int, grammar: Grammar) -> Holiday:
    off = grammar.days_off.search(body)
    if off is None:
        raise WorktimeError("notice.days_off", "not_a_notice", f"{name} has no days off")
    span = _dates(off["span"], year, grammar)
    start, end = span[0], span[-1]
    if off["weekend"]:
        start, end = _with_weekend(start, end)
    _check_days(name, start, end, off["days"])
    work = grammar.work.search(body, off.end())
    return Holiday(name, start, end, _make_up(work["days"], year, grammar) if work else ())


def _dates(text: str, year: int, grammar: Grammar) -> list[date]:
    """Every date of a phrase; a month that is not repeated is the one before it."""
    days: list[date] = []
    for match in grammar.date.finditer(text):
        month = int(match["month"]) if match["month"] else (days[-1].month if days else 0)
        day = _date(match, month, year)
        _check_weekday(match["note"], day, grammar)
        days.append(day)
    if not days:
        raise WorktimeError("notice.date", "not_a_notice", "a phrase without a date")
    return days


def _date(match: re.Match[str], month: int, year: int) -> date:
    """A December date of a yearly notice without its own year belongs to the year before."""
    own = int(match["year"]) if match["year"] else year - (month == _DECEMBER)
    try:
        return date(own, month, int(match["day"]))
    except ValueError:
        raise WorktimeError("notice.date", "no_such_date", f"{own}-{month}-{match['day']}") from None


def _check_weekday(note: str | None, day: date, grammar: Grammar) -> None:
    word = grammar.weekday.search(note or "")
    if word and grammar.weekdays[word["word"]] != day.weekday():
        raise WorktimeError("notice.weekday", "weekday_differs", f"{day} is not the weekday that is printed")


def _with_weekend(start: date, end: date) -> tuple[date, date]:
    while (start - timedelta(days=1)).weekday() >= _SATURDAY:
        start -= timedelta(days=1)
    while (end + timedelta(days=1)).weekday() >= _SATURDAY:
        end += timedelta(days=1)
    return start, end


def _check_days(name: str, start: date, end: date, printed: str | None) -> None:
    count = len(days_between(start, end))
    if count == 0:
        raise WorktimeError("notice.days_off", "end_before_start", f"{name} ends before it starts")
    if printed and int(printed) != count:
        raise WorktimeError(
            "notice.days", "day_count_differs", f"{name} has {count} days, {printed} are printed"
        )


def _make_up(text: str, year: int, grammar: Grammar) -> tuple[date, ...]:
    days = tuple(_dates(text, year, grammar))
    for day in days:
        if day.weekday() < _SATURDAY:
            raise WorktimeError("notice.work", "make_up_day_on_weekday", f"{day} is no weekend day")
    return days
