"""Where a clock stands and why, from its newest reading alone: the states and words that are seen seldom."""

from datetime import datetime
from typing import Any

import pytest

from libs.events.contracts.values import SlaClock
from libs.events.timing import Subject
from libs.events.timing.explained import View, deadlines, explanation, item, view_of
from libs.events.timing.words import Words
from libs.reference import EditionMissing
from libs.worktime import Limit
from tests.api.loop import editions as sourced
from tests.unit.timing import editions
from tests.unit.timing.story import SIGN, answer, at, dispatched

SUBJECT = Subject("2.OTHER", "1", None)
HOUR = 3_600


def reading(**fields: Any) -> SlaClock:
    """A handling clock of five working days since Monday, 2 March, unless told otherwise."""
    usual: dict[str, Any] = {
        "clock": "HANDLE",
        "state": "RUNNING",
        "started_at": at("03-02 10:00"),
        "limit": "5wd",
        "warn_at": at("03-06 12:00"),
        "due_at": at("03-10 00:00"),
        "policy_version": "640202-2026.1",
        "calendar_version": "cn-2026.1",
    }
    return SlaClock.model_validate(usual | fields)


def seen(moment: str, language: Any = "zh") -> View:
    return view_of(at(moment), editions.usual(), language)


@pytest.mark.parametrize(
    ("fields", "moment", "state"),
    [
        ({}, "03-03 10:00", "RUNNING"),
        ({}, "03-06 12:00", "AMBER"),
        ({}, "03-09 23:59", "AMBER"),
        ({}, "03-10 00:00", "BREACHED"),
        ({"breached": True}, "03-04 10:00", "BREACHED"),
        ({"state": "STOPPED", "stopped_at": at("03-05 10:00")}, "03-20 10:00", "STOPPED"),
        ({"limit": None, "due_at": None, "warn_at": None}, "03-20 10:00", "NO_LIMIT"),
        ({"due_at": None, "warn_at": None, "provisional": True}, "03-20 10:00", "RUNNING"),
    ],
)
def test_the_state_follows_from_the_reading_and_the_instant(
    fields: dict[str, Any], moment: str, state: str
) -> None:
    assert item(reading(**fields), seen(moment))["state"] == state


def test_a_stopped_clock_reads_for_ever_what_it_read_when_it_stopped() -> None:
    clock = reading(state="STOPPED", stopped_at=at("03-04 10:00"))
    early, late = (item(clock, seen(moment)) for moment in ("03-04 10:00", "03-30 10:00"))
    assert early == late
    assert (early["elapsed"], early["remaining"]) == (8.5 * HOUR, 26.5 * HOUR)


def test_what_was_stopped_late_says_by_how_much() -> None:
    clock = reading(state="STOPPED", stopped_at=at("03-10 12:00"), breached=True)
    body = item(clock, seen("03-30 10:00"))
    assert (body["state"], body["breached"], body["overdue"]) == ("STOPPED", True, 12 * HOUR)
    said = explanation(clock, SUBJECT, seen("03-30 10:00")).head["arithmetic"]
    assert said[-3:-1] == ["已于3月10日 12:00停止计时", "截至3月10日 12:00已超过时限12小时"]


def test_a_planned_pause_says_until_when() -> None:
    pause = {"start": at("03-03 10:00"), "until": at("03-12 09:00")}
    clock = reading(state="PAUSED", pauses=(pause,))
    head = explanation(clock, SUBJECT, seen("03-05 10:00")).head
    assert head["pauses"] == [
        {"start": "2026-03-03T10:00:00+08:00", "end": None, "until": "2026-03-12T09:00:00+08:00"}
    ]
    assert "计划于3月12日 09:00恢复计时" in head["arithmetic"]
    assert (head["state"], head["elapsed"]) == ("PAUSED", 1.5 * HOUR)


def test_no_limit_is_a_value_and_counts_nothing() -> None:
    clock = reading(limit=None, due_at=None, warn_at=None)
    whole = explanation(clock, SUBJECT, seen("03-03 10:00"))
    assert (whole.head["label"], whole.head["remaining"], whole.head["elapsed"]) == (
        "无时限",
        None,
        24 * HOUR,
    )
    assert whole.steps == []
    assert whole.head["arithmetic"][1] == "本环节未设时限，只记录用时"


def test_past_the_calendar_nothing_is_guessed() -> None:
    clock = reading(limit="600wd", due_at=None, warn_at=None, provisional=True)
    whole = explanation(clock, SUBJECT, seen("03-03 10:00"))
    assert (whole.head["due"], whole.head["provisional"], whole.steps) == (None, True, [])
    assert whole.head["arithmetic"][1] == "工作日历尚未覆盖到期日，待节假日安排公布后计算"


def test_a_stated_deadline_is_read_by_natural_time() -> None:
    clock = reading(limit=None, due_at=at("03-03 10:00"), warn_at=at("03-03 02:48"))
    body = item(clock, seen("03-02 16:00"))
    assert (body["stated"], body["elapsed"], body["remaining"]) == (True, 6 * HOUR, 18 * HOUR)
    assert (body["elapsed_label"], body["limit_label"]) == ("6小时", None)


def test_a_recalculated_clock_is_explained_by_its_new_calendar() -> None:
    library = editions.usual()
    story = dispatched(library, at("03-02 10:00"))
    editions.revised(library)
    from_before = story.clock("HANDLE")
    view = view_of(at("03-04 10:00"), library, "zh")
    assert "03-09" in _worked(from_before, view)
    moved = from_before.model_copy(update={"calendar_version": "cn-2026.2", "due_at": at("03-11 00:00")})
    assert "03-09" not in _worked(moved, view)


def test_a_missed_deadline_is_not_explained_by_a_calendar_that_came_later() -> None:
    clock = reading(breached=True, calendar_version="cn-2026.2")
    view = view_of(at("03-10 08:00"), editions.revised(editions.usual()), "zh")
    whole = explanation(clock, SUBJECT, view)
    assert (whole.head["state"], whole.head["remaining"], whole.head["label"]) == (
        "BREACHED",
        0,
        "3月9日 24:00",
    )
    assert whole.steps == []
    assert whole.head["arithmetic"][1:4] == [
        "到期后日历有调整，已超过的时限不变，不再逐日推算",
        "到期时间：3月9日 24:00",
        "截至3月10日 08:00已超过时限8小时",
    ]


def _worked(clock: SlaClock, view: View) -> set[str]:
    return {step["date"][5:] for step in explanation(clock, SUBJECT, view).steps if step["counted"]}


def test_an_edition_that_is_not_known_is_missed_by_name() -> None:
    with pytest.raises(EditionMissing) as missed:
        item(reading(calendar_version="cn-2031.1"), seen("03-03 10:00"))
    assert missed.value.name == "cn-2031.1"


def test_clocks_stand_in_the_order_they_started() -> None:
    story = dispatched(editions.usual(), at("03-02 10:00"))
    story.asks(SIGN, at("03-02 11:00"))
    story.asks(answer(at("03-03 10:00")), at("03-03 10:00"))
    timing = story.decider.timing
    assert timing is not None
    found = deadlines(timing.clocks(story.state), seen("03-03 12:00"))
    assert [body["clock"] for body in found] == ["HANDLE", "SIGN", "CHECK"]
    assert [body["state"] for body in found] == ["PAUSED", "STOPPED", "RUNNING"]


@pytest.mark.parametrize(("limit", "source"), [("5wd", "条例第24条"), ("9wd", None)])
def test_the_source_is_named_only_where_the_limit_is_that_of_the_edition(
    limit: str, source: str | None
) -> None:
    view = view_of(at("03-03 10:00"), sourced.usual(), "zh")
    assert explanation(reading(limit=limit), SUBJECT, view).head["source"] == source


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (0, "0分钟", "0 min"),
        (59, "59秒", "59 s"),
        (90, "1分钟30秒", "1 min 30 s"),
        (27_000, "7小时30分钟", "7 h 30 min"),
        (86_400, "1天", "1 d"),
        (200_000, "2天7小时", "2 d 7 h"),
    ],
)
def test_a_length_is_said_in_its_two_largest_units(seconds: int, chinese: str, english: str) -> None:
    assert Words().duration(seconds) == chinese
    assert Words(language="en").duration(seconds) == english


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("5wd", "5个工作日"),
        ("4wh", "4个工作小时"),
        ("30sd", "30日（法定期间）"),
        ("2d", "2天（连续计算）"),
        ("3h", "3小时（连续计算）"),
        ("15min", "15分钟（连续计算）"),
    ],
)
def test_a_limit_is_said_with_its_unit(limit: str, words: str) -> None:
    assert Words().limit(Limit.parse(limit)) == words


def test_an_end_at_midnight_is_24_00_of_the_day_before_and_a_beginning_is_not() -> None:
    midnight = datetime.fromisoformat("2026-02-28T00:00:00+08:00")
    assert (Words().end(midnight), Words().moment(midnight)) == ("2月27日 24:00", "2月28日 00:00")


def test_the_clock_of_a_dispatch_reads_like_the_command_line() -> None:
    story = dispatched(editions.usual(), at("02-10 16:40"))
    body = item(story.clock("HANDLE"), seen("02-11 10:00"))
    assert (body["due"], body["label"]) == ("2026-02-25T00:00:00+08:00", "2月24日 24:00")
