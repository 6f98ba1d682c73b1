"""Ways to read a whole log, each in the process of a task."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.answers import expect
from bench.measure import Sample
from bench.stopwatch import Stopwatch
from libs.events.codec import decode, decode_fast
from libs.events.kafka import end_offsets, reading

PAGE = 5000
UPSERT = """
INSERT INTO naive (matter, stream, version, kind, actor, occurred_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (matter, stream) DO UPDATE SET version = excluded.version, kind = excluded.kind,
  actor = excluded.actor, occurred_at = excluded.occurred_at
"""
NAIVE = """
CREATE TABLE IF NOT EXISTS naive (matter uuid, stream text, version int, kind text, actor text,
  occurred_at timestamptz, PRIMARY KEY (matter, stream))
"""


def getmany(bootstrap: str, topics: list[str], events: int, *, decoded: bool = False) -> Sample:
    """`getmany()` of everything by one consumer without a group: the drain that B1 compares with."""
    return asyncio.run(_drained(bootstrap, topics, events, decode_fast if decoded else None))


async def _drained(
    bootstrap: str, topics: list[str], events: int, read: Callable[[bytes], object] | None
) -> Sample:
    consumer = await assigned(bootstrap, topics)
    seen, watch = 0, Stopwatch()
    while seen < events:
        for records in (await consumer.getmany(timeout_ms=1000, max_records=PAGE)).values():
            seen += len(records)
            if read is not None:
                for record in records:
                    read(record.value)
    sample = watch.sample(events)
    await consumer.stop()
    expect(seen, events, "records read")
    return sample


async def assigned(bootstrap: str, topics: list[str]) -> Any:
    """A consumer at the beginning of every partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    places = [TopicPartition(*place) for place in await end_offsets(bootstrap, topics)]
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    return consumer


def partitions(bootstrap: str, topics: list[str], events: int, *, decoded: bool = False) -> Sample:
    """The rebuild's own reader, a partition after the other."""
    return asyncio.run(_partitions(bootstrap, topics, events, decode_fast if decoded else None))


async def _partitions(
    bootstrap: str, topics: list[str], events: int, read: Callable[[bytes], object] | None
) -> Sample:
    ends = await end_offsets(bootstrap, topics)
    seen, watch = 0, Stopwatch()
    async with reading(bootstrap) as reader:
        for (topic, number), end in ends.items():
            async for page in reader.pages(topic, number, 0, end):
                seen += len(page)
                if read is not None:
                    for _, _, value in page:
                        read(value or b"")
    sample = watch.sample(events)
    expect(seen, events, "records read")
    return sample


def naive(bootstrap: str, topics: list[str], events: int, dsn: str) -> Sample:
    """The projector most people write first: async for, pydantic, one upsert per event."""
    return asyncio.run(_naive(bootstrap, topics, events, dsn))


async def _naive(bootstrap: str, topics: list[str], events: int, dsn: str) -> Sample:
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"DROP TABLE IF EXISTS naive; {NAIVE}")
    consumer = await assigned(bootstrap, topics)
    watch = Stopwatch()
    async for record in _first(consumer, events):
        it = decode(record.value)
        row = (it.matter, it.stream, it.version, it.kind, it.cause.actor.user, it.cause.at)
        await connection.execute(UPSERT, *row)
    sample = watch.sample(events)
    await consumer.stop()
    expect(await connection.fetchval("SELECT sum(version) FROM naive"), events, "events applied")
    await connection.close()
    return sample


async def _first(consumer: Any, events: int) -> AsyncIterator[Any]:
    seen = 0
    async for record in consumer:
        yield record
        seen += 1
        if seen == events:
            return
