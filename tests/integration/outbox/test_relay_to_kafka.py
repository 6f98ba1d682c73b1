"""From a committed append to the bytes on the topic, with the real broker."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from libs.events.codec import decode, encode
from libs.events.envelope import Envelope
from libs.events.kafka import Producer, end_offsets, read_partition
from libs.events.outbox import Relay
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.schema import upgrade
from libs.events.store import OutboxRecord
from tests.conformance.samples import matter, offers, parked, stream
from tests.conftest import TopicFactory
from tests.waiting import until

Setting = tuple[PostgresStore, Producer, str, str]


@pytest.fixture
async def setting(database: str, kafka_bootstrap: str, topics: TopicFactory) -> AsyncIterator[Setting]:
    topic, dead = topics("case.mediation", 4), topics("case.dead-letter")
    await upgrade(database)
    store = PostgresStore(database, Origin("/bihuan/test/mediation", topic, dead))
    producer = Producer(kafka_bootstrap)
    await producer.start()
    yield store, producer, topic, dead
    await producer.stop()
    await store.close()


async def on_topic(bootstrap: str, topic: str) -> list[tuple[bytes, bytes]]:
    """Key and value of every record, partition by partition."""
    return [
        (key, value)
        for (name, partition), end in (await end_offsets(bootstrap, [topic])).items()
        async for page in read_partition(bootstrap, name, partition, 0, end)
        for _, key, value in page
        if key is not None and value is not None
    ]


async def empty(store: PostgresStore) -> bool:
    async with store.use() as connection:
        return not await connection.fetchval("SELECT count(*) FROM outbox")


def of(events: Sequence[Envelope], name: int) -> list[int]:
    return [event.version for event in events if event.stream == stream(name)]


async def test_what_is_stored_is_on_the_topic_byte_for_byte_and_in_order(
    setting: Setting, kafka_bootstrap: str
) -> None:
    store, producer, topic, dead = setting
    relay = Relay(store, producer.publish, limit=500)
    store.on_commit = relay.wake
    running = asyncio.create_task(relay.run())
    for version in range(0, 10, 2):
        await store.append([offers(n, version, count=2) for n in range(150)])
    async with store.begin() as tx:
        await tx.park([parked(4)])
    await until(lambda: empty(store), seconds=20)
    relay.stop()
    await running
    records = await on_topic(kafka_bootstrap, topic)
    events = [decode(value) for _, value in records]
    assert len(records) == 1500
    assert all(of(events, n) == list(range(1, 11)) for n in range(150))
    assert {key for key, _ in records} == {str(matter(n)).encode() for n in range(150)}
    stored = [encode(event) for event in await store.read(stream(7))]
    assert [value for key, value in records if key == str(matter(7)).encode()] == stored
    assert len(await on_topic(kafka_bootstrap, dead)) == 1


async def test_a_relay_killed_after_the_acknowledgement_sends_the_same_bytes_twice(
    setting: Setting, kafka_bootstrap: str
) -> None:
    store, producer, topic, _ = setting
    acknowledged = asyncio.Event()

    async def publish_and_hang(records: Sequence[OutboxRecord]) -> None:
        await producer.publish(records)
        acknowledged.set()
        await asyncio.Event().wait()

    await store.append([offers(1, count=3)])
    dying = asyncio.create_task(Relay(store, publish_and_hang).run())
    await acknowledged.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await Relay(store, producer.publish).relay_once() == 3
    values = [value for _, value in await on_topic(kafka_bootstrap, topic)]
    assert of([decode(value) for value in values], 1) == [1, 2, 3, 1, 2, 3]
    assert len(set(values)) == 3
    assert await empty(store)
