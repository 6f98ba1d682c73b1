"""Ways to read a whole log, each in the process of a task."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.answers import expect
from bench.measure import Sample
from bench.stopwatch import Stopwatch
from libs.events.codec import decode_fast
from libs.events.kafka import end_offsets, reading

PAGE = 5000


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
