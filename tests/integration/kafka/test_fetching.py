"""Incremental fetches against a real broker."""

from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from libs.events.kafka.fetching import FetchingClient, fetch_incrementally
from libs.events.kafka.producer import Producer
from libs.events.store import OutboxRecord

PARTITIONS = 12


async def produced(bootstrap: str, topic: str, numbers: range) -> None:
    producer = Producer(bootstrap)
    await producer.publish([OutboxRecord(n, topic, b"key %d" % (n % 40), b"%d" % n) for n in numbers])
    await producer.stop()


async def taken(consumer: Any, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        for batch in (await consumer.getmany(timeout_ms=2000)).values():
            found += [int(record.value) for record in batch]
    return sorted(found)


async def test_a_session_brings_what_comes_goes_back_and_begins_again(
    kafka_bootstrap: str, topics: Callable[..., str]
) -> None:
    topic = topics("fetching", partitions=PARTITIONS)
    places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        fetch_incrementally(consumer)
        consumer.assign(places)
        for first in range(0, 300, 30):
            await produced(kafka_bootstrap, topic, range(first, first + 30))
            assert await taken(consumer, 30) == list(range(first, first + 30))
        client: FetchingClient = consumer._fetcher._client
        (session,) = client._sessions.values() or (await _answered(consumer, client),)
        assert session.id > 0
        assert session.epoch > 5
        consumer.pause(places[0])
        await consumer.seek_to_beginning()
        consumer.resume(places[0])
        assert await taken(consumer, 300) == list(range(300))
        session.id += 1  # as if the broker had forgotten us
        await produced(kafka_bootstrap, topic, range(300, 330))
        assert await taken(consumer, 30) == list(range(300, 330))
    finally:
        await consumer.stop()


async def _answered(consumer: Any, client: FetchingClient) -> Any:
    """The session between two fetches: it is away while an answer is."""
    while not client._sessions:
        await consumer.getmany(timeout_ms=5)
    return next(iter(client._sessions.values()))
