"""The three stages react to each other's facts, in process: no broker, no server, the same bytes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api import city
from tests.api.loop.stages import Loop, standing

RETURN = {"reason": "B01", "legal_basis": "职责清单第十四条。", "suggested_unit": "dwk-housing"}
CLOSE = {"outcome": "O1", "check": "PASSED", "explanation": "现场核查已清理干净。"}
EXPLAINED = {"explanation": "属于邻里之间的矛盾纠纷。"}
UNABLE = {"cause": "F05", "explanation": "双方金额分歧较大。", "other_routes_told": True}


@pytest.fixture
async def loop(tmp_path: Path) -> AsyncIterator[Loop]:
    async with standing(tmp_path) as loop:
        yield loop


async def filed(loop: Loop, route: str = "DISPATCH") -> str:
    matter: str = (await loop.counters["intake"].start(city.GRID_WORKER, city.REPORT)).json()["matter"]
    await loop.does("intake", city.REVIEWER, "approve-report", matter, city.APPROVAL)
    await loop.does("intake", city.REVIEWER, "file-case", matter, {"route": route})
    return matter


async def closed(loop: Loop, matter: str, lead: city.Clerk = city.URBAN) -> None:
    await loop.does("dispatch", city.DISPATCHER, "dispatch", matter, {"lead": lead.org})
    await handled(loop, matter, lead)


async def handled(loop: Loop, matter: str, lead: city.Clerk) -> None:
    await loop.does("dispatch", lead, "sign", matter, {})
    await loop.does("dispatch", lead, "submit-feedback", matter, city.FEEDBACK)
    await loop.does("dispatch", city.CLOSER, "close-case", matter, CLOSE)


async def failed(loop: Loop, matter: str) -> None:
    """Mediation of the matter, from acceptance to a close without effect."""
    accept = {"initiated_by": "COMMITTEE", "mediation_type": "1", "consents": 2}
    appoint = {"mediators": ["m-1"], "chief": "m-1", "chosen_by": "COMMITTEE", "interests_disclosed": True}
    await loop.does("mediation", city.COMMITTEE, "accept-mediation", matter, accept)
    await loop.does("mediation", city.COMMITTEE, "appoint-mediators", matter, appoint)
    await loop.does("mediation", city.MEDIATOR, "hold-session", matter, city.SESSION)
    await loop.does("mediation", city.MEDIATOR, "end-unsuccessful", matter, UNABLE)
    body = {"outcome": "UNRESOLVED", "explanation": "双方未能达成一致意见。"}
    await loop.does("mediation", city.COMMITTEE, "close-dispute", matter, body)


async def test_a_filed_report_is_a_case_and_its_close_an_outcome(loop: Loop) -> None:
    matter = await filed(loop)
    await loop.settle()
    await closed(loop, matter)
    await loop.settle()
    assert (await loop.state("dispatch", matter))["lifecycle"] == "CLOSED"
    assert (await loop.state("intake", matter))["outcome"] == "RECORDED"


async def test_a_reopened_case_has_no_outcome_until_it_closes_again(loop: Loop) -> None:
    matter = await filed(loop)
    await loop.settle()
    await closed(loop, matter)
    again = {"cause": "RECURRENCE", "explanation": "垃圾再次堆放在北门。"}
    await loop.does("dispatch", city.SUPERVISOR, "reopen", matter, again)
    await loop.settle()
    assert (await loop.state("intake", matter))["outcome"] == "WITHDRAWN"
    await handled(loop, matter, city.URBAN)
    await loop.settle()
    assert (await loop.state("intake", matter))["outcome"] == "RECORDED"


async def test_a_case_goes_to_mediation_and_comes_back_twice(loop: Loop) -> None:
    matter = await filed(loop)
    await loop.settle()
    for number in (1, 2):
        await loop.does("dispatch", city.DISPATCHER, "hand-to-mediation", matter, EXPLAINED)
        await loop.settle()
        assert (await loop.state("mediation", matter))["hand_over_no"] == number
        await failed(loop, matter)
        await loop.settle()
        assert (await loop.state("dispatch", matter))["lifecycle"] == "FILED"
        assert (await loop.state("intake", matter))["outcome"] == "WITHDRAWN"
    await closed(loop, matter)
    await loop.settle()
    assert (await loop.state("intake", matter))["outcome"] == "RECORDED"


async def test_a_report_filed_to_mediation_is_a_dispute_and_no_case(loop: Loop) -> None:
    matter = await filed(loop, route="MEDIATION")
    await loop.settle()
    assert (await loop.state("mediation", matter))["lifecycle"] == "REGISTERED"
    missing = await loop.counters["dispatch"].get(city.DISPATCHER, matter)
    assert city.refused(missing) == (404, "unknown_matter")
    await failed(loop, matter)
    await loop.settle()
    assert (await loop.state("intake", matter))["outcome"] == "RECORDED"


async def test_records_delivered_three_times_have_one_effect(loop: Loop) -> None:
    matter = await filed(loop)
    await loop.settle(times=3)
    await loop.does("dispatch", city.DISPATCHER, "hand-to-mediation", matter, EXPLAINED)
    await loop.settle(times=3)
    await failed(loop, matter)
    await loop.settle(times=3)
    kinds = [event.kind for event in await loop.counters["dispatch"].store.read(f"case-{matter}")]
    assert kinds == [
        "dispatch.case_received",
        "dispatch.case_handed_to_mediation",
        "dispatch.case_handed_back",
    ]
    registered = await loop.counters["mediation"].store.read(f"dispute-{matter}")
    assert [event.kind for event in registered].count("mediation.dispute_registered") == 1


async def test_one_chain_runs_through_all_stages(loop: Loop) -> None:
    matter = await filed(loop)
    [*_, source] = await loop.counters["intake"].store.read(f"report-{matter}")
    await loop.settle()
    [received] = await loop.counters["dispatch"].store.read(f"case-{matter}")
    assert received.cause.traceparent == source.cause.traceparent
    assert received.cause.correlation_id == source.cause.correlation_id
    assert received.cause.command_id == source.id
    assert received.cause.at == source.cause.at
