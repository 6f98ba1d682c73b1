"""Whole answers of the broker as rows, for reading a log from end to end.

The client makes an object of eleven fields of every record, of which a reader needs three; that was half of
a reader's time. Here the client's connection brings the bytes, and its C code checks and unpacks them.

This leans on the insides of the client, whose version is pinned. Where they look otherwise, and where
anything happens but records arriving (an error, a wrong checksum, silence), it ends, and whoever reads goes
on from there by the client's ordinary means, with its retries and its words.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from operator import attrgetter
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError, LeaderNotAvailableError

try:
    from aiokafka.protocol.fetch import FetchRequest
    from aiokafka.record.memory_records import MemoryRecords
except ImportError:  # a client with other insides
    FetchRequest = MemoryRecords = None

log = structlog.get_logger("kafka")

Row = tuple[int, bytes | None, bytes | None]
"""Offset, key, value."""

PAGE_BYTES = 1024 * 1024
"""As they lie in the log, compressed: some thousand records."""
WAIT_MS = 100
PATIENCE = 5.0
"""Seconds without an answer after which the client is left to wait for it."""
UPDATES = 3
"""Of what is known of the cluster; one that is under way may have been asked for before the topic was."""
_ROW = attrgetter("offset", "key", "value")
_UNUSUAL = (KafkaError, OSError, AttributeError, TypeError, LookupError, ValueError)


async def pages(
    consumer: Any, place: TopicPartition, start: int, end: int
) -> AsyncGenerator[tuple[list[Row], int], None]:
    """The records from `start` up to but without `end`, each page with the offset behind it.

    Raises nothing: where it ends before `end`, something was unusual. While a page is worked on, the next
    one is on its way.
    """
    if start >= end:
        return
    ahead = asyncio.create_task(_fetched(consumer, place, start))
    try:
        while start < end and (batches := await ahead):
            first, start = start, batches[-1].next_offset
            if start < end:
                ahead = asyncio.create_task(_fetched(consumer, place, start))
                await asyncio.sleep(0)  # so that it is sent now and not when this page is done with
            yield rows(batches, first, end), start
    except _UNUSUAL as unusual:
        _give_up(unusual)
    finally:
        ahead.cancel()


async def _fetched(consumer: Any, place: TopicPartition, start: int) -> Sequence[Any]:
    """The batches of one answer; none where something is unusual, of which the client then tells more."""
    try:
        asked = [(place.topic, [(place.partition, start, PAGE_BYTES)])]
        request = FetchRequest(WAIT_MS, 1, PAGE_BYTES, 0, asked)
        async with asyncio.timeout(PATIENCE):
            answer = await consumer._client.send(await _leader(consumer._client, place), request)
        [[_, [[partition, error, *_, records]]]] = answer.topics
        if (partition, error) != (place.partition, 0):
            return []
        memory, batches = MemoryRecords(records), []
        while memory.has_next():
            batches.append(memory.next_batch())
    except _UNUSUAL as unusual:
        _give_up(unusual)
        return []
    return batches


async def _leader(client: Any, place: TopicPartition) -> int:
    for _ in range(UPDATES):
        leader: int | None = client.cluster.leader_for_partition(place)
        if leader is not None and leader >= 0:
            return leader
        client.add_topic(place.topic)
        await client.force_metadata_update()
    raise LeaderNotAvailableError(place)


def rows(batches: Iterable[Any], first: int, end: int) -> list[Row]:
    """What these batches hold from `first` up to but without `end`. Raises CorruptRecordException."""
    found: list[Row] = []
    for batch in batches:
        if not batch.validate_crc():
            raise CorruptRecordException("checksum")
        if not batch.is_control_batch:
            found += map(_ROW, batch)
    # An answer begins with the whole batch in which `first` lies, and may go beyond `end`.
    if found and (found[0][0] < first or found[-1][0] >= end):
        return [row for row in found if first <= row[0] < end]
    return found


def _give_up(unusual: BaseException) -> None:
    log.info("raw.given_up", why=type(unusual).__name__)
