"""Editions for the tests of clocks: the usual limits on the committed calendar, and changes of either."""

from functools import cache
from typing import Any

import yaml

from libs.reference import COLUMNS, Library, Row, build_library
from libs.reference.library import add
from libs.reference.manifest import calendar_row
from tests.unit.reference.packs import CALENDAR, header, tables

USUAL = (
    "REVIEW|*|*|1wd",
    "REVIEW|*|3|30min",
    "DISPATCH|*|*|4wh",
    "SIGN|*|*|1wd",
    "SIGN|*|3|15min",
    "HANDLE|*|*|5wd",
    "HANDLE|2.EVENT.LITTER|*|4wh",
    "CHECK|*|*|2wd",
    "CALLBACK|*|*|3wd",
)
"""Clock, category, urgency, limit (lifecycles C5 rule 9)."""


def limits(*lines: str) -> list[Row]:
    """Rows of the table of limits, valid for ever."""
    cells = [[*line.split("|"), "", "", "2019-01-01", ""] for line in lines]
    return [dict(zip(COLUMNS["limits"], row, strict=True)) for row in cells]


@cache
def record() -> dict[str, Any]:
    """The committed calendar as its file has it."""
    found: dict[str, Any] = yaml.safe_load(CALENDAR.read_text(encoding="utf-8"))
    return found


def publish(library: Library, version: str, *lines: str, calendar: Any = None, **fields: str) -> Library:
    """One more edition: its limits, and a calendar of its own where one is given."""
    found = tables() | {"limits": limits(*lines), "local_days": []}
    if calendar is not None:
        found["calendar"] = [calendar_row(calendar)]
    add(library, found, header(version=version, **fields))
    return library


def usual() -> Library:
    """A library of one edition with the usual limits, in force from 2026 on."""
    return build_library(tables() | {"limits": limits(*USUAL), "local_days": []}, header())


def longer_holiday(*, last: str = "2027-12-31") -> dict[str, Any]:
    """The calendar after a notice that makes 9 March 2026, a Monday, a day off."""
    notice = {
        "source": "notice of the test",
        "holidays": [{"name": "补休", "from": "2026-03-09", "to": "2026-03-09", "days": 1}],
    }
    return record() | {"version": "cn-2026.2", "last": last, "notices": [*record()["notices"], notice]}


REVISED = "640202-2026.2"


def revised(library: Library) -> Library:
    """The same limits by the calendar with the longer holiday."""
    return publish(library, REVISED, *USUAL, calendar=longer_holiday())
