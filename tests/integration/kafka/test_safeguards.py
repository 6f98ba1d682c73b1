"""Two safeguards of the consumer, each with the accident that it prevents (see `tests/mutations`)."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from libs.events.inbox import Inbox
from libs.events.kafka import ConsumerLoop, Producer
from libs.events.memory import MemoryStore
from libs.events.reading import Partition, Record
from tests.conformance.arrivals import Offers, effects_of
from tests.conformance.samples import until
from tests.conftest import TopicFactory
from tests.integration.kafka.traffic import group, loop_on, outgoing, reach, running

NAMES = [f"matter-{number}" for number in range(20)]


@pytest.fixture
async def producer(kafka_bootstrap: str) -> AsyncIterator[Producer]:
    producer = Producer(kafka_bootstrap)
    yield producer
    await producer.stop()


async def test_the_stored_offset_is_believed_and_not_the_groups(
    kafka_bootstrap: str, topics: TopicFactory, producer: Producer
) -> None:
    """The group was told of records whose effects never committed: a restored database, or another tool."""
    topic, store = topics("believed"), MemoryStore()
    await producer.publish([outgoing(topic, name, 1) for name in NAMES])
    told = group(kafka_bootstrap, topic)
    client = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap, group_id=told.name, enable_auto_commit=False)
    await client.start()
    client.assign([TopicPartition(topic, 0)])
    await client.commit({TopicPartition(topic, 0): 15})
    await client.stop()
    async with running(loop_on(told, store)):
        await reach(store, NAMES, [1], seconds=20.0)


class Holding:
    """An inbox whose batches wait at the door until they are let in."""

    def __init__(self, inbox: Inbox[Any]) -> None:
        self.inbox = inbox
        self.full, self.open = asyncio.Event(), asyncio.Event()
        self.claims = 0

    async def claim(self, partitions: Iterable[Partition], generation: int) -> Mapping[Partition, int]:
        claimed = await self.inbox.claim(partitions, generation)
        self.claims += bool(claimed)
        return claimed

    async def receive(self, batch: Sequence[Record]) -> None:
        self.full.set()
        await self.open.wait()
        await self.inbox.receive(batch)

    async def replay(self) -> int:
        return await self.inbox.replay()


async def test_nobody_takes_a_partition_over_while_its_batch_is_at_hand(
    kafka_bootstrap: str, topics: TopicFactory, producer: Producer
) -> None:
    topic, store = topics("drained", 2), MemoryStore()
    await producer.publish([outgoing(topic, name, 1) for name in NAMES])
    member = group(kafka_bootstrap, topic)
    prefix_of = dict.fromkeys(member.topics, "report")
    first, second = (Holding(Inbox(store, Offers(), prefix_of)) for _ in range(2))
    second.open.set()
    leaving, coming = ConsumerLoop(member, first), ConsumerLoop(member, second)
    async with running(leaving):
        await first.full.wait()
        async with running(coming):
            with suppress(TimeoutError):
                await until(lambda: claimed(second), seconds=6.0)
            taken_over = bool(second.claims)
            first.open.set()
            await reach(store, NAMES, [1], seconds=20.0)
    assert not taken_over
    assert all([await effects_of(store, name) == [1] for name in NAMES])


async def claimed(holding: Holding) -> bool:
    return holding.claims > 0
