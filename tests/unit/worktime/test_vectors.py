"""Deadline vectors DL01-DL06 (lifecycles C5) and the rules around them."""

from datetime import datetime

import pytest

from libs.worktime import Limit, Pause, Terms, WorktimeError, deadline, reading
from libs.worktime.explain import explain
from tests.unit.worktime.calendars import office


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00")


def due(
    start: str, limit: str, *, pauses: tuple[Pause, ...] = (), extensions: tuple[Limit, ...] = ()
) -> datetime | None:
    return deadline(Terms(at(start), Limit.parse(limit), extensions, pauses), office()).due


@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [
        pytest.param("2026-02-13T10:00", "1wd", "2026-02-15T00:00", id="DL01"),
        pytest.param("2026-02-13T10:00", "5wd", "2026-02-28T00:00", id="DL02"),
        pytest.param("2026-02-13T10:00", "6wd", "2026-03-01T00:00", id="DL03"),
        pytest.param("2026-02-16T10:00", "1wd", "2026-02-25T00:00", id="DL04"),
        pytest.param("2026-09-24T10:00", "5wd", "2026-10-10T00:00", id="DL05"),
        pytest.param("2026-10-09T10:00", "2wd", "2026-10-13T00:00", id="DL06"),
    ],
)
def test_a_working_day_limit_ends_at_24_of_its_last_day(start: str, limit: str, expected: str) -> None:
    assert due(start, limit) == at(expected)


def test_working_hours_after_closing_begin_at_the_next_working_minute() -> None:
    assert due("2026-02-13T18:00", "2wh") == at("2026-02-14T10:30")


def test_working_hours_step_over_the_lunch_break() -> None:
    assert due("2026-03-02T11:00", "2wh") == at("2026-03-02T15:00")


def test_a_statutory_limit_rolls_from_a_holiday_to_the_next_working_day() -> None:
    assert due("2026-01-20T09:00", "30sd") == at("2026-02-25T00:00")


def test_natural_minutes_run_through_the_night() -> None:
    assert due("2026-02-16T23:50", "15min") == at("2026-02-17T00:05")


def test_a_pause_of_one_working_day_moves_the_deadline_by_one_working_day() -> None:
    pause = Pause(at("2026-03-03T08:30"), at("2026-03-04T08:30"))
    assert due("2026-03-02T10:00", "5wd", pauses=(pause,)) == at("2026-03-11T00:00")


def test_a_pause_over_the_weekend_gives_back_no_working_time() -> None:
    pause = Pause(at("2026-03-06T18:00"), at("2026-03-09T08:00"))
    assert due("2026-03-02T10:00", "5wd", pauses=(pause,)) == at("2026-03-10T00:00")


def test_a_breached_clock_cannot_be_paused_into_health() -> None:
    pause = Pause(at("2026-03-10T09:00"), at("2026-03-11T09:00"))
    with pytest.raises(WorktimeError) as refused:
        due("2026-03-02T10:00", "5wd", pauses=(pause,))
    assert refused.value.rule == "pause_outside_clock"


def test_an_extension_counts_from_the_old_deadline() -> None:
    assert due("2026-02-13T10:00", "5wd", extensions=(Limit.parse("1wd"),)) == at("2026-03-01T00:00")


def test_a_deadline_in_a_year_without_a_notice_is_provisional() -> None:
    answer = deadline(Terms(at("2026-12-30T10:00"), Limit.parse("5wd")), office())
    assert answer.status == "provisional"


def test_a_deadline_past_the_calendar_names_the_calendar() -> None:
    with pytest.raises(WorktimeError) as refused:
        due("2027-12-30T10:00", "30wd")
    assert (refused.value.field, refused.value.rule) == ("calendar", "calendar_missing")


def test_no_limit_is_a_value() -> None:
    terms = Terms(at("2026-03-02T10:00"), None)
    assert deadline(terms, office()).due is None
    assert reading(terms, office(), at("2026-03-02T10:01")).state == "NO_LIMIT"


@pytest.mark.parametrize("text", ["5", "5 days", "wd", "-1wd", "0wd", "1.5wd"])
def test_a_limit_in_an_unknown_unit_is_refused(text: str) -> None:
    with pytest.raises(WorktimeError):
        Limit.parse(text)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(WorktimeError) as refused:
        deadline(Terms(datetime.fromisoformat("2026-03-02T10:00"), Limit.parse("1wd")), office())
    assert refused.value.rule == "zone_missing"


@pytest.mark.parametrize(
    ("moment", "state"),
    [("2026-03-03T09:00", "RUNNING"), ("2026-03-09T10:00", "AMBER"), ("2026-03-10T00:00", "BREACHED")],
)
def test_amber_at_seven_tenths_and_red_at_the_deadline(moment: str, state: str) -> None:
    terms = Terms(at("2026-03-02T10:00"), Limit.parse("5wd"))
    assert reading(terms, office(), at(moment)).state == state


def test_the_explanation_names_every_skipped_day() -> None:
    steps = explain(Terms(at("2026-02-13T10:00"), Limit.parse("5wd")), office())
    counted = [step.day.isoformat() for step in steps if step.counted]
    assert counted == ["2026-02-14", "2026-02-24", "2026-02-25", "2026-02-26", "2026-02-27"]
    assert {step.reason for step in steps} == {"START_DAY", "MAKE_UP_DAY", "HOLIDAY", "WORKDAY"}
    assert steps[2].name == "春节"
