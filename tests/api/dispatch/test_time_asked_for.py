"""More time and a pause over HTTP, on a clock and reference data of the test's own."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from libs.events.envelope import Actor, Cause
from libs.events.execute import execute
from libs.events.store import Append
from libs.events.timing import Tick
from services.dispatch.app import stage
from tests import scenarios as case
from tests.api import city
from tests.unit.timing.editions import usual
from tests.unit.timing.story import at

MONDAY, DUE = at("03-02 10:00"), at("03-10 00:00")
MATTER = str(case.MATTER)
ASKED = {"limit": "3wd", "explanation": "施工单位周五才能进场。"}
PAUSE = {"reason": "H01", "resume_at": "2026-03-16T08:30:00+08:00", "explanation": "土地封冻，开春后施工。"}
LEADER = city.Clerk("leader-001", "LDR")


class Hand:
    """The hand of the clock: a test moves it."""

    def __init__(self) -> None:
        self.at = MONDAY

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
async def handled(tmp_path: Path) -> AsyncIterator[tuple[city.Counter, Hand]]:
    """A case that is being handled since Monday morning, due five working days later."""
    hand, library = Hand(), usual()
    async with city.counter(stage, tmp_path, clock=hand, library=library) as counter:
        fact = case.received.model_copy(update={"category": "2.OTHER", "urgency": "1"})
        cause = Cause(Actor("system", "dwk-centre", "SYS"), MONDAY, case.MATTER, case.MATTER)
        await counter.store.append([Append(f"case-{MATTER}", 0, (fact,), (cause,))])
        await counter.done(city.DISPATCHER, "dispatch", MATTER, {"lead": city.URBAN.org})
        await counter.done(city.URBAN, "sign", MATTER, {"person_in_charge": "urban-007"})
        yield counter, hand


async def due(counter: city.Counter) -> datetime:
    answer = await counter.get(city.DISPATCHER, f"{MATTER}/deadlines")
    items: list[dict[str, Any]] = answer.json()["items"]
    (found,) = [item["due"] for item in items if item["clock"] == "HANDLE"]
    return datetime.fromisoformat(found)


async def test_time_is_asked_for_and_granted(handled: tuple[city.Counter, Hand]) -> None:
    counter, _ = handled
    assert await due(counter) == DUE
    state = await counter.done(city.URBAN, "request-extension", MATTER, ASKED)
    assert (state["extension"], await due(counter)) == ("OPEN", DUE)
    state = await counter.done(city.DISPATCHER, "approve-extension", MATTER, {"limit": "2wd"})
    assert (state["extension"], await due(counter)) == ("NONE", at("03-12 00:00"))
    await counter.done(city.URBAN, "request-extension", MATTER, ASKED)
    answer = await counter.ask(city.DISPATCHER, "approve-extension", MATTER, {})
    assert city.refused(answer) == (409, "dispatch.leader_decides")
    await counter.done(LEADER, "approve-extension", MATTER, {})
    assert await due(counter) == at("03-17 00:00")


async def test_a_unit_does_not_grant_its_own_request(handled: tuple[city.Counter, Hand]) -> None:
    counter, _ = handled
    await counter.done(city.URBAN, "request-extension", MATTER, ASKED)
    answer = await counter.ask(city.URBAN, "approve-extension", MATTER, {})
    assert city.refused(answer) == (403, "not_permitted")
    state = await counter.done(city.DISPATCHER, "reject-extension", MATTER, {"explanation": "请按期办结。"})
    assert (state["extension"], await due(counter)) == ("NONE", DUE)


@pytest.mark.parametrize("limit", ["3", "0wd", "3 wd", "3weeks"])
async def test_a_limit_in_an_unknown_unit_is_named(handled: tuple[city.Counter, Hand], limit: str) -> None:
    counter, _ = handled
    answer = await counter.ask(city.URBAN, "request-extension", MATTER, ASKED | {"limit": limit})
    assert city.refused(answer) == (422, "fields_wrong")
    assert "limit" in answer.text


async def test_a_suspended_case_goes_on_by_itself(handled: tuple[city.Counter, Hand]) -> None:
    counter, hand = handled
    await counter.done(city.URBAN, "request-suspension", MATTER, PAUSE)
    state = await counter.done(city.DISPATCHER, "suspend", MATTER, {})
    assert state["suspension"] == "SUSPENDED"
    answer = await counter.ask(city.URBAN, "submit-feedback", MATTER, city.FEEDBACK)
    assert city.refused(answer) == (409, "dispatch.case_is_suspended")
    hand.at = at("03-16 08:31")
    assert await resumed(counter, hand.at) == "NONE"
    assert await due(counter) > DUE


async def resumed(counter: city.Counter, now: datetime) -> str:
    """What the timers do when the planned date has come."""
    cause = Cause(Actor("system", "dwk-centre", "SYS"), now, case.MATTER, case.MATTER)
    await execute(counter.store, stage.decider, f"case-{MATTER}", Tick("HANDLE"), cause, library=usual())
    found = await counter.get(city.DISPATCHER, MATTER)
    return str(found.json()["state"]["suspension"])


async def test_a_case_is_resumed_by_hand_and_a_refusal_leaves_it_running(
    handled: tuple[city.Counter, Hand],
) -> None:
    counter, hand = handled
    await counter.done(city.URBAN, "request-suspension", MATTER, PAUSE)
    await counter.done(city.DISPATCHER, "reject-suspension", MATTER, {"explanation": "室内作业可以继续。"})
    await counter.done(city.URBAN, "request-suspension", MATTER, PAUSE)
    await counter.done(LEADER, "suspend", MATTER, {})
    hand.at = at("03-03 10:00")
    state = await counter.done(city.DISPATCHER, "resume", MATTER, {})
    assert (state["suspension"], await due(counter)) == ("NONE", at("03-10 10:00"))


@pytest.mark.parametrize("limit", ["3", "0wd", "1000wd", "99999wd", "3weeks"])
async def test_time_that_no_calendar_holds_is_not_asked_for(
    handled: tuple[city.Counter, Hand], limit: str
) -> None:
    counter, _ = handled
    answer = await counter.ask(city.URBAN, "request-extension", MATTER, {**ASKED, "limit": limit})
    assert city.refused(answer) == (422, "fields_wrong")
    assert [wrong["pointer"] for wrong in answer.json()["errors"]] == ["/limit"]
