"""What the store promises while PostgreSQL is frozen, restarts or is full of locks (R10, F2, F3)."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import asyncpg
import pytest

from libs.events.errors import BihuanError, ConcurrencyConflict, Unavailable, Undecodable
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.schema import upgrade
from libs.events.store import VaultKey
from tests.conformance.samples import answer, matter, offers, parked, stream
from tests.integration.store.proxy import Line, line
from tests.waiting import until

ORIGIN = Origin("/bihuan/test/mediation", "case.mediation")


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(dsn, ORIGIN)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def behind_a_line(database: str) -> AsyncIterator[tuple[PostgresStore, Line]]:
    await upgrade(database)
    async with line(database) as (through, dsn), opened(dsn) as store:
        yield store, through


async def failure_of(work: Coroutine[object, object, object]) -> tuple[type[Exception] | None, float]:
    began = time.monotonic()
    try:
        await work
    except BihuanError as failure:
        return type(failure), time.monotonic() - began
    return None, time.monotonic() - began


async def transaction(store: PostgresStore) -> None:
    async with store.begin() as tx:
        await tx.applied([stream("a")])


CALLS: dict[str, Callable[[PostgresStore], Coroutine[object, object, object]]] = {
    "read": lambda store: store.read(stream("a")),
    "append": lambda store: store.append([offers("z")]),
    "answer": lambda store: store.answer("li.na", "k1"),
    "serial": lambda store: store.serial("a"),
    "applied": lambda store: store.applied(stream("a")),
    "ping": lambda store: store.ping(),
}


async def test_a_frozen_database_is_unavailable_within_the_deadline(
    behind_a_line: tuple[PostgresStore, Line],
) -> None:
    store, through = behind_a_line
    await store.append([offers("a")])
    await asyncio.gather(*(store.ping() for _ in range(4)))
    through.freeze()
    results = await asyncio.gather(*(failure_of(call(store)) for call in CALLS.values() for _ in range(10)))
    assert {kind for kind, _ in results} == {Unavailable}
    assert max(seconds for _, seconds in results) < 6.0
    through.thaw()

    async def answers() -> bool:
        return (await failure_of(store.append([offers("b")])))[0] in {None, ConcurrencyConflict}

    await until(answers)
    assert await store.versions([stream("a"), stream("b")]) == {stream("a"): 1, stream("b"): 1}


async def test_a_frozen_transaction_ends_and_leaves_nothing(
    behind_a_line: tuple[PostgresStore, Line],
) -> None:
    store, through = behind_a_line

    async def work() -> None:
        async with store.begin() as tx:
            await tx.append([offers("a")])
            through.freeze()

    kind, seconds = await failure_of(work())
    assert kind is Unavailable
    assert seconds < 15.0
    through.thaw()
    assert await store.read(stream("a")) == []


async def test_a_restart_of_the_database_costs_an_error_and_no_connection(
    behind_a_line: tuple[PostgresStore, Line],
) -> None:
    store, through = behind_a_line
    for call in CALLS.values():
        await call(store)
    await transaction(store)
    through.cut()
    assert {(await failure_of(call(store)))[0] for call in CALLS.values()} == {Unavailable}
    assert (await failure_of(transaction(store)))[0] is Unavailable
    through.thaw()
    await store.ping()
    await store.append([offers("a")])
    await transaction(store)
    assert len(await store.read(stream("a"))) == 1


async def test_a_missing_database_is_unavailable_at_once() -> None:
    async with opened("postgresql://nobody@127.0.0.1:9/none") as store:
        kind, seconds = await failure_of(store.append([offers("a")]))
    assert kind is Unavailable
    assert seconds < 6.0


async def test_a_connection_that_is_killed_in_a_batch_rolls_the_batch_back(database: str) -> None:
    await upgrade(database)
    async with opened(database) as store:
        with pytest.raises(Unavailable):
            await killed_in_a_batch(store)
        assert await store.read(stream("a")) == []
        assert await store.applied(stream("f")) == 0
        await transaction(store)


async def killed_in_a_batch(store: PostgresStore) -> None:
    async with store.begin() as tx:
        await tx.append([offers("a")])
        await tx.advance({stream("f"): 1})
        backend = await tx.connection.fetchval("SELECT pg_backend_pid()")
        async with store.use() as other:
            await other.fetchval("SELECT pg_terminate_backend($1, 2000)", backend)


async def test_a_pool_without_a_free_connection_sends_callers_away(database: str) -> None:
    await upgrade(database)
    async with opened(database) as store, hogged(store):
        kind, seconds = await failure_of(store.ping())
        assert kind is Unavailable
        assert 1.5 < seconds < 6.0
        await store.append([offers("a")])


@asynccontextmanager
async def hogged(store: PostgresStore) -> AsyncIterator[None]:
    """Every connection for reads is taken, and so many others wait that none comes free in time."""
    taken, enough = asyncio.Event(), asyncio.Event()

    async def hog() -> None:
        while not enough.is_set():
            with suppress(Unavailable):
                async with store.use():
                    taken.set()
                    await enough.wait()

    hogs = [asyncio.create_task(hog()) for _ in range(12)]
    await taken.wait()
    try:
        yield
    finally:
        enough.set()
        await asyncio.gather(*hogs)


async def test_an_append_that_waits_for_anothers_lock_fails_alone(database: str) -> None:
    await upgrade(database)
    async with opened(database) as store, store.begin() as tx:
        await tx.append([offers("locked")])
        await tx.flush()
        work = [store.append([offers(name)]) for name in ("a", "locked", "b")]
        outcomes = await asyncio.gather(*(failure_of(each) for each in work))
        assert [kind for kind, _ in outcomes] == [None, ConcurrencyConflict, None]
        assert max(seconds for _, seconds in outcomes) < 6.0


async def test_cancelled_callers_leave_no_transaction_open(database: str) -> None:
    await upgrade(database)
    async with opened(database) as store:
        for _ in range(10):
            calls = [asyncio.create_task(call(store)) for call in CALLS.values()]
            calls.append(asyncio.create_task(transaction(store)))
            await asyncio.sleep(0)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        await store.ping()
        async with store.use() as connection:
            open_ones = await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
            )
        assert open_ones == 0


@pytest.mark.parametrize("text", ["nul \x00", "lone surrogate \ud800"], ids=["nul", "surrogate"])
async def test_text_that_postgresql_cannot_hold_is_refused_by_name(database: str, text: str) -> None:
    await upgrade(database)
    async with opened(database) as store:
        for call in (
            store.read(text),
            store.answer(text, "k"),
            store.append([offers("a")], answer(key=text)),
            store.serial(text),
            store.append([offers("a")], None, [VaultKey(matter("a"), text, b"")]),
        ):
            with pytest.raises(Undecodable):
                await call
        assert await store.read(stream("a")) == []


async def test_a_poisoned_trace_id_cannot_keep_a_record_from_being_parked(database: str) -> None:
    await upgrade(database)
    poisoned = replace(parked(1), trace_id="nul \x00", headers=(("nul \x00", b"\x00"),))
    async with opened(database) as store:
        async with store.begin() as tx:
            await tx.park([poisoned])
        (row,) = await store.parked("PENDING")
    assert row.trace_id is None
    assert row.headers == (("nul \x00", b"\x00"),)


async def test_guards_are_set_in_every_session(database: str) -> None:
    async with opened(database) as store, store.use() as connection:
        settings = {
            name: await connection.fetchval(f"SHOW {name}")
            for name in (
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
                "timezone",
            )
        }
    assert settings == {
        "statement_timeout": "5s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "10s",
        "timezone": "UTC",
    }


@pytest.mark.parametrize("change", ["DELETE FROM events", "UPDATE events SET kind = 'x'", "TRUNCATE events"])
async def test_nobody_changes_or_deletes_an_event(database: str, change: str) -> None:
    await upgrade(database)
    async with opened(database) as store:
        await store.append([offers("a")])
        async with store.use() as connection:
            with pytest.raises(asyncpg.RaiseError, match="never changed"):
                await connection.execute(change)
        assert len(await store.read(stream("a"))) == 1
