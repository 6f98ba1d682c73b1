"""Mediation over HTTP: from the registration to the close, and every way it says no."""

import re
from typing import Any

import pytest

from tests.api import city

ACCEPTANCE = {"initiated_by": "PARTY", "mediation_type": "1", "consents": 2}
APPOINTMENT = {
    "mediators": ["mediator-001"],
    "chief": "mediator-001",
    "chosen_by": "PARTIES",
    "interests_disclosed": True,
}
END = {"cause": "F05", "explanation": "双方金额分歧较大。", "other_routes_told": True}
ESCALATION = {"to_level": "STREET", "to_org": "640202001", "explanation": "社区多次联系店主未果。"}
STEPS = (
    (city.COMMITTEE, "accept-mediation", ACCEPTANCE),
    (city.COMMITTEE, "appoint-mediators", APPOINTMENT),
    (city.MEDIATOR, "hold-session", city.SESSION),
)


def close(outcome: str) -> dict[str, str]:
    return {"outcome": outcome, "explanation": "双方已签字确认。"}


async def registered(mediation: city.Counter, **others: Any) -> str:
    answer = await mediation.start(city.STATION, {**city.DISPUTE, **others})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["matter"])


async def reached(mediation: city.Counter, steps: int, **others: Any) -> str:
    """A dispute after so many of the first steps."""
    matter = await registered(mediation, **others)
    for clerk, command, body in STEPS[:steps]:
        await mediation.done(clerk, command, matter, body)
    return matter


async def test_a_dispute_is_mediated_agreed_and_resolved(mediation: city.Counter) -> None:
    matter = await reached(mediation, 3)
    await mediation.done(city.MEDIATOR, "reach-agreement", matter, city.AGREEMENT)
    state = await mediation.done(city.COMMITTEE, "close-dispute", matter, close("RESOLVED"))
    assert state == {
        "lifecycle": "CLOSED",
        "confirmation": "NONE",
        "level": "COMMUNITY",
        "org": "640202001001",
        "risk": "BLUE",
        "outcome": "RESOLVED",
        "session_no": 1,
        "hand_over_no": 0,
        "cycle": 1,
    }


async def test_a_dispute_ends_without_agreement(mediation: city.Counter) -> None:
    matter = await reached(mediation, 3)
    await mediation.done(city.MEDIATOR, "end-unsuccessful", matter, END)
    answer = await mediation.ask(city.COMMITTEE, "close-dispute", matter, close("RESOLVED"))
    assert city.refused(answer) == (409, "mediation.outcome_does_not_fit")
    state = await mediation.done(city.COMMITTEE, "close-dispute", matter, close("OTHER_ROUTE"))
    assert state["outcome"] == "OTHER_ROUTE"


async def test_a_failed_dispute_climbs_and_asks_for_consent_anew(mediation: city.Counter) -> None:
    matter = await reached(mediation, 3)
    await mediation.done(city.MEDIATOR, "end-unsuccessful", matter, END)
    state = await mediation.done(city.MEDIATOR, "escalate-dispute", matter, ESCALATION)
    assert (state["lifecycle"], state["level"], state["org"]) == ("REGISTERED", "STREET", "640202001")


async def test_acceptance_is_two_facts_of_one_moment(mediation: city.Counter) -> None:
    matter = await reached(mediation, 1)
    _, proposed, accepted = await mediation.store.read(f"dispute-{matter}")
    assert (proposed.kind, accepted.kind) == ("mediation.mediation_proposed", "mediation.mediation_accepted")
    assert proposed.cause == accepted.cause


async def test_the_dispute_number_is_told_apart_from_a_case_number(mediation: city.Counter) -> None:
    matter = await registered(mediation)
    history = (await mediation.get(city.COMMITTEE, f"{matter}/events")).json()["items"]
    assert re.fullmatch(r"M640202\d{8}000001", history[0]["data"]["dispute_no"])


async def test_parties_are_stored_only_sealed(mediation: city.Counter) -> None:
    matter = await reached(mediation, 3)
    events = await mediation.store.read(f"dispute-{matter}")
    stored = "".join(event.data.model_dump_json() for event in events)
    assert not any(word in stored for word in ("张三", "工资", "调解室"))
    texts = (await mediation.get(city.COMMITTEE, f"{matter}/texts?purpose=MEDIATION")).json()["items"]
    assert city.DISPUTE["parties"] in [item["text"] for item in texts]


@pytest.mark.parametrize(
    ("steps", "command", "body", "code"),
    [
        (0, "accept-mediation", {**ACCEPTANCE, "consents": 1}, "mediation.not_every_party_consents"),
        (0, "accept-mediation", {**ACCEPTANCE, "party_count": 1}, "mediation.party_is_missing"),
        (0, "appoint-mediators", APPOINTMENT, "illegal_transition"),
        (0, "escalate-dispute", {**ESCALATION, "to_level": "DISTRICT"}, "mediation.level_is_skipped"),
        (0, "escalate-dispute", {**ESCALATION, "to_level": "COMMUNITY"}, "mediation.not_a_higher_level"),
        (1, "appoint-mediators", {**APPOINTMENT, "chief": "other"}, "mediation.chief_is_not_appointed"),
        (
            1,
            "appoint-mediators",
            {**APPOINTMENT, "interests_disclosed": False},
            "mediation.interests_are_not_disclosed",
        ),
        (2, "hold-session", {**city.SESSION, "rights_told": False}, "mediation.rights_are_not_told"),
        (
            2,
            "hold-session",
            {**city.SESSION, "held_at": "2999-01-01T09:00:00+08:00"},
            "mediation.date_is_in_the_future",
        ),
        (3, "reach-agreement", {**city.AGREEMENT, "form": "ORAL"}, "mediation.agreement_must_be_written"),
        (3, "end-unsuccessful", {**END, "other_routes_told": False}, "mediation.other_routes_are_not_told"),
        (3, "close-dispute", close("RESOLVED"), "illegal_transition"),
    ],
)
async def test_a_rule_refuses_with_its_code(
    mediation: city.Counter, steps: int, command: str, body: dict[str, Any], code: str
) -> None:
    matter = await reached(mediation, steps)
    before = await mediation.store.read(f"dispute-{matter}")
    assert city.refused(await mediation.ask(city.COMMITTEE, command, matter, body)) == (409, code)
    assert await mediation.store.read(f"dispute-{matter}") == before


async def test_the_agreement_of_a_major_dispute_is_written_over_http(mediation: city.Counter) -> None:
    matter = await reached(mediation, 3, scale="03")
    oral = {**city.AGREEMENT, "form": "ORAL", "performed_at_once": True}
    answer = await mediation.ask(city.MEDIATOR, "reach-agreement", matter, oral)
    assert city.refused(answer) == (409, "mediation.agreement_must_be_written")
    written = {**oral, "form": "WRITTEN"}
    assert (await mediation.done(city.MEDIATOR, "reach-agreement", matter, written))["lifecycle"] == "AGREED"


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"party_count": 1}, "/party_count", "out_of_range"),
        ({"people_count": "2"}, "/people_count", "wrong_type"),
        ({"people_count": True}, "/people_count", "wrong_type"),
        ({"level": "VILLAGE"}, "/level", "unknown_code"),
        ({"origin": "HAND_OVER"}, "/origin", "unknown_code"),
        ({"hand_over_no": 7}, "/hand_over_no", "unknown_field"),
    ],
)
async def test_a_wrong_field_is_named(
    mediation: city.Counter, change: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await mediation.start(city.STATION, {**city.DISPUTE, **change})
    assert city.refused(answer) == (422, "fields_wrong")
    assert [(wrong["pointer"], wrong["code"]) for wrong in answer.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize(
    ("clerk", "command", "body"),
    [
        (city.MEDIATOR, "accept-mediation", ACCEPTANCE),
        (city.STATION, "appoint-mediators", APPOINTMENT),
        (city.STATION, "hold-session", city.SESSION),
        (city.STATION, "close-dispute", close("RESOLVED")),
        (city.AUDITOR, "escalate-dispute", ESCALATION),
    ],
)
async def test_who_has_no_role_for_it_is_not_permitted(
    mediation: city.Counter, clerk: city.Clerk, command: str, body: dict[str, Any]
) -> None:
    matter = await registered(mediation)
    assert city.refused(await mediation.ask(clerk, command, matter, body)) == (403, "not_permitted")


APPRAISAL = {"reason": "APPRAISAL", "explanation": "双方同意委托鉴定伤情。"}
CONFIRMATION = {"court": "640202-court", "joint": True, "concerns_identity": False}


@pytest.mark.parametrize("limit", ["15", "0sd", "100sd", "15weeks", "4h", "sd", " 15sd", 15])
async def test_an_extension_is_a_number_of_days(mediation: city.Counter, limit: object) -> None:
    matter = await reached(mediation, 3)
    body = {"limit": limit, "consents": 2}
    answer = await mediation.ask(city.MEDIATOR, "extend-period", matter, body)
    assert city.refused(answer) == (422, "fields_wrong")
    assert [wrong["pointer"] for wrong in answer.json()["errors"]] == ["/limit"]


async def test_mediation_pauses_goes_on_and_is_extended_without_any_edition(mediation: city.Counter) -> None:
    matter = await reached(mediation, 3)
    assert (await mediation.done(city.MEDIATOR, "pause-mediation", matter, APPRAISAL))[
        "lifecycle"
    ] == "PAUSED"
    refused = await mediation.ask(city.MEDIATOR, "reach-agreement", matter, city.AGREEMENT)
    assert (city.refused(refused), refused.json()["allowed"]) == (
        (409, "illegal_transition"),
        ["resume-mediation"],
    )
    await mediation.done(city.MEDIATOR, "resume-mediation", matter, {})
    await mediation.done(city.MEDIATOR, "extend-period", matter, {"limit": "15sd", "consents": 2})
    answer = await mediation.get(city.COMMITTEE, f"{matter}/deadlines")
    assert answer.json()["items"] == []


async def test_a_court_confirms_an_agreement(mediation: city.Counter) -> None:
    matter = await reached(mediation, 3)
    await mediation.done(city.MEDIATOR, "reach-agreement", matter, city.AGREEMENT)
    state = await mediation.done(city.COMMITTEE, "apply-confirmation", matter, CONFIRMATION)
    assert (state["lifecycle"], state["confirmation"]) == ("AGREED", "APPLIED")
    result = {"result": "GRANTED", "doc_no": "（2026）宁0202民特17号"}
    state = await mediation.done(city.COMMITTEE, "record-confirmation", matter, result)
    assert state["confirmation"] == "CONFIRMED"
    stored = "".join(
        event.data.model_dump_json() for event in await mediation.store.read(f"dispute-{matter}")
    )
    assert "民特17号" not in stored


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"joint": False}, "mediation.application_is_not_joint"),
        ({"concerns_identity": True}, "mediation.identity_is_not_confirmed"),
        ({"applied_at": "2026-01-01T09:00:00+08:00"}, "mediation.agreement_is_not_yet_effective"),
        ({"applied_at": "2999-01-01T09:00:00+08:00"}, "mediation.date_is_in_the_future"),
    ],
)
async def test_a_court_is_not_asked_against_the_law(
    mediation: city.Counter, change: dict[str, Any], code: str
) -> None:
    matter = await reached(mediation, 3)
    await mediation.done(city.MEDIATOR, "reach-agreement", matter, city.AGREEMENT)
    answer = await mediation.ask(city.COMMITTEE, "apply-confirmation", matter, {**CONFIRMATION, **change})
    assert city.refused(answer) == (409, code)


@pytest.mark.parametrize("clerk", [city.STATION, city.AUDITOR])
@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("pause-mediation", APPRAISAL),
        ("resume-mediation", {}),
        ("extend-period", {"limit": "15sd", "consents": 2}),
        ("apply-confirmation", CONFIRMATION),
        ("record-confirmation", {"result": "GRANTED"}),
    ],
)
async def test_clocks_and_courts_are_not_for_everybody(
    mediation: city.Counter, clerk: city.Clerk, command: str, body: dict[str, Any]
) -> None:
    matter = await registered(mediation)
    assert city.refused(await mediation.ask(clerk, command, matter, body)) == (403, "not_permitted")
