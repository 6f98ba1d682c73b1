"""Group commit and idempotency under real concurrency."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from libs.events.errors import ConcurrencyConflict
from libs.events.execute import Request, Terms, execute
from libs.events.execute_rows import Row, execute_rows
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.schema import upgrade
from libs.events.store import Answer
from tests.conformance.samples import Offer, answer, cause, offers, sample, stream

ORIGIN = Origin("/bihuan/test/mediation", "case.mediation")
REQUEST = Request("li.na", "k1", "Offer", b"\x01" * 32)


def respond(stream: str, version: int, state: tuple[str, ...], created: object) -> Answer:
    return answer(body=f"{version} {len(state)} {created}".encode())


TERMS: Terms[tuple[str, ...]] = {"request": REQUEST, "respond": respond, "must_exist": False}


@pytest.fixture
async def replicas(database: str) -> AsyncIterator[tuple[PostgresStore, PostgresStore]]:
    """Two processes of one stage, as far as the database can tell."""
    await upgrade(database)
    first, second = PostgresStore(database, ORIGIN), PostgresStore(database, ORIGIN)
    yield first, second
    await first.close()
    await second.close()


Replicas = tuple[PostgresStore, PostgresStore]


async def test_concurrent_appends_share_transactions_and_a_conflict_fails_alone(replicas: Replicas) -> None:
    store, _ = replicas
    await store.append([offers(70)])
    work = [store.append([offers(n)]) for n in range(140)]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    assert [n for n, failure in enumerate(outcomes) if failure] == [70]
    assert isinstance(outcomes[70], ConcurrencyConflict)
    async with store.use() as connection:
        events = await connection.fetchval("SELECT count(*) FROM events")
        commits = await connection.fetchval("SELECT count(DISTINCT xmin::text) FROM events")
    assert events == 140
    assert commits < 30


async def test_two_processes_that_append_to_the_same_streams_never_tear_an_append(replicas: Replicas) -> None:
    names = [stream(n) for n in range(20)]
    for version in range(5):
        orders = (range(20), reversed(range(20)))
        work = [
            store.append([offers(n, version) for n in order])
            for store, order in zip(replicas, orders, strict=True)
        ]
        outcomes = await asyncio.gather(*work, return_exceptions=True)
        assert [type(failure) for failure in outcomes if failure] == [ConcurrencyConflict]
        assert await replicas[0].versions(names) == dict.fromkeys(names, version + 1)


async def test_fifty_equal_requests_to_two_processes_make_one_fact_and_one_answer(replicas: Replicas) -> None:
    outcomes = await asyncio.gather(
        *(execute(replicas[n % 2], sample, stream("a"), Offer("x"), cause(), **TERMS) for n in range(50))
    )
    fresh = [outcome for outcome in outcomes if outcome.replayed is None]
    assert [outcome.version for outcome in fresh] == [1]
    assert {outcome.replayed.body for outcome in outcomes if outcome.replayed} == {b"1 1 True"}
    assert len(await replicas[0].read(stream("a"))) == 1


async def test_fifty_equal_requests_for_new_matters_keep_one_of_them(replicas: Replicas) -> None:
    outcomes = await asyncio.gather(
        *(execute(replicas[n % 2], sample, stream(n), Offer("x"), cause(), **TERMS) for n in range(50))
    )
    assert sum(outcome.replayed is None for outcome in outcomes) == 1
    assert len(await replicas[0].versions([stream(n) for n in range(50)])) == 1


async def test_every_accepted_command_of_a_crowd_is_stored(replicas: Replicas) -> None:
    work = (
        execute(replicas[n % 2], sample, stream("a"), Offer(f"u{n}"), cause(), must_exist=False)
        for n in range(12)
    )
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    accepted = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    stored = await replicas[0].read(stream("a"))
    assert len(accepted) == len(stored) == 3
    assert sorted(outcome.version for outcome in accepted) == [1, 2, 3]


async def test_five_hundred_rows_go_in_at_once_and_again_as_already(replicas: Replicas) -> None:
    rows = [Row(stream(n), ((Offer("x"), cause()), (Offer("y"), cause()))) for n in range(500)]
    first = await execute_rows(replicas[0], sample, rows)
    again = await execute_rows(replicas[1], sample, rows)
    assert {(row.status, row.events) for row in first.results} == {("IMPORTED", 2)}
    assert {(row.status, row.events) for row in again.results} == {("ALREADY", 0)}
    async with replicas[0].use() as connection:
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 1000


async def test_old_answers_are_forgotten_and_young_ones_kept(replicas: Replicas) -> None:
    store, _ = replicas
    await store.append([], answer(key="old"))
    await store.append([], answer(key="young"))
    async with store.use() as connection:
        await connection.execute(
            "UPDATE idempotency SET created_at = now() - interval '8 days' WHERE key = 'old'"
        )
    async with store.seat() as seat:
        await seat.tidy()
    assert await store.answer("li.na", "old") is None
    assert await store.answer("li.na", "young") is not None
