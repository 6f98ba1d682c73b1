"""A 30-working-day deadline: binary search over a laid-out calendar against a walk day by day."""

from datetime import datetime, timedelta
from pathlib import Path

import chinese_calendar
import yaml

from bench.context import Bench
from bench.measure import Comparison, Goal, Mode, Result, Sample, compare, interleave, timed
from libs.worktime import Limit, Schedule, Terms, deadline
from libs.worktime.records import calendar_from
from libs.worktime.schedule import CHINA

EDITION = Path(__file__).parents[1] / "deploy" / "calendars" / "cn.yaml"
DAYS = 30
COMPARISONS = (Comparison("W1", "deadline / day-by-day walk", "laid out", "walk", Goal(100)),)


def run(bench: Bench) -> Result:
    """Both give the same last day for every start of the year; only then are they timed."""
    schedule = Schedule(calendar_from(yaml.safe_load(EDITION.read_text(encoding="utf-8"))))
    starts = [datetime(2025, 1, 2, 10, tzinfo=CHINA) + timedelta(days=n) for n in range(200)]
    ours = [_laid_out(start, schedule) for start in starts]
    theirs = [_walk(start) for start in starts]
    if ours != theirs:
        message = "the two ways disagree"
        raise AssertionError(message)
    modes = (
        Mode("laid out", lambda: _time_ours(starts, schedule)),
        Mode("walk", lambda: timed(len(starts), lambda: [_walk(start) for start in starts])),
    )
    samples = interleave(modes, bench.repetitions)
    return Result("deadlines", samples, compare(samples, COMPARISONS))


def _time_ours(starts: list[datetime], schedule: Schedule) -> Sample:
    many = starts * 50
    return timed(len(many), lambda: [_laid_out(start, schedule) for start in many])


def _laid_out(start: datetime, schedule: Schedule) -> datetime | None:
    return deadline(Terms(start, Limit(DAYS, "wd")), schedule).due


def _walk(start: datetime) -> datetime:
    day, left = start.date(), DAYS
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    return datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(days=1)
