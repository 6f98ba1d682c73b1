"""Intake over HTTP: from the report to the case, and every way it says no."""

import re
from datetime import timedelta
from typing import Any

import pytest

from libs.events.clock import system_clock
from libs.events.contracts.intake import ReportSubmitted
from tests.api import city


async def submitted(intake: city.Counter, **others: Any) -> str:
    answer = await intake.start(city.GRID_WORKER, {**city.REPORT, **others})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["matter"])


async def test_a_report_becomes_a_case(intake: city.Counter) -> None:
    matter = await submitted(intake)
    await intake.done(city.REVIEWER, "approve-report", matter, city.APPROVAL)
    state = await intake.done(city.REVIEWER, "file-case", matter, {"route": "DISPATCH"})
    assert state == {"lifecycle": "FILED", "outcome": "NONE", "route": "DISPATCH"}


async def test_a_submitted_report_names_its_place_and_what_may_follow(intake: city.Counter) -> None:
    answer = await intake.start(city.REVIEWER, city.REPORT)
    matter = answer.json()["matter"]
    assert answer.headers["location"] == f"/v1/reports/{matter}"
    assert answer.json()["allowed"] == ["approve-report", "decline-report"]


async def test_who_may_not_review_is_offered_nothing(intake: city.Counter) -> None:
    answer = await intake.start(city.GRID_WORKER, city.REPORT)
    assert answer.json()["allowed"] == []


async def test_the_case_number_has_county_day_and_serial(intake: city.Counter) -> None:
    numbers = []
    for _ in range(2):
        matter = await submitted(intake)
        await intake.done(city.REVIEWER, "approve-report", matter, city.APPROVAL)
        await intake.done(city.REVIEWER, "file-case", matter, {"route": "DISPATCH"})
        history = await intake.get(city.REVIEWER, f"{matter}/events")
        numbers.append(history.json()["items"][-1]["data"]["case_no"])
    days = {(system_clock() + timedelta(hours=8, minutes=back)).strftime("%Y%m%d") for back in (0, -1)}
    assert re.fullmatch(r"640202(\d{8})000001", numbers[0])
    assert numbers[0][6:14] in days
    assert int(numbers[1][-6:]) == 2


async def test_a_report_is_declined_with_a_reason(intake: city.Counter) -> None:
    matter = await submitted(intake)
    body = {"reason": "D07", "explanation": "地点位于惠农区辖区。"}
    state = await intake.done(city.REVIEWER, "decline-report", matter, body)
    assert state["lifecycle"] == "DECLINED"


async def test_free_text_is_stored_only_sealed(intake: city.Counter) -> None:
    matter = await submitted(intake, reporter="王五 13900000000")
    [event] = await intake.store.read(f"report-{matter}")
    assert isinstance(event.data, ReportSubmitted)
    stored = event.data.model_dump_json()
    assert not any(word in stored for word in ("垃圾", "幸福", "王五", "13900000000"))
    texts = await intake.get(city.REVIEWER, f"{matter}/texts?purpose=VERIFICATION")
    opened = {item["pointer"]: item["text"] for item in texts.json()["items"]}
    assert opened["/reporter"] == "王五 13900000000"
    assert opened["/description"] == city.REPORT["description"]


async def test_the_envelope_carries_the_channel_and_who_acted(intake: city.Counter) -> None:
    matter = await submitted(intake)
    [event] = await intake.store.read(f"report-{matter}")
    assert event.cause.channel == "01"
    assert event.cause.jurisdiction == "640202"
    assert (event.cause.actor.user, event.cause.actor.role) == ("grid-001", "GRD")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"attachments": []}, "intake.photo_is_missing"),
        ({"reported_at": "2999-01-01T00:00:00+08:00"}, "intake.reported_in_the_future"),
        ({"anonymous": True, "reporter": "王五"}, "intake.anonymous_reporter_is_named"),
    ],
)
async def test_a_rule_refuses_with_its_code(intake: city.Counter, change: dict[str, Any], code: str) -> None:
    answer = await intake.start(city.GRID_WORKER, {**city.REPORT, **change})
    assert city.refused(answer) == (409, code)
    assert answer.json()["title"] != code


async def test_nobody_reviews_the_own_report(intake: city.Counter) -> None:
    matter = (await intake.start(city.REVIEWER, city.REPORT)).json()["matter"]
    answer = await intake.ask(city.REVIEWER, "approve-report", matter, city.APPROVAL)
    assert city.refused(answer) == (409, "intake.reviewer_reported_it")
    assert answer.json()["allowed"] == ["approve-report", "decline-report"]


async def test_an_illegal_transition_says_what_is_possible(intake: city.Counter) -> None:
    matter = await submitted(intake)
    answer = await intake.ask(city.REVIEWER, "file-case", matter, {"route": "DISPATCH"})
    assert city.refused(answer) == (409, "illegal_transition")
    assert answer.json()["allowed"] == ["approve-report", "decline-report"]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"channel": "77"}, "/channel", "unknown_code"),
        ({"grid_code": "123"}, "/grid_code", "bad_format"),
        ({"description": "  短  文  "}, "/description", "too_short"),
        ({"description": "长" * 2001}, "/description", "too_long"),
        ({"subject": "题" * 51}, "/subject", "too_long"),
        ({"anonymous": "yes"}, "/anonymous", "wrong_type"),
        ({"reported_at": "yesterday"}, "/reported_at", "bad_format"),
        ({"reported_at": 1700000000}, "/reported_at", "wrong_type"),
        ({"attachments": [{**city.photo("BEFORE"), "path": "/etc"}]}, "/attachments/0/path", "unknown_field"),
        ({"by": "somebody-else"}, "/by", "unknown_field"),
    ],
)
async def test_a_wrong_field_is_named(
    intake: city.Counter, change: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await intake.start(city.GRID_WORKER, {**city.REPORT, **change})
    assert city.refused(answer) == (422, "fields_wrong")
    assert [(wrong["pointer"], wrong["code"]) for wrong in answer.json()["errors"]] == [(pointer, code)]


async def test_an_unknown_matter_is_404_and_leaves_nothing(intake: city.Counter) -> None:
    stranger = "0192f0aa-0000-7000-8000-00000000dead"
    answer = await intake.ask(city.REVIEWER, "file-case", stranger, {"route": "DISPATCH"})
    assert city.refused(answer) == (404, "unknown_matter")
    assert await intake.store.read(f"report-{stranger}") == []


async def test_who_has_no_role_for_it_is_not_permitted(intake: city.Counter) -> None:
    matter = await submitted(intake)
    for clerk in (city.GRID_WORKER, city.AUDITOR):
        answer = await intake.ask(clerk, "approve-report", matter, city.APPROVAL)
        assert city.refused(answer) == (403, "not_permitted")
    assert city.refused(await intake.start(city.AUDITOR, city.REPORT)) == (403, "not_permitted")
