"""Every day of an explanation has its reason, and together the days are the deadline."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.worktime import Limit, Pause, Schedule, Span, Terms, deadline
from libs.worktime.explain import Step, explain, parts
from libs.worktime.schedule import CHINA
from tests.unit.worktime.calendars import china, office

minutes = st.integers(min_value=0, max_value=6 * 365 * 1440).map(
    lambda n: datetime(2019, 1, 2, tzinfo=CHINA) + timedelta(minutes=n)
)
days = st.integers(1, 60)
lengths = st.integers(1, 6 * 1440)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=CHINA)


def reasons(terms: Terms, schedule: Schedule | None = None) -> dict[str, str]:
    return {f"{step.day:%m-%d}": step.reason for step in explain(terms, schedule or office())}


def last(steps: list[Step]) -> date:
    return steps[-1].day


@settings(max_examples=60)
@given(start=minutes, amount=days, unit=st.sampled_from(["wd", "sd"]))
def test_a_limit_in_days_counts_exactly_its_days(start: datetime, amount: int, unit: str) -> None:
    terms = Terms(start, Limit.parse(f"{amount}{unit}"))
    steps = explain(terms, office())
    due = deadline(terms, office()).due
    assert due is not None
    assert [step.number for step in steps if step.counted] == list(range(1, amount + 1))
    assert all(b.day - a.day == timedelta(days=1) for a, b in pairwise(steps))
    assert (steps[0].day, steps[0].reason) == (start.date(), "START_DAY")
    assert datetime.combine(last(steps) + timedelta(days=1), time(), CHINA) == due


@settings(max_examples=60)
@given(start=minutes, amount=st.integers(1, 80), offset=st.integers(0, 3000), length=lengths)
def test_the_hours_of_all_days_are_the_limit_with_and_without_a_pause(
    start: datetime, amount: int, offset: int, length: int
) -> None:
    limit = Limit(amount, "wh")
    begin = start + timedelta(minutes=offset)
    due = deadline(Terms(start, limit), office()).due
    paused = (Pause(begin, begin + timedelta(minutes=length)),) if due and begin < due else ()
    for pauses in ((), paused):
        steps = explain(Terms(start, limit, pauses=pauses), office())
        assert sum(step.seconds for step in steps) == limit.seconds
        assert all(step.counted == bool(step.seconds) for step in steps)


@settings(max_examples=60)
@given(start=minutes, amount=st.integers(1, 3000), offset=st.integers(0, 3000), length=lengths)
def test_around_the_clock_the_seconds_of_all_days_are_the_limit(
    start: datetime, amount: int, offset: int, length: int
) -> None:
    limit = Limit(amount, "min")
    begin = start + timedelta(minutes=offset)
    pauses = (Pause(begin, begin + timedelta(minutes=length)),) if offset < amount else ()
    steps = explain(Terms(start, limit, pauses=pauses), office())
    assert sum(step.seconds for step in steps) == limit.seconds


@settings(max_examples=60)
@given(start=minutes, amount=days, offset=st.integers(0, 3000), length=lengths)
def test_whole_days_paused_do_not_count_for_a_statutory_limit(
    start: datetime, amount: int, offset: int, length: int
) -> None:
    limit, begin = Limit(amount, "sd"), start + timedelta(minutes=offset)
    due = deadline(Terms(start, limit), office()).due
    if due is None or begin >= due:
        return
    steps = explain(Terms(start, limit, pauses=(Pause(begin, begin + timedelta(minutes=length)),)), office())
    assert sum(step.counted for step in steps) == amount


def test_every_reason_of_working_days_is_told_apart() -> None:
    local = {date(2026, 3, 2): (), date(2026, 3, 3): (Span(time(8, 30), time(12)),)}
    schedule = Schedule(china(), local=local)
    found = reasons(Terms(at("02-13 10:00"), Limit(4, "wd")), schedule)
    assert found == {
        "02-13": "START_DAY",
        "02-14": "MAKE_UP_DAY",
        **{f"02-{day}": "HOLIDAY" for day in range(15, 24)},
        **{f"02-{day}": "WORKDAY" for day in (24, 25, 26)},
    }
    later = reasons(Terms(at("02-27 10:00"), Limit(3, "wd")), schedule)
    assert later == {
        "02-27": "START_DAY",
        "02-28": "MAKE_UP_DAY",
        "03-01": "WEEKEND",
        "03-02": "LOCAL_DAY_OFF",
        "03-03": "LOCAL_HOURS",
        "03-04": "WORKDAY",
    }


def test_a_start_after_office_hours_counts_from_the_next_working_minute() -> None:
    assert reasons(Terms(at("02-13 18:00"), Limit(2, "wh"))) == {
        "02-13": "AFTER_HOURS",
        "02-14": "MAKE_UP_DAY",
    }


def test_a_statutory_end_on_a_day_off_rolls_on_and_the_extension_counts_from_there() -> None:
    terms = Terms(at("01-24 10:00"), Limit(30, "sd"), extensions=(Limit(2, "sd"),))
    steps = {f"{step.day:%m-%d}": step for step in explain(terms, office())}
    assert (steps["02-23"].number, steps["02-24"].reason) == (30, "ROLLED")
    assert [steps[day].number for day in ("02-25", "02-26")] == [31, 32]
    assert [part.due.date() for part in parts(terms, office())] == [date(2026, 2, 25), date(2026, 2, 27)]


def test_a_pause_on_the_day_of_the_start_gives_back_no_day_that_did_not_count() -> None:
    pause = Pause(at("03-02 12:00"), at("03-04 12:00"))
    terms = Terms(at("03-02 10:00"), Limit(3, "sd"), pauses=(pause,))
    assert reasons(terms) == {
        "03-02": "START_DAY",
        "03-03": "PAUSED",
        "03-04": "CALENDAR_DAY",
        "03-05": "CALENDAR_DAY",
        "03-06": "CALENDAR_DAY",
    }


def test_the_parts_say_what_each_extension_and_pause_did() -> None:
    pauses = (Pause(at("03-03 10:00"), at("03-03 11:00")), Pause(at("03-04 09:00"), at("03-05 09:00")))
    terms = Terms(at("03-02 10:00"), Limit(3, "wd"), extensions=(Limit(1, "wd"),), pauses=pauses)
    found = [(part.kind, part.due, part.given) for part in parts(terms, office())]
    assert found == [
        ("LIMIT", at("03-06 00:00"), 0),
        ("EXTENSION", at("03-07 00:00"), 0),
        ("PAUSE", at("03-09 09:30"), 3_600),
        ("PAUSE", at("03-10 09:30"), 25_200),
    ]
    assert found[-1][1] == deadline(terms, office()).due


@pytest.mark.parametrize("limit", ["90sd", "60wd", "500d"])
def test_a_long_limit_is_one_step_a_day(limit: str) -> None:
    terms = Terms(at("01-05 10:00"), Limit.parse(limit))
    due = deadline(terms, office()).due
    assert due is not None
    steps = explain(terms, office())
    assert len(steps) == ((due - timedelta(microseconds=1)).date() - date(2026, 1, 5)).days + 1


def test_without_a_limit_there_is_nothing_to_count() -> None:
    assert explain(Terms(at("03-02 10:00"), None), office()) == []
    assert parts(Terms(at("03-02 10:00"), None), office()) == []
