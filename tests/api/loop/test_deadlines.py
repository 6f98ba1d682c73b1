"""A case and a dispute through the year 2026, and what their clocks say at every step, over HTTP.

Between 10 February and 6 March lie the Spring Festival (15 to 23 February), its two make-up Saturdays (14 and
28 February) and a local day off (4 March).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from libs.worktime.schedule import CHINA
from tests.api import city
from tests.api.loop import editions
from tests.api.loop.stages import Loop, standing

RETURNED = {"explanation": "现场仍有垃圾，请继续清理。"}
MORE_TIME = {"limit": "3wd", "explanation": "承包单位周五才能到场。"}
STORM = {"reason": "H01", "resume_at": "2026-02-25T09:00:00+08:00", "explanation": "沙尘天气无法作业。"}
CLOSE = {"outcome": "O1", "check": "PASSED", "explanation": "现场核查已清理干净。"}
ACCEPTANCE = {"initiated_by": "PARTY", "mediation_type": "1", "consents": 2}
APPOINTMENT = {
    "mediators": ["mediator-001"],
    "chief": "mediator-001",
    "chosen_by": "PARTIES",
    "interests_disclosed": True,
}
APPRAISAL = {"reason": "APPRAISAL", "explanation": "双方同意委托鉴定伤情。"}
CONFIRMATION = {"court": "640202-court", "joint": True, "concerns_identity": False}


class Hand:
    """The hand of a clock, which the test moves: `02-10 16:40` in 2026 in China."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 9, tzinfo=CHINA)

    def __call__(self) -> datetime:
        return self.now

    def at(self, text: str) -> None:
        self.now = datetime.fromisoformat(f"2026-{text}").replace(tzinfo=CHINA)


@dataclass
class Year:
    """The loop with a clock to move, and short ways to ask."""

    loop: Loop
    hand: Hand

    async def does(self, when: str, clerk: city.Clerk, command: str, matter: str, body: object) -> None:
        """A command at a time; then everything that follows from it."""
        self.hand.at(when)
        stage = STAGE_OF[command]
        await self.loop.does(stage, clerk, command, matter, body)
        await self.loop.settle()

    async def clocks(self, stage: str, matter: str, when: str | None = None) -> dict[str, dict[str, Any]]:
        """The deadlines by clock."""
        if when:
            self.hand.at(when)
        answer = await self.loop.counters[stage].get(city.DISPATCHER, f"{matter}/deadlines")
        assert answer.status_code == 200, answer.text
        return {item["clock"]: item for item in answer.json()["items"]}

    async def why(self, stage: str, matter: str, clock: str, query: str = "") -> dict[str, Any]:
        path = f"{matter}/deadlines/{clock}/explain{query}"
        answer = await self.loop.counters[stage].get(city.DISPATCHER, path)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


STAGE_OF = {
    "approve-report": "intake",
    "file-case": "intake",
    "dispatch": "dispatch",
    "sign": "dispatch",
    "submit-feedback": "dispatch",
    "reject-feedback": "dispatch",
    "close-case": "dispatch",
    "request-extension": "dispatch",
    "approve-extension": "dispatch",
    "request-suspension": "dispatch",
    "suspend": "dispatch",
    "hand-to-mediation": "dispatch",
    "accept-mediation": "mediation",
    "appoint-mediators": "mediation",
    "hold-session": "mediation",
    "pause-mediation": "mediation",
    "resume-mediation": "mediation",
    "extend-period": "mediation",
    "reach-agreement": "mediation",
    "end-unsuccessful": "mediation",
    "apply-confirmation": "mediation",
    "record-confirmation": "mediation",
    "close-dispute": "mediation",
}


@pytest.fixture
async def year(tmp_path: Path) -> AsyncIterator[Year]:
    hand = Hand()
    async with standing(tmp_path, clock=hand, library=editions.usual()) as loop:
        yield Year(loop, hand)


async def reported(year: Year, when: str) -> str:
    year.hand.at(when)
    answer = await year.loop.counters["intake"].start(city.GRID_WORKER, city.REPORT)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["matter"])


async def filed(year: Year) -> str:
    """A case that waits for a unit since 11 February, 10:30."""
    matter = await reported(year, "02-10 16:40")
    await year.does("02-11 10:00", city.REVIEWER, "approve-report", matter, city.APPROVAL)
    await year.does("02-11 10:30", city.REVIEWER, "file-case", matter, {"route": "DISPATCH"})
    return matter


async def handling(year: Year) -> str:
    """A case in a unit's hands since 11 February, 15:00."""
    matter = await filed(year)
    await year.does("02-11 15:00", city.DISPATCHER, "dispatch", matter, {"lead": city.URBAN.org})
    await year.does("02-12 09:30", city.URBAN, "sign", matter, {})
    return matter


def short(item: dict[str, Any]) -> tuple[str, str]:
    return item["state"], item["label"]


# the case


async def test_a_review_ends_at_midnight_of_the_next_working_day(year: Year) -> None:
    matter = await reported(year, "02-10 16:40")
    [review] = (await year.clocks("intake", matter, "02-11 10:00")).values()
    assert review == {
        "clock": "REVIEW",
        "name": "审核时限",
        "state": "RUNNING",
        "state_label": "计时中",
        "start": "2026-02-10T16:40:00+08:00",
        "due": "2026-02-12T00:00:00+08:00",
        "label": "2月11日 24:00",
        "limit": "1wd",
        "limit_label": "1个工作日",
        "stated": False,
        "elapsed": 5400,
        "elapsed_label": "1小时30分钟工作时间",
        "remaining": 19800,
        "remaining_label": "5小时30分钟工作时间",
        "overdue": 0,
        "breached": False,
        "stopped": None,
        "provisional": False,
        "hours_of": "640202001",
        "policy_version": editions.EDITION,
        "calendar_version": "cn-2026.1",
    }


async def test_a_filed_case_waits_four_working_hours_for_a_unit(year: Year) -> None:
    matter = await filed(year)
    found = await year.clocks("intake", matter)
    assert short(found["REVIEW"]) == ("STOPPED", "2月11日 24:00")
    assert found["REVIEW"]["stopped"] == "2026-02-11T10:00:00+08:00"
    assert short(found["DISPATCH"]) == ("RUNNING", "2月11日 16:30")
    assert (await year.clocks("intake", matter, "02-11 15:30"))["DISPATCH"]["state"] == "AMBER"
    late = (await year.clocks("intake", matter, "02-11 17:00"))["DISPATCH"]
    assert (late["state"], late["overdue"], late["remaining"]) == ("BREACHED", 1800, 0)


async def test_a_dispatch_stops_the_waiting_and_starts_two_clocks(year: Year) -> None:
    matter = await handling(year)
    assert (await year.clocks("intake", matter))["DISPATCH"]["state"] == "STOPPED"
    found = await year.clocks("dispatch", matter)
    assert {name: short(item) for name, item in found.items()} == {
        "SIGN": ("STOPPED", "2月12日 24:00"),
        "HANDLE": ("RUNNING", "2月25日 24:00"),
    }


async def test_the_festival_between_is_explained_day_by_day(year: Year) -> None:
    matter = await handling(year)
    why = await year.why("dispatch", matter, "HANDLE")
    said = {step["date"][5:]: step["text"] for step in why["steps"]}
    festival = [f"02-{day}" for day in range(15, 24)]
    assert list(said) == ["02-11", "02-12", "02-13", "02-14", *festival, "02-24", "02-25"]
    assert said["02-11"] == "起算当日，不计"
    assert said["02-12"] == "工作日，计为第1个工作日"
    assert said["02-14"] == "春节调休上班，计为第3个工作日"
    assert {said[day] for day in festival} == {"春节放假，不计"}
    assert said["02-25"] == "工作日，计为第5个工作日"
    assert (why["counted"], why["skipped"], why["next"]) == (5, 10, None)
    assert why["arithmetic"] == [
        "起算时间：2026年2月11日 15:00（周三）",
        "时限：5个工作日",
        "起算当日不计，自次日起只计工作日，调休上班日计入（民法典第二百零一条）",
        "计满5个工作日，至最后一日24时，即2月25日 24:00",
        "自起算之日至到期之日共15天，其中计入5天，不计10天",
        "到期时间：2月25日 24:00",
        "截至2月12日 09:30：已用1小时工作时间，剩余34小时工作时间",
        "依据：条例第24条",
        f"规则版本：{editions.EDITION}，工作日历版本：cn-2026.1",
    ]


async def returned(year: Year) -> str:
    """Feedback on the make-up Saturday before the festival, sent back on the second day after it."""
    matter = await handling(year)
    await year.does("02-14 16:00", city.URBAN, "submit-feedback", matter, city.FEEDBACK)
    await year.does("02-25 10:00", city.CLOSER, "reject-feedback", matter, RETURNED)
    return matter


async def test_handling_stands_still_while_the_feedback_is_checked(year: Year) -> None:
    matter = await handling(year)
    await year.does("02-14 16:00", city.URBAN, "submit-feedback", matter, city.FEEDBACK)
    found = await year.clocks("dispatch", matter, "02-20 12:00")
    assert short(found["CHECK"]) == ("RUNNING", "2月25日 24:00")
    assert (found["HANDLE"]["state"], found["HANDLE"]["elapsed_label"]) == ("PAUSED", "19小时30分钟工作时间")
    why = await year.why("dispatch", matter, "HANDLE")
    assert why["pauses"] == [{"start": "2026-02-14T16:00:00+08:00", "end": None, "until": None}]
    assert "自2月14日 16:00起暂停，尚未恢复；恢复后按剩余时间继续计算" in why["arithmetic"]


async def test_a_rejected_feedback_gives_back_ten_working_hours(year: Year) -> None:
    matter = await returned(year)
    found = await year.clocks("dispatch", matter)
    assert short(found["CHECK"]) == ("STOPPED", "2月25日 24:00")
    assert short(found["HANDLE"]) == ("RUNNING", "2月27日 11:30")
    why = await year.why("dispatch", matter, "HANDLE")
    sentence = "2月14日 16:00至2月25日 10:00暂停，补回10小时工作时间，至2月27日 11:30"
    assert sentence in why["arithmetic"]
    said = {step["date"][5:]: (step["counted"], step["text"]) for step in why["steps"]}
    assert said["02-14"] == (True, "春节调休上班，计为第3个工作日，其中暂停1小时30分钟")
    assert said["02-24"] == (False, "计时暂停，不计")
    assert said["02-25"] == (True, "工作日，计为第4个工作日，其中暂停1小时30分钟")
    assert said["02-27"] == (True, "补回暂停的工作时间3小时")


async def test_a_late_feedback_does_not_heal_and_the_timers_say_so_once(year: Year) -> None:
    matter = await returned(year)
    year.hand.at("02-27 12:00")
    for _ in range(3):
        await year.loop.tick()
    await year.does("02-27 15:00", city.URBAN, "submit-feedback", matter, city.FEEDBACK)
    await year.loop.tick()
    kinds = [event.kind for event in await year.loop.counters["dispatch"].store.read(f"case-{matter}")]
    assert kinds.count("dispatch.sla_breached") == 1
    found = await year.clocks("dispatch", matter)
    assert (found["HANDLE"]["state"], found["HANDLE"]["breached"]) == ("BREACHED", True)
    assert short(found["CHECK"]) == ("RUNNING", "3月2日 24:00")
    why = await year.why("dispatch", matter, "HANDLE")
    assert "截至2月27日 15:00已超过时限3小时30分钟" in why["arithmetic"]


async def test_a_closed_case_is_called_back_past_a_local_day_off(year: Year) -> None:
    matter = await returned(year)
    await year.does("02-27 10:00", city.URBAN, "submit-feedback", matter, city.FEEDBACK)
    await year.does("02-28 10:00", city.CLOSER, "close-case", matter, CLOSE)
    found = await year.clocks("dispatch", matter)
    assert {name: short(item) for name, item in found.items()} == {
        "SIGN": ("STOPPED", "2月12日 24:00"),
        "HANDLE": ("STOPPED", "2月27日 11:30"),
        "CHECK": ("STOPPED", "3月2日 24:00"),
        "CALLBACK": ("RUNNING", "3月5日 24:00"),
    }
    assert (found["HANDLE"]["breached"], found["HANDLE"]["stopped"]) == (False, "2026-02-27T10:00:00+08:00")
    why = await year.why("dispatch", matter, "CALLBACK")
    assert [step["text"] for step in why["steps"]] == [
        "起算当日，不计",
        "周末，不计",
        "工作日，计为第1个工作日",
        "工作日，计为第2个工作日",
        "本单位休息，不计",
        "本单位当日工作时间另有规定，计为第3个工作日",
    ]


async def test_time_that_was_granted_and_a_suspension_are_told_apart(year: Year) -> None:
    matter = await handling(year)
    await year.does("02-13 10:00", city.URBAN, "request-extension", matter, MORE_TIME)
    await year.does("02-13 11:00", city.DISPATCHER, "approve-extension", matter, {"limit": "2wd"})
    assert short((await year.clocks("dispatch", matter))["HANDLE"]) == ("RUNNING", "2月27日 24:00")
    await year.does("02-14 10:00", city.URBAN, "request-suspension", matter, STORM)
    await year.does("02-14 10:30", city.DISPATCHER, "suspend", matter, {})
    assert (await year.clocks("dispatch", matter))["HANDLE"]["state"] == "PAUSED"
    year.hand.at("02-25 10:00")
    await year.loop.tick()
    assert short((await year.clocks("dispatch", matter))["HANDLE"]) == ("RUNNING", "3月2日 16:00")
    said = (await year.why("dispatch", matter, "HANDLE"))["arithmetic"]
    assert said[3:6] == [
        "计满5个工作日，至最后一日24时，即2月25日 24:00",
        "延长2个工作日，至2月27日 24:00",
        "2月14日 10:30至2月25日 09:00暂停，补回12小时30分钟工作时间，至3月2日 16:00",
    ]


async def test_reads_and_comments_move_no_clock(year: Year) -> None:
    matter = await handling(year)
    store = year.loop.counters["dispatch"].store
    before = await store.read(f"case-{matter}")
    for when in ("02-13 10:00", "02-26 10:00", "03-01 10:00"):
        await year.clocks("dispatch", matter, when)
        await year.why("dispatch", matter, "HANDLE")
    assert await store.read(f"case-{matter}") == before


async def test_a_deadline_that_the_dispatcher_states_wins_and_says_so(year: Year) -> None:
    matter = await filed(year)
    stated = {"lead": city.URBAN.org, "handle_due_at": "2026-02-13T18:00:00+08:00"}
    await year.does("02-11 15:00", city.DISPATCHER, "dispatch", matter, stated)
    handle = (await year.clocks("dispatch", matter))["HANDLE"]
    assert (handle["label"], handle["limit"], handle["stated"]) == ("2月13日 18:00", None, True)
    why = await year.why("dispatch", matter, "HANDLE")
    assert (why["steps"], why["arithmetic"][1]) == ([], "到期时间由派遣人员指定，不按天数推算")


# the dispute


async def mediating(year: Year) -> str:
    """A dispute accepted on Saturday 24 January, so that its thirtieth day lies in the festival."""
    year.hand.at("01-23 09:00")
    answer = await year.loop.counters["mediation"].start(city.STATION, city.DISPUTE)
    matter = str(answer.json()["matter"])
    await year.does("01-24 10:00", city.COMMITTEE, "accept-mediation", matter, ACCEPTANCE)
    await year.does("01-24 11:00", city.COMMITTEE, "appoint-mediators", matter, APPOINTMENT)
    await year.does("01-26 10:00", city.MEDIATOR, "hold-session", matter, city.SESSION)
    return matter


async def test_the_thirtieth_day_in_a_holiday_rolls_to_the_day_after_it(year: Year) -> None:
    matter = await mediating(year)
    period = (await year.clocks("mediation", matter))["PERIOD"]
    assert (period["name"], period["limit_label"]) == ("调解期限", "30日（法定期间）")
    assert short(period) == ("RUNNING", "2月24日 24:00")
    why = await year.why("mediation", matter, "PERIOD")
    assert why["steps"][30]["text"] == "自然日，计为第30日"
    assert why["steps"][31]["text"] == "期间最后一日逢休息日，顺延"
    assert why["source"] == "人民调解若干规定第33条"
    assert (why["counted"], why["skipped"], len(why["steps"])) == (30, 2, 32)


async def test_appraisal_and_agreement_of_all_parties_lengthen_the_period(year: Year) -> None:
    matter = await mediating(year)
    await year.does("02-02 10:00", city.MEDIATOR, "pause-mediation", matter, APPRAISAL)
    still = (await year.clocks("mediation", matter, "02-04 10:00"))["PERIOD"]
    assert (still["state"], still["elapsed_label"]) == ("PAUSED", "8天10小时")
    await year.does("02-05 10:00", city.MEDIATOR, "resume-mediation", matter, {})
    assert short((await year.clocks("mediation", matter))["PERIOD"]) == ("RUNNING", "2月27日 24:00")
    longer = {"limit": "15sd", "consents": 2}
    await year.does("02-06 10:00", city.MEDIATOR, "extend-period", matter, longer)
    assert short((await year.clocks("mediation", matter))["PERIOD"]) == ("RUNNING", "3月16日 24:00")
    why = await year.why("mediation", matter, "PERIOD")
    assert why["extensions"] == [{"limit": "15sd", "label": "15日（法定期间）"}]
    assert why["arithmetic"][3:6] == [
        "计满30日（法定期间），至最后一日24时，即2月24日 24:00",
        "延长15日（法定期间），至3月11日 24:00",
        "2月2日 10:00至2月5日 10:00暂停，补回3天，至3月16日 24:00",
    ]


async def test_thirty_days_to_apply_run_from_the_day_the_agreement_took_effect(year: Year) -> None:
    matter = await mediating(year)
    agreement = {**city.AGREEMENT, "effective_at": "2026-02-10T10:00:00+08:00"}
    await year.does("02-12 10:00", city.MEDIATOR, "reach-agreement", matter, agreement)
    found = await year.clocks("mediation", matter)
    assert short(found["PERIOD"]) == ("STOPPED", "2月24日 24:00")
    assert short(found["CONFIRMATION"]) == ("RUNNING", "3月12日 24:00")
    assert found["CONFIRMATION"]["start"] == "2026-02-10T10:00:00+08:00"
    await year.does("02-13 10:00", city.COMMITTEE, "apply-confirmation", matter, CONFIRMATION)
    assert (await year.clocks("mediation", matter))["CONFIRMATION"]["state"] == "STOPPED"
    await year.does("02-28 10:00", city.COMMITTEE, "record-confirmation", matter, {"result": "GRANTED"})
    resolved = {"outcome": "RESOLVED", "explanation": "双方已签字确认。"}
    await year.does("03-02 10:00", city.COMMITTEE, "close-dispute", matter, resolved)
    assert (await year.loop.state("mediation", matter))["confirmation"] == "CONFIRMED"


async def test_nobody_applies_after_the_thirty_days(year: Year) -> None:
    matter = await mediating(year)
    await year.does("02-10 10:00", city.MEDIATOR, "reach-agreement", matter, city.AGREEMENT)
    year.hand.at("03-13 00:00")
    await year.loop.tick()
    answer = await year.loop.counters["mediation"].ask(
        city.COMMITTEE, "apply-confirmation", matter, CONFIRMATION
    )
    assert city.refused(answer) == (409, "mediation.time_to_apply_has_passed")
    assert (await year.clocks("mediation", matter))["CONFIRMATION"]["state"] == "BREACHED"


async def test_a_handed_over_case_keeps_the_limits_it_was_filed_under(year: Year) -> None:
    matter = await filed(year)
    explained = {"explanation": "属于邻里之间的矛盾纠纷。"}
    await year.does("02-11 14:00", city.DISPATCHER, "hand-to-mediation", matter, explained)
    [registered] = await year.loop.counters["mediation"].store.read(f"dispute-{matter}")
    assert registered.cause.policy_version == editions.EDITION
    await year.does("02-12 10:00", city.COMMITTEE, "accept-mediation", matter, ACCEPTANCE)
    period = (await year.clocks("mediation", matter))["PERIOD"]
    assert period["policy_version"] == editions.EDITION
