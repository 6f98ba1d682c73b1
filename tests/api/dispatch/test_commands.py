"""Dispatch over HTTP: from the filed case to the close, and every way it says no."""

from typing import Any

import pytest

from libs.events.contracts import dispatch as facts
from libs.events.envelope import Actor, Cause
from libs.events.store import Append
from tests import scenarios as case
from tests.api import city

MATTER = str(case.MATTER)
EXPLAINED = {"explanation": "职责清单明确由该单位负责。"}
RETURN = {"reason": "B01", "legal_basis": "职责清单第十四条。", "suggested_unit": "dwk-housing"}
CLOSE = {"outcome": "O1", "check": "PASSED", "explanation": "现场核查已清理干净。"}
REOPEN = {"cause": "RECURRENCE", "explanation": "垃圾再次堆放在北门。"}


async def received(dispatch: city.Counter, channel: str = "01") -> str:
    """A case as the policy brings it in."""
    fact = case.received.model_copy(update={"channel": channel})
    cause = Cause(
        actor=Actor("system", "dwk-centre", "SYS"),
        at=case.MONDAY,
        command_id=case.MATTER,
        correlation_id=case.MATTER,
    )
    await dispatch.store.append([Append(f"case-{MATTER}", 0, (fact,), (cause,))])
    return MATTER


async def signed(dispatch: city.Counter, channel: str = "01") -> str:
    matter = await received(dispatch, channel)
    await dispatch.done(city.DISPATCHER, "dispatch", matter, {"lead": city.URBAN.org})
    await dispatch.done(city.URBAN, "sign", matter, {"person_in_charge": "urban-007"})
    return matter


async def answered(dispatch: city.Counter, channel: str = "01") -> str:
    matter = await signed(dispatch, channel)
    await dispatch.done(city.URBAN, "submit-feedback", matter, city.FEEDBACK)
    return matter


async def closed(dispatch: city.Counter, channel: str = "01") -> str:
    matter = await answered(dispatch, channel)
    await dispatch.done(city.CLOSER, "close-case", matter, CLOSE)
    return matter


async def test_a_case_is_dispatched_signed_answered_and_closed(dispatch: city.Counter) -> None:
    matter = await closed(dispatch)
    answer = await dispatch.get(city.CLOSER, matter)
    assert answer.json()["state"] == {
        "lifecycle": "CLOSED",
        "return": "NONE",
        "extension": "NONE",
        "suspension": "NONE",
        "evaluation": "PENDING",
        "lead": "dwk-urban",
        "assignment_no": 1,
        "return_no": 0,
        "reopen_no": 0,
        "hand_over_no": 0,
    }
    assert answer.json()["allowed"] == ["record-callback", "reopen"]


async def test_a_returned_case_is_dispatched_to_another_unit(dispatch: city.Counter) -> None:
    matter = await signed(dispatch)
    state = await dispatch.done(city.URBAN, "request-return", matter, RETURN)
    assert (state["lifecycle"], state["return"]) == ("HANDLING", "OPEN")
    state = await dispatch.done(city.DISPATCHER, "approve-return", matter, {"mis_sent": True})
    assert (state["lifecycle"], state["return_no"]) == ("FILED", 1)
    state = await dispatch.done(city.DISPATCHER, "dispatch", matter, {"lead": city.HOUSING.org})
    assert (state["lead"], state["assignment_no"]) == ("dwk-housing", 2)


async def test_a_third_return_is_refused_over_http(dispatch: city.Counter) -> None:
    matter = await received(dispatch)
    turns = [(city.URBAN, city.HOUSING), (city.HOUSING, city.URBAN)]
    for unit, other in turns:
        await dispatch.done(city.DISPATCHER, "dispatch", matter, {"lead": unit.org})
        await dispatch.done(unit, "request-return", matter, {**RETURN, "suggested_unit": other.org})
        await dispatch.done(city.DISPATCHER, "approve-return", matter, {"mis_sent": False})
    await dispatch.done(city.DISPATCHER, "dispatch", matter, {"lead": city.URBAN.org})
    answer = await dispatch.ask(city.URBAN, "request-return", matter, RETURN)
    assert city.refused(answer) == (409, "dispatch.returned_too_often")
    assert answer.json()["allowed"] == ["sign"]


async def test_a_rejected_return_must_be_handled(dispatch: city.Counter) -> None:
    matter = await signed(dispatch)
    await dispatch.done(city.URBAN, "request-return", matter, RETURN)
    answer = await dispatch.ask(city.URBAN, "submit-feedback", matter, city.FEEDBACK)
    assert city.refused(answer) == (409, "dispatch.return_is_open")
    await dispatch.done(city.DISPATCHER, "reject-return", matter, EXPLAINED)
    state = await dispatch.done(city.URBAN, "submit-feedback", matter, city.FEEDBACK)
    assert state["lifecycle"] == "FEEDBACK"


async def test_feedback_is_sent_back_and_given_again(dispatch: city.Counter) -> None:
    matter = await answered(dispatch)
    state = await dispatch.done(city.CLOSER, "reject-feedback", matter, EXPLAINED)
    assert state["lifecycle"] == "HANDLING"
    await dispatch.done(city.URBAN, "submit-feedback", matter, city.FEEDBACK)


async def test_a_reopened_case_closes_a_second_time(dispatch: city.Counter) -> None:
    matter = await closed(dispatch)
    state = await dispatch.done(city.SUPERVISOR, "reopen", matter, REOPEN)
    assert (state["lifecycle"], state["reopen_no"], state["assignment_no"]) == ("DISPATCHED", 1, 2)
    await dispatch.done(city.URBAN, "sign", matter, {})
    await dispatch.done(city.URBAN, "submit-feedback", matter, city.FEEDBACK)
    await dispatch.done(city.CLOSER, "close-case", matter, CLOSE)
    event = (await dispatch.store.read(f"case-{matter}"))[-1]
    assert isinstance(event.data, facts.CaseClosed)
    assert event.data.cycle == 2


async def test_the_hotline_refuses_the_close_of_its_own_order(dispatch: city.Counter) -> None:
    matter = await closed(dispatch, channel="03")
    body = {"cause": "HOTLINE_REFUSED", "explanation": "来电人表示问题未解决。"}
    assert (await dispatch.done(city.HOTLINE, "reopen", matter, body))["lifecycle"] == "DISPATCHED"


async def test_a_dispute_is_handed_to_mediation(dispatch: city.Counter) -> None:
    matter = await signed(dispatch)
    state = await dispatch.done(city.DISPATCHER, "hand-to-mediation", matter, EXPLAINED)
    assert (state["lifecycle"], state["hand_over_no"]) == ("HANDED_TO_MEDIATION", 1)


async def test_dispatching_says_which_policy_set_the_deadlines(dispatch: city.Counter) -> None:
    matter = await received(dispatch)
    body = {"lead": "dwk-urban", "handle_due_at": "2999-03-09T17:30:00+08:00"}
    await dispatch.done(city.DISPATCHER, "dispatch", matter, body)
    event = (await dispatch.store.read(f"case-{matter}"))[-1]
    assert isinstance(event.data, facts.CaseDispatched)
    assert event.data.policy_version == "none"
    assert event.data.model_dump(mode="json")["handle_due_at"] == "2999-03-09T09:30:00.000000Z"


async def test_texts_of_the_unit_are_stored_only_sealed(dispatch: city.Counter) -> None:
    matter = await answered(dispatch)
    stored = "".join(event.data.model_dump_json() for event in await dispatch.store.read(f"case-{matter}"))
    assert "清运" not in stored
    texts = (await dispatch.get(city.CLOSER, f"{matter}/texts?purpose=SUPERVISION")).json()["items"]
    assert city.FEEDBACK["measures"] in [item["text"] for item in texts]


@pytest.mark.parametrize(
    ("clerk", "command", "body", "code"),
    [
        (city.HOUSING, "request-return", {**RETURN, "suggested_unit": "dwk-urban"}, "dispatch.not_the_lead"),
        (
            city.URBAN,
            "request-return",
            {**RETURN, "suggested_unit": "dwk-urban"},
            "dispatch.suggested_unit_is_the_holder",
        ),
        (city.DISPATCHER, "approve-return", {"mis_sent": True}, "dispatch.no_return_is_open"),
        (city.HOUSING, "submit-feedback", city.FEEDBACK, "dispatch.not_the_lead"),
        (
            city.URBAN,
            "submit-feedback",
            {**city.FEEDBACK, "attachments": []},
            "dispatch.after_photo_is_missing",
        ),
        (
            city.URBAN,
            "submit-feedback",
            {**city.FEEDBACK, "contacted": True},
            "dispatch.contact_is_not_recorded",
        ),
        (city.CLOSER, "close-case", CLOSE, "illegal_transition"),
    ],
)
async def test_a_rule_refuses_with_its_code(
    dispatch: city.Counter, clerk: city.Clerk, command: str, body: dict[str, Any], code: str
) -> None:
    matter = await signed(dispatch)
    answer = await dispatch.ask(clerk, command, matter, body)
    assert city.refused(answer) == (409, code)
    assert len(await dispatch.store.read(f"case-{matter}")) == 3


async def test_handler_and_closer_are_two_people_over_http(dispatch: city.Counter) -> None:
    matter = await answered(dispatch)
    for handler in ("urban-001", "urban-007"):
        both = city.Clerk(handler, "CLS")
        answer = await dispatch.ask(both, "close-case", matter, CLOSE)
        assert city.refused(answer) == (409, "dispatch.handler_reviews_own_work")


async def test_a_deadline_lies_ahead_over_http(dispatch: city.Counter) -> None:
    matter = await received(dispatch)
    body = {"lead": "dwk-urban", "return_until": "2020-01-01T00:00:00+08:00"}
    answer = await dispatch.ask(city.DISPATCHER, "dispatch", matter, body)
    assert city.refused(answer) == (409, "dispatch.deadline_has_passed")


async def test_all_wrong_fields_are_named_at_once(dispatch: city.Counter) -> None:
    matter = await signed(dispatch)
    body = {"reason": "B99", "legal_basis": "短"}
    answer = await dispatch.ask(city.URBAN, "request-return", matter, body)
    assert city.refused(answer) == (422, "fields_wrong")
    assert {(wrong["pointer"], wrong["code"]) for wrong in answer.json()["errors"]} == {
        ("/reason", "unknown_code"),
        ("/legal_basis", "too_short"),
        ("/suggested_unit", "missing"),
    }


@pytest.mark.parametrize(
    ("clerk", "command", "body"),
    [
        (city.URBAN, "dispatch", {"lead": "dwk-urban"}),
        (city.CLOSER, "sign", {}),
        (city.URBAN, "approve-return", {"mis_sent": False}),
        (city.URBAN, "close-case", CLOSE),
        (city.URBAN, "reopen", REOPEN),
        (city.URBAN, "hand-to-mediation", EXPLAINED),
        (city.AUDITOR, "submit-feedback", city.FEEDBACK),
    ],
)
async def test_who_has_no_role_for_it_is_not_permitted(
    dispatch: city.Counter, clerk: city.Clerk, command: str, body: dict[str, Any]
) -> None:
    matter = await signed(dispatch)
    assert city.refused(await dispatch.ask(clerk, command, matter, body)) == (403, "not_permitted")


async def test_a_stale_version_is_412(dispatch: city.Counter) -> None:
    matter = await received(dispatch)
    await dispatch.done(city.DISPATCHER, "dispatch", matter, {"lead": "dwk-urban"})
    headers = {"authorization": city.URBAN.bearer(), "idempotency-key": "stale", "if-match": '"1"'}
    answer = await dispatch.http.post(f"/v1/cases/{matter}/sign", json={}, headers=headers)
    assert city.refused(answer) == (412, "stale_version")


async def test_a_call_back_is_recorded_and_asked_about_no_more(dispatch: city.Counter) -> None:
    matter = await closed(dispatch)
    body = {"result": "1", "responded": True, "solved": True, "satisfaction": "4"}
    state = await dispatch.done(city.CLOSER, "record-callback", matter, body)
    assert state["evaluation"] == "DONE"
    answer = await dispatch.get(city.CLOSER, matter)
    assert answer.json()["allowed"] == ["reopen"]


async def test_who_was_not_reached_has_no_grade_to_give(dispatch: city.Counter) -> None:
    matter = await closed(dispatch)
    answer = await dispatch.ask(city.CLOSER, "record-callback", matter, {"result": "2", "satisfaction": "5"})
    assert city.refused(answer) == (409, "dispatch.callback_answers_do_not_fit")
