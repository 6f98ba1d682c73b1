"""Reading a small topic of one partition whole, and going on reading it, without a group."""

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from libs.events.errors import Unavailable
from libs.events.feed import Tailed
from libs.events.kafka.calm import finished, quieten

PAGE = 500
LONGEST_WAIT = 2.0
"""Seconds that a quiet broker holds a request back; the price of idling is one request in so long."""


async def tail(bootstrap: str, topic: str, start: int) -> AsyncIterator[Tailed]:
    """The records from `start` on, without end; an answer also where there are none, so that this is known.

    Where the log holds `start` no more (it was created again) from its first record. Raises Unavailable.
    """
    quieten()
    place = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=int(LONGEST_WAIT * 1000),
        max_partition_fetch_bytes=4 * 1024 * 1024,
        retry_backoff_ms=500,
    )
    try:
        await consumer.start()
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        first = (await consumer.beginning_offsets([place]))[place]
        following = start if first <= start <= end else first
        consumer.seek(place, following)
        yield Tailed((), following, end)
        while True:
            found = await consumer.getmany(timeout_ms=int(LONGEST_WAIT * 1000), max_records=PAGE)
            records = [record for batch in found.values() for record in batch]
            following = await consumer.position(place)
            if records or following >= end:
                yield Tailed([record.value or b"" for record in records], following, end)
    except OffsetOutOfRangeError as lost:
        raise Unavailable("kafka") from lost
    except (KafkaError, OSError) as failure:
        raise Unavailable("kafka") from failure
    finally:
        await finished("tail", consumer.stop())
