"""The notice parser: the 2026 notice, older phrasings, and texts that contradict themselves."""

from datetime import date
from pathlib import Path

import chinese_calendar
import pytest
import yaml

from libs.worktime import WorktimeError
from libs.worktime.calendar import days_between
from libs.worktime.notice import Grammar, parse_notice

GRAMMAR = Grammar.from_record(
    yaml.safe_load(
        (Path(__file__).parents[3] / "deploy" / "calendars" / "grammar.yaml").read_text(encoding="utf-8")
    )
)
NOTICE_2026 = """国务院办公厅关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""


def test_the_2026_notice_equals_the_second_source() -> None:
    year, holidays = parse_notice(NOTICE_2026, GRAMMAR)
    off = {day for h in holidays for day in days_between(h.start, h.end)}
    work = {day for h in holidays for day in h.work}
    days = days_between(date(2026, 1, 1), date(2026, 12, 31))
    named = {d for d in days if chinese_calendar.is_holiday(d) and d.weekday() < 5} | {
        d for d in off if d.weekday() >= 5
    }
    assert (year, len(off), len(work)) == (2026, 33, 6)
    assert off == named
    assert work == {d for d in days if d.weekday() >= 5 and chinese_calendar.is_workday(d)}


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [
        (
            "一、元旦：2018年12月30日至2019年1月1日放假调休，共3天。2018年12月29日（星期六）上班。",
            "2018-12-30",
            "2019-01-01",
        ),
        ("三、清明节：4月5日（星期五）放假，与周末连休。", "2019-04-05", "2019-04-07"),
        ("四、劳动节：5月1日放假。", "2019-05-01", "2019-05-01"),
        ("一、元旦：12月30日至1月1日放假调休，共3天。", "2018-12-30", "2019-01-01"),
    ],
)
def test_older_phrasings_are_understood(line: str, start: str, end: str) -> None:
    _, holidays = parse_notice(f"关于2019年部分节假日安排的通知\n{line}", GRAMMAR)
    assert (holidays[0].start.isoformat(), holidays[0].end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("1日（周四）至3日", "1日（周五）至3日", "weekday_differs"),
        ("共9天", "共8天", "day_count_differs"),
        ("5月9日（周六）上班", "5月8日（周五）上班", "make_up_day_on_weekday"),
        ("6月19日（周五）至21日", "6月31日（周五）至21日", "no_such_date"),
        ("关于2026年", "关于明年", "not_a_notice"),
    ],
)
def test_a_notice_that_contradicts_itself_is_refused(old: str, new: str, rule: str) -> None:
    with pytest.raises(WorktimeError) as refused:
        parse_notice(NOTICE_2026.replace(old, new), GRAMMAR)
    assert refused.value.rule == rule


def test_a_text_without_items_is_no_notice() -> None:
    with pytest.raises(WorktimeError) as refused:
        parse_notice("关于2026年的说明", GRAMMAR)
    assert refused.value.rule == "not_a_notice"
