"""The consumer loop on a real broker: once, in order, whatever arrives (reliability R2, R3, R6, R7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from libs.events.background import Fatal
from libs.events.codec import encode
from libs.events.errors import Unavailable
from libs.events.kafka import ConsumerLoop, Producer
from libs.events.memory import MemoryStore
from libs.events.store import Consumed
from tests.conformance.arrivals import Offers, effects_of, envelope, key
from tests.conftest import TopicFactory
from tests.integration.kafka.traffic import group, loop_on, outgoing, reach, running, send_raw
from tests.waiting import until

NAMES = [f"matter-{number}" for number in range(40)]


@pytest.fixture
async def producer(kafka_bootstrap: str) -> AsyncIterator[Producer]:
    producer = Producer(kafka_bootstrap)
    yield producer
    await producer.stop()


async def holds(condition: Any) -> None:
    async def asked() -> bool:
        return bool(condition())

    await until(asked, 15.0)


async def test_a_new_group_begins_at_the_beginning_and_a_restart_goes_on_where_it_was(
    kafka_bootstrap: str, topics: TopicFactory, producer: Producer
) -> None:
    topic, store = topics("begin", 3), MemoryStore()
    await producer.publish([outgoing(topic, name, 1) for name in NAMES])
    async with running(loop_on(group(kafka_bootstrap, topic), store)):
        await reach(store, NAMES, [1])
    await producer.publish([outgoing(topic, name, 2) for name in NAMES])
    loop = loop_on(group(kafka_bootstrap, topic), store)
    async with running(loop):
        await reach(store, NAMES, [1, 2])
        await holds(lambda: loop.ready)
        assert {lag.records for lag in loop.lag().values()} == {0}
        assert len(loop.lag()) == 3
    assert await store.parked("PENDING") == []


async def test_duplicates_of_every_record_change_nothing(
    kafka_bootstrap: str, topics: TopicFactory, producer: Producer
) -> None:
    """F9."""
    topic, store = topics("thrice", 2), MemoryStore()
    async with running(loop_on(group(kafka_bootstrap, topic), store)):
        for version in (1, 2, 3):
            await producer.publish([outgoing(topic, name, version) for name in NAMES for _ in range(3)])
        await producer.publish([outgoing(topic, name, v) for v in (1, 2, 3, 4) for name in NAMES])
        await reach(store, NAMES, [1, 2, 3, 4])
    assert await store.parked("PENDING") == []


async def test_members_that_come_and_go_lose_and_repeat_no_effect(
    kafka_bootstrap: str, topics: TopicFactory, producer: Producer
) -> None:
    """F7, R7: the second member joins under load, shares the partitions, and leaves again."""
    topic, store = topics("shared", 6), MemoryStore()
    first, second = (loop_on(group(kafka_bootstrap, topic), store) for _ in range(2))
    versions = 12

    async def publish() -> None:
        for version in range(1, versions + 1):
            await producer.publish([outgoing(topic, name, version) for name in NAMES])
            await until_applied(store, version - 2)

    async with running(first):
        load = asyncio.create_task(publish())
        await holds(lambda: len(first.lag()) == 6)
        async with running(second):
            await holds(lambda: len(first.lag()) == len(second.lag()) == 3)
        await holds(lambda: len(first.lag()) == 6)
        await load
        await reach(store, NAMES, list(range(1, versions + 1)))
    assert await store.parked("PENDING") == []


async def until_applied(store: MemoryStore, version: int) -> None:
    async def applied() -> bool:
        return len(await effects_of(store, NAMES[0])) >= version

    await until(applied, 15.0)


async def test_malformed_records_are_parked_and_the_rest_goes_on(
    kafka_bootstrap: str, topics: TopicFactory, producer: Producer
) -> None:
    """F11: whatever somebody puts on a topic. Every stream but the poisoned ones is complete."""
    topic, store = topics("poison", 1, max_message_bytes="7000000"), MemoryStore()
    sound = encode(envelope("odd", 1))
    corpus: list[bytes | None] = [
        b"",
        None,
        b"{",
        b"\xff\xfe\x00",
        b'"\\ud800"',
        b"[" * 100_000,
        b"x" * 5_000_000,
        sound.replace(b'"cycle":1', b'"cycle":NaN'),
        sound.replace(b'"cycle":1', b'"cycle":"1"'),
        sound.replace(b'"cycle":1', b'"cycle":1,"note":"\\u0000"'),
        sound.replace(b"withdrawn.1.json", b"withdrawn.7.json"),
        sound.replace(b'"specversion":"1.0"', b'"specversion":"9"'),
        sound.replace(b"DISPATCH", b"NOWHERE"),
    ]
    poison = [(topic, key(f"bad-{number}"), value) for number, value in enumerate(corpus)]
    loose = [(topic, None, sound), (topic, b"\xff", sound), (topic, key("other"), sound)]
    good = [(topic, key(name), encode(envelope(name, v))) for v in (1, 2) for name in ("a", "b")]
    async with running(loop_on(group(kafka_bootstrap, topic), store)):
        await send_raw(kafka_bootstrap, [*good[:2], *poison, *loose, *good[2:]])
        await reach(store, ["a", "b"], [1, 2])
    parked = await store.parked("PENDING")
    assert [row.record for row in parked] == [value or b"" for _, _, value in [*poison, *loose]]
    assert [row.reason for row in parked[-3:]] == ["misplaced"] * 3
    assert parked[10].reason == "unknown_kind"


class Absent(MemoryStore):
    """A database that is away for a while."""

    away = True

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        if self.away:
            raise Unavailable("database")
        async with super().begin() as tx:
            yield tx


async def test_while_the_database_is_away_nothing_is_skipped_or_parked(
    kafka_bootstrap: str, topics: TopicFactory, producer: Producer
) -> None:
    topic, store = topics("absent", 2), Absent()
    loop = loop_on(group(kafka_bootstrap, topic), store)
    async with running(loop):
        await producer.publish([outgoing(topic, name, 1) for name in NAMES])
        await holds(lambda: loop._session and loop._session.resting == "database")
        assert not loop.ready
        store.away = False
        await reach(store, NAMES, [1])
        store.away = True
        await producer.publish([outgoing(topic, name, 2) for name in NAMES])
        await holds(lambda: loop._session and loop._session.resting == "database")
        store.away = False
        await reach(store, NAMES, [1, 2])
        await holds(lambda: loop.ready)
    assert await store.parked("PENDING") == []


async def test_an_offset_out_of_range_stops_the_partition_instead_of_skipping(
    kafka_bootstrap: str, topics: TopicFactory, producer: Producer
) -> None:
    topic, store = topics("lost"), MemoryStore()
    await producer.publish([outgoing(topic, "a", 1)])
    async with store.begin() as tx:
        _, token = await tx.claim(topic, 0, 1)
        await tx.move([Consumed(topic, 0, 0, 900, token)])
    loop = loop_on(group(kafka_bootstrap, topic), store)
    async with running(loop):
        await holds(lambda: "offset_out_of_range" in (loop.problem() or ""))
    assert await effects_of(store, "a") == []


async def test_an_unknown_kind_stops_a_partition_of_metrics_loudly(
    kafka_bootstrap: str, topics: TopicFactory
) -> None:
    topic, store = topics("unknown"), MemoryStore()
    blessed = encode(envelope("a", 2)).replace(b"outcome_withdrawn", b"outcome_blessed")
    records = [(topic, key("a"), encode(envelope("a", 1))), (topic, key("a"), blessed)]
    loop = loop_on(group(kafka_bootstrap, topic), store, Offers(unknown="stop"))
    async with running(loop):
        await send_raw(kafka_bootstrap, records)
        await holds(lambda: loop.problem() == f"halted: unknown_kind at {topic}/0")
        assert await effects_of(store, "a") == [1]


async def test_of_two_processes_with_one_name_exactly_one_survives(
    kafka_bootstrap: str, topics: TopicFactory, producer: Producer
) -> None:
    topic, store = topics("named", 2), MemoryStore()
    older, newer = (loop_on(group(kafka_bootstrap, topic, "stage-0"), store) for _ in range(2))
    async with running(older) as (older_task,):
        await holds(lambda: older.ready)
        settle(older)
        async with running(newer) as (newer_task,):
            await asyncio.wait({older_task}, timeout=15.0)
            assert isinstance(older_task.exception(), Fatal)
            await producer.publish([outgoing(topic, name, 1) for name in NAMES])
            await reach(store, NAMES, [1])
            await holds(lambda: newer.ready)
            assert not newer_task.done()


def settle(loop: ConsumerLoop) -> None:
    """As if the member had been well for a while: its start is no excuse for losing its place."""
    assert loop._session is not None
    loop._session.membership._troubled -= 60.0
