"""`bihuan deadletter` against a database, and the service that carries the decisions out."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli.deadletter import app
from deploy.local.problem import Problem
from libs.events.inbox import Inbox
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.schema import upgrade
from tests.conformance.arrivals import PREFIX_OF, TOPIC, Offers, effects_of, event, poison

ORIGIN = Origin("/bihuan/test/mediation", "case.mediation")


def on(dsn: str, work: Any) -> Any:
    async def done() -> Any:
        store = PostgresStore(dsn, ORIGIN)
        inbox: Inbox[Any] = Inbox(store, Offers(), PREFIX_OF)
        await inbox.claim([(TOPIC, 3)], 1)
        try:
            return await work(store, inbox)
        finally:
            await store.close()

    return asyncio.run(done())


@pytest.fixture
def blocked(database: str) -> str:
    """A database in which matter `a` waits behind a torn record."""
    asyncio.run(upgrade(database))

    async def receive(_: PostgresStore, inbox: Inbox[Any]) -> None:
        await inbox.receive([event(0, "a", 1), poison(1, "a", b"\x1b[31m torn"), event(2, "a", 3)])

    on(database, receive)
    return database


def ask(dsn: str, command: str, *arguments: str) -> str:
    result = CliRunner().invoke(app, [command, *arguments, "--stage", "mediation", "--dsn", dsn])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_parked_records_are_listed_and_shown(blocked: str) -> None:
    rows = [json.loads(line) for line in ask(blocked, "list", "--json").splitlines()]
    assert [(row["place"], row["reason"]) for row in rows] == [
        (f"{TOPIC}/3/1", "json"),
        (f"{TOPIC}/3/2", "behind"),
    ]
    assert "case.intake/3/1" in ask(blocked, "list")
    shown = ask(blocked, "show", f"{TOPIC}/3/1")
    assert "traceparent" in shown
    assert "\x1b" not in shown  # nothing a record holds reaches the terminal


def test_a_discard_is_carried_out_by_the_service_and_recorded(blocked: str) -> None:
    ask(blocked, "discard", f"{TOPIC}/3/1", "--note", "torn in transit", "--by", "li.na")

    async def go_on(store: PostgresStore, inbox: Inbox[Any]) -> list[int]:
        await inbox.replay()
        return await effects_of(store, "a")

    assert on(blocked, go_on) == [1, 3]
    decided = [json.loads(line) for line in ask(blocked, "list", "--all", "--json").splitlines()]
    assert [(row["state"], row["decided_by"], row["note"]) for row in decided] == [
        ("DISCARDED", "li.na", "torn in transit"),
        ("REPLAYED", "system", f"{TOPIC}/3/1 was discarded"),
    ]
    assert ask(blocked, "list") == "No record waits for a decision.\n"


def test_every_decision_is_announced_through_the_outbox(blocked: str) -> None:
    ask(blocked, "replay", f"{TOPIC}/3/1", "--note", "try again", "--by", "li.na")

    async def announced(store: PostgresStore, _: Inbox[Any]) -> list[Any]:
        async with store.seat() as seat:
            assert await seat.claim()
            rows = await seat.turn([], [], 100)
        return [json.loads(row.value)["data"] for row in rows if row.topic == "case.dead-letter"]

    notices = on(blocked, announced)
    assert [(notice["offset"], notice["state"]) for notice in notices] == [
        (1, "PENDING"),
        (2, "PENDING"),
        (1, "REPLAY_REQUESTED"),
    ]
    assert notices[-1]["decided_by"] == "li.na"


def test_what_is_not_parked_is_refused_in_words(blocked: str) -> None:
    ask(blocked, "discard", f"{TOPIC}/3/1", "--note", "torn")
    with pytest.raises(Problem, match="decided already"):
        ask(blocked, "discard", f"{TOPIC}/3/1", "--note", "torn")
    with pytest.raises(Problem, match="nothing was set aside"):
        ask(blocked, "show", f"{TOPIC}/3/77")
    with pytest.raises(Problem, match="is not <topic>"):
        ask(blocked, "replay", "somewhere", "--note", "x")
