"""The relay on PostgreSQL: what is committed is published, in the order of each stream (R1, R3)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from libs.events.codec import decode
from libs.events.envelope import Envelope
from libs.events.errors import BihuanError, Unavailable
from libs.events.outbox import Relay
from libs.events.postgres import PostgresStore
from libs.events.postgres.seat import PostgresSeat
from libs.events.recording import Origin
from libs.events.schema import upgrade
from libs.events.store import OutboxRecord
from tests.conformance.samples import offers, parked, stream
from tests.integration.store.proxy import line
from tests.waiting import until

ORIGIN = Origin("/bihuan/test/mediation", "case.mediation")


class Topic:
    """What was published, in order; `before` may interfere with each batch."""

    def __init__(self) -> None:
        self.records: list[OutboxRecord] = []
        self.before: Callable[[], Awaitable[None]] | None = None

    async def publish(self, records: Sequence[OutboxRecord]) -> None:
        if self.before:
            await self.before()
        self.records += records

    def events(self) -> list[Envelope]:
        return [decode(record.value) for record in self.records]

    def firsts(self) -> list[tuple[str, int]]:
        """Stream and version of every event when it first appeared: what consumers apply."""
        return list(dict.fromkeys((event.stream, event.version) for event in self.events()))


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    await upgrade(database)
    store = PostgresStore(database, ORIGIN)
    yield store
    await store.close()


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        relay.stop()
        async with asyncio.timeout(10):
            await task


def holds(topic: Topic, count: int) -> Callable[[], Awaitable[bool]]:
    async def enough() -> bool:
        return len(topic.firsts()) >= count

    return enough


def forgotten(store: PostgresStore) -> Callable[[], Awaitable[bool]]:
    """A row is published first and forgotten in the relay's next turn, never the other way round."""

    async def none_left() -> bool:
        return await rows_left(store) == 0

    return none_left


def leads(relay: Relay) -> Callable[[], Awaitable[bool]]:
    async def leading() -> bool:
        return relay.leading

    return leading


async def rows_left(store: PostgresStore) -> int:
    async with store.use() as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM outbox")
    return count


async def late_row(store: PostgresStore, relay_once: Callable[[], Awaitable[object]]) -> None:
    """A transaction takes its position first and commits last; the relay looks in between and after."""
    async with store.begin() as tx:
        await tx.append([offers("late")])
        await tx.flush()
        await store.append([offers("early")])
        await relay_once()
    await relay_once()


async def test_a_row_that_becomes_visible_late_is_still_published(store: PostgresStore) -> None:
    topic = Topic()
    await late_row(store, Relay(store, topic.publish).relay_once)
    assert [event.stream for event in topic.events()] == [stream("early"), stream("late")]
    early, late = topic.records
    assert late.position < early.position
    assert await rows_left(store) == 0


async def test_a_cursor_would_lose_the_late_row(store: PostgresStore) -> None:
    """The mutation check of reliability 1.3: this is the relay we do not have, and it fails."""
    topic, seen = Topic(), [0]

    async def relay_by_cursor() -> None:
        async with store.seat() as seat:
            rows = [row for row in await seat.turn([], [], 100) if row.position > seen[0]]
            await topic.publish(rows)
            seen[0] = max([row.position for row in rows], default=seen[0])

    await late_row(store, relay_by_cursor)
    assert [event.stream for event in topic.events()] == [stream("early")]


async def test_a_crash_between_publish_and_forget_publishes_the_same_event_twice(
    store: PostgresStore,
) -> None:
    topic, published = Topic(), asyncio.Event()
    await store.append([offers("a")])

    async def publish_and_hang(records: Sequence[OutboxRecord]) -> None:
        await topic.publish(records)
        published.set()
        await asyncio.Event().wait()

    dying = asyncio.create_task(Relay(store, publish_and_hang).run())
    await published.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await Relay(store, topic.publish).relay_once() == 1
    first, second = topic.records
    assert (first.value, first.key) == (second.value, second.key)
    assert topic.events()[0].id == topic.events()[1].id
    assert await rows_left(store) == 0


async def test_a_relay_whose_session_is_killed_gives_the_lead_to_another(store: PostgresStore) -> None:
    async with store.seat() as stale:
        assert await stale.claim()
        async with store.seat() as fresh:
            assert not await fresh.claim()
            await kill_relays(store, keep=fresh)
            await until(fresh.claim)
            await store.append([offers("a")])
            assert len(await fresh.turn([], [], 10)) == 1
            with pytest.raises(Unavailable):
                await stale.turn([1], [], 10)
    assert await rows_left(store) == 1


async def kill_relays(store: PostgresStore, keep: PostgresSeat | None = None) -> None:
    pid = await keep.connection.fetchval("SELECT pg_backend_pid()") if keep else 0
    async with store.use() as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name IN ('bihuan-relay', 'bihuan-batches') AND pid <> $1",
            pid,
        )


async def test_two_relays_share_the_work_by_turns_and_lose_nothing(store: PostgresStore) -> None:
    topic = Topic()
    relays = [Relay(store, topic.publish), Relay(store, topic.publish)]
    async with AsyncExitStack() as stack:
        for relay in relays:
            await stack.enter_async_context(running(relay))
        for version in range(10):
            await store.append([offers("a", version)])
            await until(holds(topic, version + 1))
            if version in {3, 6}:
                await kill_relays(store)
    assert topic.firsts() == [(stream("a"), version) for version in range(1, 11)]
    assert not any(relay.leading for relay in relays)


async def test_a_backlog_of_thousands_drains_in_order_and_is_forgotten(store: PostgresStore) -> None:
    topic = Topic()
    relay = Relay(store, topic.publish, limit=200)
    for version in range(0, 20, 4):
        await store.append([offers(n, version, count=4) for n in range(60)])
    async with running(relay):
        await until(holds(topic, 1200))
        await until(forgotten(store))
    assert len(topic.records) == 1200
    versions = {n: [e.version for e in topic.events() if e.stream == stream(n)] for n in (0, 30, 59)}
    assert set(map(tuple, versions.values())) == {tuple(range(1, 21))}


async def test_a_relay_survives_the_absence_of_the_database(database: str) -> None:
    await upgrade(database)
    topic = Topic()
    async with line(database) as (through, dsn):
        direct, proxied = PostgresStore(database, ORIGIN), PostgresStore(dsn, ORIGIN)
        relay = Relay(proxied, topic.publish)
        async with running(relay):
            await until(leads(relay))
            through.cut()
            await direct.append([offers("a")])
            assert not topic.records
            through.thaw()
            await until(holds(topic, 1))
            through.freeze()
            await direct.append([offers("b")])
            await asyncio.sleep(0)
            through.thaw()
            await until(holds(topic, 2))
        await direct.close()
        await proxied.close()


async def test_dead_letter_notices_go_to_their_own_topic(store: PostgresStore) -> None:
    topic = Topic()
    async with store.begin() as tx:
        await tx.park([parked(4)])
        await tx.append([offers("a")])
    assert await Relay(store, topic.publish).relay_once() == 2
    assert {record.topic for record in topic.records} == {"case.dead-letter", "case.mediation"}


async def test_nothing_is_lost_or_out_of_order_under_writers_rollbacks_kills_and_dying_relays(
    store: PostgresStore,
) -> None:
    """The stress test of reliability 1.3 in small: sixteen writers, and somebody always dies."""
    topic = Topic()
    finished = asyncio.Event()
    deaths = asyncio.create_task(relays_that_die(store, topic, finished))
    await asyncio.gather(*(writer(store, number) for number in range(16)))
    async with store.use() as connection:
        stored = await connection.fetch("SELECT stream, version FROM events ORDER BY stream, version")
    await until(holds(topic, len(stored)), seconds=60)
    finished.set()
    assert await deaths > 3
    assert sorted(topic.firsts()) == [(row["stream"], row["version"]) for row in stored]
    for number in range(16):
        mine = [version for name, version in topic.firsts() if name == stream(number)]
        assert mine == list(range(1, len(mine) + 1))
    assert len(stored) >= 16 * 40


async def writer(store: PostgresStore, number: int) -> None:
    """Single appends, slow transactions that hold their positions, rollbacks and conflicts, in turn."""
    for turn in range(80):
        head = (await store.versions([stream(number)])).get(stream(number), 0)
        try:
            if (turn + number) % 3:
                await store.append([offers(number, head)])
            else:
                await slow_transaction(store, number, head, fails=turn % 2 == 0)
        except (BihuanError, LookupError):
            continue


async def slow_transaction(store: PostgresStore, number: int, head: int, *, fails: bool) -> None:
    async with store.begin() as tx:
        await tx.append([offers(number, head)])
        await tx.flush()
        await store.versions([stream(n) for n in range(16)])  # others commit meanwhile
        if fails:
            raise LookupError


async def relays_that_die(store: PostgresStore, topic: Topic, finished: asyncio.Event) -> int:
    """Each relay gets some way, then is cancelled in mid-work or loses its session, until all is done."""
    deaths = 0
    while not finished.is_set():
        before = len(topic.records)
        relay = asyncio.create_task(Relay(store, topic.publish, limit=7).run())

        async def has_lived(before: int = before) -> bool:
            return finished.is_set() or len(topic.records) > before + 50

        await until(has_lived, seconds=60)
        if deaths % 2:
            await kill_relays(store)
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
        deaths += 1
    return deaths
