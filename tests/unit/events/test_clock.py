"""The drill clock (F14): what it shows, what it refuses, and what stays real."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from libs.events.clock import (
    ClockError,
    DrillClock,
    business_clock,
    drill_clock,
    rate_of,
    real_clock,
    system_clock,
)
from libs.events.settings import Settings

ANCHOR = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
START = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)


def at(moment: datetime) -> "Frozen":
    return Frozen(moment)


class Frozen:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def test_a_drill_runs_from_its_start_at_its_speed() -> None:
    real = at(ANCHOR)
    clock = drill_clock(f"2026-02-10T09:00+08:00x60@{ANCHOR.isoformat()}", real)
    assert clock() == START
    real.moment = ANCHOR + timedelta(seconds=90)
    assert clock() == START + timedelta(minutes=90)
    assert (rate_of(clock), rate_of(system_clock)) == (60.0, 1.0)


def test_without_a_speed_it_runs_as_fast_as_the_real_one_and_without_an_anchor_from_now() -> None:
    clock = drill_clock("2026-02-10T09:00+08:00", at(ANCHOR))
    assert (clock.start, clock.rate, clock.anchor) == (START, 1.0, ANCHOR)


def test_its_text_gives_the_same_clock_to_every_process() -> None:
    clock = drill_clock("2026-02-10T09:00+08:00x0.5", at(ANCHOR))
    again = drill_clock(str(clock), at(ANCHOR))
    assert again == DrillClock(START, ANCHOR, 0.5, again.real)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("yesterday", "clock_malformed"),
        ("", "clock_malformed"),
        ("2026-02-30T09:00+08:00", "clock_malformed"),
        ("2026-02-10T09:00", "zone_missing"),
        ("2026-02-10T09:00+08:00x0", "rate_out_of_range"),
        ("2026-02-10T09:00+08:00x-1", "rate_out_of_range"),
        ("2026-02-10T09:00+08:00xfast", "rate_out_of_range"),
        ("2026-02-10T09:00+08:00x86401", "rate_out_of_range"),
        ("2026-02-10T09:00+08:00x60@noon", "clock_malformed"),
        ("2026-02-10T09:00+08:00x60@2026-11-22T10:00", "zone_missing"),
        ("2026-02-10T09:00+08:00@", "clock_malformed"),
    ],
)
def test_a_text_that_is_no_clock_names_the_rule(text: str, rule: str) -> None:
    with pytest.raises(ClockError) as refused:
        drill_clock(text)
    assert refused.value.rule == rule


def test_a_service_refuses_to_start_with_a_clock_that_is_none() -> None:
    with pytest.raises(ValidationError, match=r"clock\n.*zone_missing"):
        Settings(clock="2026-02-10T09:00")
    assert business_clock(Settings(clock="").clock) is system_clock


def test_only_the_business_runs_by_the_drill() -> None:
    real = at(ANCHOR)
    clock = drill_clock("2026-02-10T09:00+08:00x60", real)
    assert real_clock(clock) is real
    assert real_clock(system_clock) is system_clock


def test_a_leap_second_and_the_year_end_are_ordinary_instants() -> None:
    real = at(ANCHOR)
    clock = drill_clock(f"2026-12-31T23:59:59+08:00x60@{ANCHOR.isoformat()}", real)
    real.moment = ANCHOR + timedelta(seconds=1)
    assert clock() == datetime(2026, 12, 31, 16, 0, 59, tzinfo=UTC)
    assert clock().tzinfo is UTC
