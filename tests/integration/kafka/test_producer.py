"""Publishing: acknowledged, in order per stream, on the partition every client would choose."""

import asyncio
import time

import pytest
from aiokafka.partitioner import DefaultPartitioner

from deploy.local import ports
from libs.events.errors import Unavailable
from libs.events.kafka import OffsetLost, Producer, end_offsets, read_partition
from libs.events.store import OutboxRecord
from tests.conftest import TopicFactory
from tests.integration.kafka.traffic import outgoing


async def everything(bootstrap: str, topic: str) -> dict[int, list[tuple[int, bytes | None, bytes | None]]]:
    ends = await end_offsets(bootstrap, [topic])
    return {
        partition: [row async for page in read_partition(bootstrap, topic, partition, 0, end) for row in page]
        for (_, partition), end in ends.items()
    }


async def test_records_are_acknowledged_in_order_on_the_usual_partition(
    kafka_bootstrap: str, topics: TopicFactory
) -> None:
    topic = topics("produced", 3)
    records = [outgoing(topic, name, version) for version in range(1, 51) for name in "abcdefgh"]
    producer = Producer(kafka_bootstrap)
    await producer.publish(records)
    await producer.publish([outgoing(topic, "a", 51)])
    await producer.stop()
    found = await everything(kafka_bootstrap, topic)
    usual = DefaultPartitioner()
    for partition, rows in found.items():
        sent = [r.value for r in records if usual(r.key, [0, 1, 2], [0, 1, 2]) == partition]
        assert [value for _, _, value in rows][: len(sent)] == sent
    assert sum(map(len, found.values())) == len(records) + 1


async def test_headers_travel(kafka_bootstrap: str, topics: TopicFactory) -> None:
    topic = topics("headers")
    record = OutboxRecord(1, topic, b"k", b"v", (("traceparent", b"00-1"),))
    producer = Producer(kafka_bootstrap)
    await producer.publish([record])
    await producer.stop()
    assert await everything(kafka_bootstrap, topic) == {0: [(0, b"k", b"v")]}


async def test_without_a_broker_publishing_fails_soon_and_says_so() -> None:
    producer = Producer(f"127.0.0.1:{ports.free()}")
    began = time.monotonic()
    with pytest.raises(Unavailable, match="kafka"):
        await producer.publish([outgoing("case.intake", "a", 1)])
    assert time.monotonic() - began < 3
    await producer.stop()


async def test_a_topic_that_does_not_exist_fails_within_the_patience(kafka_bootstrap: str) -> None:
    producer = Producer(kafka_bootstrap, patience=2.0)
    with pytest.raises(Unavailable):
        await producer.publish([outgoing("no-such-topic", "a", 1)])
    await producer.stop()


async def test_publishing_that_is_cancelled_leaves_the_producer_usable(
    kafka_bootstrap: str, topics: TopicFactory
) -> None:
    topic = topics("cancelled")
    producer = Producer(kafka_bootstrap)
    task = asyncio.create_task(producer.publish([outgoing(topic, "a", 1)]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await producer.publish([outgoing(topic, "a", 1)])
    await producer.stop()
    assert len((await everything(kafka_bootstrap, topic))[0]) >= 1


async def test_reading_from_behind_the_end_is_an_error(kafka_bootstrap: str, topics: TopicFactory) -> None:
    topic = topics("short")
    with pytest.raises(OffsetLost):
        async for _ in read_partition(kafka_bootstrap, topic, 0, 5, 9):
            pass
