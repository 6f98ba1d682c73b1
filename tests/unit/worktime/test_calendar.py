"""The committed calendar against a second source, and against itself."""

from datetime import date

import chinese_calendar
import pytest

from libs.worktime import WorktimeError
from libs.worktime.calendar import days_between
from libs.worktime.records import calendar_from
from tests.unit.worktime.calendars import china


@pytest.mark.parametrize("year", range(2019, 2027))
def test_every_day_agrees_with_the_second_source(year: int) -> None:
    days = days_between(date(year, 1, 1), date(year, 12, 31))
    assert [d for d in days if china().working(d) != chinese_calendar.is_workday(d)] == []


def edition(**holiday: object) -> dict[str, object]:
    return {
        "version": "t",
        "first": "2026-01-01",
        "last": "2026-12-31",
        "official_until": "2026-12-31",
        "notices": [{"source": "t", "holidays": [{"name": "t", **holiday}]}],
    }


def test_a_wrong_number_of_days_is_refused() -> None:
    with pytest.raises(WorktimeError) as refused:
        calendar_from(edition(**{"from": "2026-01-01", "to": "2026-01-03", "days": 4}))
    assert refused.value.rule == "day_count_differs"


def test_a_make_up_day_on_a_weekday_is_refused() -> None:
    with pytest.raises(WorktimeError) as refused:
        calendar_from(
            edition(**{"from": "2026-01-01", "to": "2026-01-03", "days": 3, "work": ["2026-01-05"]})
        )
    assert refused.value.rule == "make_up_day_on_weekday"


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(WorktimeError) as refused:
        calendar_from(edition(**{"from": "2026-01-01", "to": "2026-01-03", "days": 3, "extra": 1}))
    assert refused.value.field == "calendar.notices.0.holidays.0.extra"
