"""Periods are half-open and local."""

from datetime import UTC, date, datetime

import pytest

from services.metrics.periods import Period, named


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("2020", date(2020, 1, 1), date(2021, 1, 1)),
        ("2020-Q1", date(2020, 1, 1), date(2020, 4, 1)),
        ("2020-Q4", date(2020, 10, 1), date(2021, 1, 1)),
        ("2020-12", date(2020, 12, 1), date(2021, 1, 1)),
        ("2020-02", date(2020, 2, 1), date(2020, 3, 1)),
    ],
)
def test_a_named_period_ends_where_the_next_begins(text: str, first: date, end: date) -> None:
    assert named(text) == Period(first, end)


@pytest.mark.parametrize("text", ["", "2020-13", "2020-Q5", "20-01", "2020-1", "2020-01-01", "二〇二〇"])
def test_other_texts_name_no_period(text: str) -> None:
    assert named(text) is None


def test_a_month_begins_at_local_midnight() -> None:
    begin, end = Period(date(2020, 3, 1), date(2020, 4, 1)).instants()
    assert begin == datetime(2020, 2, 29, 16, tzinfo=UTC)
    assert end == datetime(2020, 3, 31, 16, tzinfo=UTC)


def test_an_open_period_has_no_bound() -> None:
    assert Period().instants() == (None, None)
