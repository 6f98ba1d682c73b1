"""Two safeguards of the consumer, each with the accident that it prevents (see `tests/mutations`)."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from libs.events.background import Fatal
from libs.events.inbox import Inbox
from libs.events.kafka import ConsumerLoop, Producer
from libs.events.memory import MemoryStore
from libs.events.reading import Partition, Record
from tests.conformance.arrivals import Offers, effects_of
from tests.conftest import TopicFactory
from tests.integration.kafka.traffic import group, loop_on, outgoing, reach, running
from tests.waiting import until

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


async def test_a_member_whose_name_was_taken_during_a_rebalance_gives_way(
    kafka_bootstrap: str, topics: TopicFactory, producer: Producer
) -> None:
    """It learns so from the refusal of its join. Beginning anew would throw the other one out (F7)."""
    topic, store = topics("doubled", 2), MemoryStore()
    await producer.publish([outgoing(topic, name, 1) for name in NAMES])
    named = group(kafka_bootstrap, topic, "metrics-0")
    held, free = (Holding(Inbox(store, Offers(), dict.fromkeys(named.topics, "report"))) for _ in range(2))
    free.open.set()
    older, newer = ConsumerLoop(named, held), ConsumerLoop(named, free)
    task = asyncio.create_task(older.run())
    await held.full.wait()
    async with running(loop_on(group(kafka_bootstrap, topic), store)):
        await until(partial(revoked, older), seconds=20.0)  # by that one's coming; but a batch is at hand
        async with running(newer):
            await until(partial(replaced, kafka_bootstrap, older), seconds=20.0)
            held.open.set()
            with pytest.raises(Fatal, match="another process is metrics-0"):
                await asyncio.wait_for(task, 30.0)
            await until(partial(claimed, free), seconds=20.0)
            await reach(store, NAMES, [1], seconds=20.0)


async def revoked(loop: ConsumerLoop) -> bool:
    return loop._session is not None and loop._session.membership.assigned is None


async def replaced(bootstrap: str, loop: ConsumerLoop) -> bool:
    """Whether the broker has another member under the name of this one."""
    assert loop._session is not None
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([loop._group.name])
    finally:
        await admin.close()
    members = {member[0] for found in answer.groups for member in found[5]}
    return bool(members) and loop._session.consumer._coordinator.member_id not in members
