"""The committed calendar edition, loaded once for the tests."""

from functools import cache
from pathlib import Path

import yaml

from libs.worktime import Calendar, Schedule
from libs.worktime.records import calendar_from

EDITION = Path(__file__).parents[3] / "deploy" / "calendars" / "cn.yaml"


@cache
def china() -> Calendar:
    return calendar_from(yaml.safe_load(EDITION.read_text(encoding="utf-8")))


@cache
def office() -> Schedule:
    return Schedule(china())
