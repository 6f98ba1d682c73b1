"""A notice on a calendar: the provisional goes, the official stays, and the next year is provisional."""

from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from libs.worktime import Calendar, WorktimeError
from libs.worktime.calendar import days_between
from libs.worktime.notice import parse_notice
from libs.worktime.records import calendar_from
from libs.worktime.revising import Change, Notice, Statutory, changes, revised
from tests.unit.worktime.calendars import china
from tests.unit.worktime.test_notice import GRAMMAR, NOTICE_2026

FOLDER = Path(__file__).parents[3] / "deploy" / "calendars"
RECORD = yaml.safe_load((FOLDER / "cn.yaml").read_text(encoding="utf-8"))
DATA = yaml.safe_load((FOLDER / "statutory.yaml").read_text(encoding="utf-8"))
STATUTORY = Statutory(DATA["source"], DATA["years"])
NOTICE_2027 = """国务院办公厅关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月13日（周六）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。4月25日（周日）、5月8日（周六）上班。
五、端午节：6月9日（周三）放假。
六、中秋节：9月15日（周三）放假。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
"""
"""Invented: the real one is not there yet."""
ADJUSTED = """国务院办公厅关于调整2026年劳动节假期安排的通知
经国务院批准，现将2026年劳动节放假安排调整如下：
2026年5月1日（星期五）至6日（星期三）放假调休，共6天。5月10日（星期日）上班。
"""
"""In the words of the notice that changed the Labour Day of 2019."""


def notice(text: str, source: str = "国办发明电〔2026〕9号") -> Notice:
    year, holidays = parse_notice(text, GRAMMAR)
    return Notice(year, source, holidays)


def with_notice(text: str, record: dict[str, Any] = RECORD) -> Calendar:
    return calendar_from(revised(record, notice(text), "cn-new", STATUTORY))


def before_2026() -> dict[str, Any]:
    """The calendar as it was before the notice of 2026: that year from its statutory days."""
    record: dict[str, Any] = deepcopy(RECORD) | {
        "official_until": date(2025, 12, 31),
        "last": date(2026, 12, 31),
    }
    record["notices"] = record["notices"][:-2]
    provisional = {"name": "春节", "from": date(2026, 2, 16), "to": date(2026, 2, 19), "days": 4}
    record["notices"].append({"source": "暂定", "holidays": [provisional]})
    return record


def test_the_notice_of_2026_makes_the_calendar_that_is_shipped() -> None:
    new = with_notice(NOTICE_2026, before_2026())
    days = days_between(date(2018, 12, 29), date(2027, 12, 31))
    assert [day for day in days if new.working(day) != china().working(day)] == []
    assert (new.official_until, new.last) == (date(2026, 12, 31), date(2027, 12, 31))


def test_the_next_notice_is_official_and_makes_the_year_after_provisional() -> None:
    new = with_notice(NOTICE_2027)
    assert (new.official_until, new.last) == (date(2027, 12, 31), date(2028, 12, 31))
    assert new.reason(date(2027, 2, 13)) == ("MAKE_UP_DAY", "春节")
    assert new.reason(date(2028, 1, 26)) == ("HOLIDAY", "春节")
    assert not new.official(date(2028, 1, 1))


def test_the_difference_is_told_day_by_day() -> None:
    found = changes(china(), with_notice(NOTICE_2027))
    spring = [change for change in found if change.name == "春节"]
    assert spring == [
        Change(date(2027, 1, 31), False, True, "春节"),
        Change(date(2027, 2, 9), True, False, "春节"),
        Change(date(2027, 2, 10), True, False, "春节"),
        Change(date(2027, 2, 11), True, False, "春节"),
        Change(date(2027, 2, 13), False, True, "春节"),
    ]
    assert changes(china(), china()) == []


def test_a_provisional_day_that_the_notice_does_not_name_is_a_usual_day_again() -> None:
    later = NOTICE_2027.replace("6月9日（周三）放假", "6月10日（周四）放假")
    new = with_notice(later)
    assert new.working(date(2027, 6, 9))
    assert not new.working(date(2027, 6, 10))


def test_a_change_within_the_year_stands_beside_what_it_changes() -> None:
    new = with_notice(ADJUSTED)
    assert [change.day for change in changes(china(), new)] == [date(2026, 5, 6), date(2026, 5, 10)]
    assert (new.official_until, new.last) == (date(2026, 12, 31), date(2027, 12, 31))
    assert not new.working(date(2026, 10, 1))


def test_where_the_statutory_days_are_not_known_the_calendar_ends_with_the_notice() -> None:
    record = revised(RECORD, notice(NOTICE_2027), "cn-new", Statutory("{year}", {}))
    assert calendar_from(record).last == date(2027, 12, 31)


@pytest.mark.parametrize(
    ("old", "new", "field", "rule"),
    [
        ("关于2027年", "关于2028年", "notice.weekday", "weekday_differs"),
        (
            "4月3日（周六）至5日（周一）",
            "2月11日（周四）至13日（周六）",
            "notice.days_off",
            "holidays_overlap",
        ),
        ("4月25日（周日）、5月8日", "4月4日（周日）、5月8日", "notice.work", "make_up_day_is_off"),
        ("4月25日（周日）、5月8日", "2月13日（周六）、5月8日", "notice.work", "make_up_day_twice"),
    ],
)
def test_sentences_that_contradict_each_other_are_refused(old: str, new: str, field: str, rule: str) -> None:
    assert old in NOTICE_2027
    with pytest.raises(WorktimeError) as refused:
        with_notice(NOTICE_2027.replace(old, new))
    assert (refused.value.field, refused.value.rule) == (field, rule)


def test_no_year_is_skipped() -> None:
    with pytest.raises(WorktimeError) as refused:
        with_notice("关于2028年部分节假日安排的通知\n一、元旦：1月1日放假。\n")
    assert (refused.value.field, refused.value.rule) == ("notice.year", "year_skipped")


@pytest.mark.parametrize("year", sorted(DATA["years"]))
def test_the_statutory_days_are_thirteen_and_agree_with_themselves(year: int) -> None:
    holidays = [{"source": "x", "holidays": DATA["years"][year]}]
    bounds = {"first": date(year, 1, 1), "last": date(year, 12, 31), "official_until": date(year, 12, 31)}
    calendar = calendar_from({"version": "x", "notices": holidays, **bounds})
    shared = any("、" in holiday["name"] for holiday in DATA["years"][year])
    assert len(calendar.specials) == (12 if shared else 13)
    assert all(day.year == year and not special.working for day, special in calendar.specials.items())


def test_2027_is_shipped_as_its_statutory_days_say() -> None:
    assert RECORD["notices"][-1]["holidays"] == DATA["years"][2027]
