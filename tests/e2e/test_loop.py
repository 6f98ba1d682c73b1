"""One matter from the grid worker to the figures, over HTTP, through four processes."""

import secrets
from typing import Any

from deploy.demo.client import Client
from deploy.demo.live import (
    DISPATCH,
    INTAKE,
    MEDIATION,
    METRICS,
    Story,
    handed_over,
    ordinary,
    reopened,
    returned,
)
from libs.events.clock import system_clock
from tests.e2e.installation import CAST, PLAN, Installation

ORDINARY = [
    "intake.report_submitted", "intake.report_approved", "intake.case_filed", "dispatch.case_received",
    "dispatch.case_dispatched", "intake.dispatch_noted", "dispatch.assignment_signed",
    "dispatch.feedback_submitted", "dispatch.case_closed", "intake.outcome_recorded",
]  # fmt: skip


def traceparent() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def story(client: Client) -> Story:
    return Story(client, CAST, PLAN.live, system_clock)


async def whole(client: Client, told: Story) -> dict[str, Any]:
    """The matter as metrics shows it once it has applied everything, intake's own end included."""
    answer: dict[str, Any] = await client.read(
        METRICS, f"/v1/matters/{told.matter}", CAST.dispatcher, after=list(told.positions.values())
    )
    return answer


async def answered(client: Client, told: Story) -> None:
    """Wait until intake has heard how the matter ended, and note its newest position."""
    path = f"/v1/reports/{told.matter}"
    heard = [told.positions[stage] for stage in (DISPATCH, MEDIATION) if stage in told.positions]
    await client.read(INTAKE, path, CAST.reviewer, after=heard)
    told.positions[INTAKE] = await client.position(INTAKE, path, CAST.reviewer)


async def timeline(client: Client, told: Story) -> list[dict[str, Any]]:
    await answered(client, told)
    path = f"/v1/matters/{told.matter}/timeline"
    answer = await client.read(METRICS, path, CAST.dispatcher, after=list(told.positions.values()))
    items: list[dict[str, Any]] = answer["items"]
    return items


async def test_a_case_goes_through_four_services_under_one_trace(city: Installation) -> None:
    trace = traceparent()
    async with city.client(trace) as client:
        told = story(client)
        await ordinary(told)
        events = await timeline(client, told)
        found = await whole(client, told)
    assert sorted(event["kind"] for event in events) == sorted(ORDINARY)
    assert {event["trace_id"] for event in events} == {trace.split("-")[1]}
    assert (found["status"], found["stage"]) == ("CLOSED", "dispatch")
    assert found["trace_id"] == trace.split("-")[1]


async def test_a_case_that_was_returned_twice_is_closed_by_the_third_dispatch(city: Installation) -> None:
    async with city.client() as client:
        told = story(client)
        await told.file()
        await told.arrive(DISPATCH, INTAKE)
        for _ in range(2):
            await told.dispatch(told.live.other_unit)
            await told.come_back()
        await told.dispatch(told.live.unit)
        await told.handle()
        found = await whole(client, told)
    assert (found["status"], found["return_no"], found["org"]) == ("CLOSED", 2, PLAN.live.unit)


async def test_a_reopened_case_is_open_again_until_it_is_closed_again(city: Installation) -> None:
    async with city.client() as client:
        told = story(client)
        await reopened(told)
        events = [event["kind"] for event in await timeline(client, told)]
        found = await whole(client, told)
    assert (found["status"], found["reopen_no"]) == ("CLOSED", 1)
    assert events.count("dispatch.case_closed") == 2
    assert events.count("intake.outcome_recorded") == 2
    assert events.count("intake.outcome_withdrawn") == 1


async def test_a_case_handed_to_mediation_ends_with_an_agreement_there(city: Installation) -> None:
    async with city.client() as client:
        told = story(client)
        await handed_over(told)
        found = await whole(client, told)
    assert found["stage"] == "mediation"
    assert set(found["streams"]) == {f"{prefix}-{told.matter}" for prefix in ("report", "case", "dispute")}


async def test_a_dispute_without_agreement_comes_back_and_is_handled(city: Installation) -> None:
    trace = traceparent()
    async with city.client(trace) as client:
        told = story(client)
        await told.file()
        await told.arrive(DISPATCH, INTAKE)
        await told.dispatch(told.live.unit)
        await fail_to_mediate(told)
        await told.arrive(DISPATCH, MEDIATION)
        await told.dispatch(told.live.unit)
        await told.handle()
        events = await timeline(client, told)
        found = await whole(client, told)
    kinds = [event["kind"] for event in events]
    assert kinds.count("dispatch.case_handed_to_mediation") == kinds.count("dispatch.case_handed_back") == 1
    assert {event["trace_id"] for event in events} == {trace.split("-")[1]}
    assert (found["status"], found["stage"]) == ("CLOSED", "dispatch")


async def fail_to_mediate(told: Story) -> None:
    texts = told.live.texts
    await told.step(DISPATCH, "hand-to-mediation", CAST.dispatcher, explanation=texts.hand_over)
    await told.arrive(MEDIATION, DISPATCH)
    accepted = {"initiated_by": "PARTY", "mediation_type": "1", "consents": 2}
    await told.step(MEDIATION, "accept-mediation", CAST.committee, **accepted)
    chosen = {"mediators": [CAST.mediator], "chief": CAST.mediator, "chosen_by": "PARTIES"}
    await told.step(MEDIATION, "appoint-mediators", CAST.committee, **chosen, interests_disclosed=True)
    held = {"mode": "ONSITE", "attendees": 3, "record": texts.record, "rights_told": True}
    await told.step(MEDIATION, "hold-session", CAST.mediator, **held)
    failed = {"cause": "F05", "explanation": texts.record, "other_routes_told": True}
    await told.step(MEDIATION, "end-unsuccessful", CAST.mediator, **failed)
    closing = {"outcome": "UNRESOLVED", "explanation": texts.record}
    await told.step(MEDIATION, "close-dispute", CAST.committee, **closing)


async def test_every_live_case_moves_the_figures_by_itself(city: Installation) -> None:
    async with city.client() as client:
        before = await closing_rate(client, [])
        stories = [story(client) for _ in range(3)]
        for told, plot in zip(stories, (ordinary, returned, reopened), strict=True):
            await plot(told)
        after = await closing_rate(client, [p for told in stories for p in told.positions.values()][:8])
    assert (after["numerator"], after["denominator"]) == (before["numerator"] + 3, before["denominator"] + 3)


async def closing_rate(client: Client, after: list[str]) -> dict[str, Any]:
    counter = "indicators-001"
    answer: dict[str, Any] = await client.read(METRICS, "/v1/indicators/CLOSE_RATE", counter, after=after)
    return answer
