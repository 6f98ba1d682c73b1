"""Periods are half-open [start, end) in the jurisdiction's time (indicators E1 rule 5)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from libs.worktime.schedule import CHINA

_NAMED = re.compile(r"(?P<year>20\d\d)(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """A span of local days; None is open at that side."""

    first: date | None = None
    end: date | None = None

    def instants(self) -> tuple[datetime | None, datetime | None]:
        """The span as instants, end exclusive."""
        return _midnight(self.first), _midnight(self.end)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), CHINA) if day is not None else None


def named(text: str) -> Period | None:
    """`2020`, `2020-Q2` or `2020-03` as a period; None when the text is none of them."""
    match = _NAMED.fullmatch(text)
    if match is None:
        return None
    year = int(match["year"])
    if match["quarter"]:
        return _months(year, 3 * int(match["quarter"]) - 2, 3)
    return _months(year, int(match["month"]), 1) if match["month"] else _months(year, 1, 12)


def _months(year: int, first: int, count: int) -> Period:
    after = year * 12 + first - 1 + count
    return Period(date(year, first, 1), date(after // 12, after % 12 + 1, 1))
