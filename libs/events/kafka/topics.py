"""Reading topics without a group: for a rebuild, a verification, a look."""

from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from libs.events.errors import BihuanError, Unavailable
from libs.events.kafka import raw
from libs.events.kafka.calm import finished, quieten
from libs.events.kafka.raw import Row
from libs.events.reading import Partition

PAGE = 5000
SILENCE_SECONDS = 30.0
"""Without a record for so long although the end was not reached, reading fails."""


class OffsetLost(BihuanError):
    """The topic does not hold the records asked for: truncated, deleted or created again."""


async def end_offsets(bootstrap: str, topics: Iterable[str]) -> dict[Partition, int]:
    """Where each partition of the topics ends. Raises Unavailable."""
    async with _client(bootstrap) as consumer:
        known = {topic: await consumer._client._wait_on_metadata(topic) for topic in topics}
        places = [TopicPartition(topic, number) for topic, numbers in known.items() for number in numbers]
        ends = await consumer.end_offsets(places)
    return {(place.topic, place.partition): end for place, end in ends.items()}


async def read_partition(
    bootstrap: str, topic: str, partition: int, start: int, end: int
) -> AsyncIterator[list[Row]]:
    """The records from `start` up to but without `end`, in pages. Raises OffsetLost and Unavailable.

    Nothing is committed and no group is joined, so it disturbs nobody.
    """
    if start >= end:
        return
    async with reading(bootstrap) as reader:
        async for page in reader.pages(topic, partition, start, end):
            yield page


@asynccontextmanager
async def reading(bootstrap: str) -> AsyncIterator["PartitionReader"]:
    """A reader of many partitions, one after another. Raises Unavailable."""
    async with _client(bootstrap) as consumer:
        yield PartitionReader(consumer)


@dataclass(frozen=True, slots=True)
class PartitionReader:
    """One client for all: finding the cluster costs as much as reading ten thousand records."""

    consumer: Any

    async def pages(self, topic: str, partition: int, start: int, end: int) -> AsyncIterator[list[Row]]:
        """What `read_partition` gives; one partition at a time."""
        place, reached = TopicPartition(topic, partition), start
        async with aclosing(raw.pages(self.consumer, place, start, end)) as quickly:
            async for page, behind in quickly:
                reached = behind
                if page:
                    yield page
        async for page in self._by_the_client(place, reached, end):
            yield page

    async def _by_the_client(self, place: TopicPartition, start: int, end: int) -> AsyncIterator[list[Row]]:
        """Whatever `raw` has left: nothing, or what needs the client's patience."""
        if start >= end:
            return
        consumer = self.consumer
        consumer.assign([place])
        consumer.seek(place, start)
        while start < end:
            page = await _page(consumer, place)
            start = await consumer.position(place)
            if start >= end:
                consumer.pause(place)  # a fetch at the end of the log would hold up the next partition's
            if wanted := [row for row in page if row[0] < end]:
                yield wanted


async def _page(consumer: Any, place: TopicPartition) -> list[Row]:
    try:
        found = await consumer.getmany(timeout_ms=int(SILENCE_SECONDS * 1000), max_records=PAGE)
    except OffsetOutOfRangeError as lost:
        raise OffsetLost(f"{place.topic}/{place.partition}") from lost
    if not found:
        raise Unavailable("kafka")
    return [(record.offset, record.key, record.value) for record in found[place]]


@asynccontextmanager
async def _client(bootstrap: str) -> AsyncIterator[Any]:
    quieten()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_uncommitted",
        max_partition_fetch_bytes=4 * 1024 * 1024,
        fetch_max_wait_ms=100,
    )
    try:
        await consumer.start()
        yield consumer
    except (KafkaError, OSError) as failure:
        raise Unavailable("kafka") from failure
    finally:
        await finished("reader", consumer.stop())
