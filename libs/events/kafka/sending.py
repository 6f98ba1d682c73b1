"""Batches to the broker in one step: by the connection of the client's producer, under its producer id.

aiokafka's own sender hands a batch on through four tasks until it is written, and its answer through five.
Every time the event loop turns, and in a service that answers commands a turn may be a command: half of a
publication was waiting for turns. Here nothing waits but for the broker.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import DuplicateSequenceNumber, NoError, for_code
from aiokafka.protocol.produce import ProduceRequest

ALL_REPLICAS = -1
PAUSE = 0.1
"""Seconds before a batch is sent again that a broker refused for the moment, or that has no leader."""
DOUBTS = 5
"""How often in a row a partition may be without a leader before its absence is somebody's outage."""

Bytes = Mapping[TopicPartition, Any]
"""A finished batch per partition."""


async def send(producer: Any, batches: Mapping[TopicPartition, Any]) -> None:
    """One batch per partition; returns when all replicas have all of them. Raises KafkaError and OSError.

    What a broker refuses for the moment (a leader that moves, a topic it does not know yet) is sent again as
    it was, so that it is in the log once; how long, is for the caller to bound. After anything else the
    producer must be replaced, because its numbers are used up.
    """
    waiting: Bytes = {place: _built(producer, place, batch) for place, batch in batches.items()}
    while waiting:
        refused = await _sent(producer, waiting)
        waiting = {place: waiting[place] for place in refused}
        if waiting:
            await _news(producer.client)


def _built(producer: Any, place: TopicPartition, batch: Any) -> Any:
    """With the number by which the broker knows a batch that comes twice."""
    numbers = producer._txn_manager
    batch._set_producer_state(numbers.producer_id, numbers.producer_epoch, numbers.sequence_number(place))
    numbers.increment_sequence_number(place, batch.record_count())
    return batch._build()


async def _sent(producer: Any, batches: Bytes) -> list[TopicPartition]:
    """Which of them were refused for the moment. Raises what is no refusal for the moment."""
    requests = await _by_leader(producer.client, batches)
    if len(requests) == 1:
        [(node, places)] = requests.items()
        return await _answered(producer, node, places)
    answers = await asyncio.gather(*(_answered(producer, *each) for each in requests.items()))
    return [place for refused in answers for place in refused]


async def _by_leader(client: Any, batches: Bytes) -> Mapping[int, Bytes]:
    """Raises ConnectionError."""
    for _ in range(DOUBTS):
        leaders = {place: client.cluster.leader_for_partition(place) for place in batches}
        if not {None, -1} & set(leaders.values()):
            found: dict[int, dict[TopicPartition, Any]] = defaultdict(dict)
            for place, leader in leaders.items():
                found[leader][place] = batches[place]
            return found
        await _news(client)
    raise ConnectionError("a partition has no leader")


async def _news(client: Any) -> None:
    """Ask who leads, but not all the time: that is the metadata storm."""
    await asyncio.sleep(PAUSE)
    await client.force_metadata_update()


async def _answered(producer: Any, node: int, batches: Bytes) -> list[TopicPartition]:
    topics: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    for place, content in batches.items():
        topics[place.topic].append((place.partition, content))
    request = ProduceRequest(
        transactional_id=None,
        required_acks=ALL_REPLICAS,
        timeout=producer._request_timeout_ms,
        topics=list(topics.items()),
    )
    return list(_refused(await producer.client.send(node, request)))


def _refused(answer: Any) -> Iterable[TopicPartition]:
    for topic, partitions in answer.topics:
        for number, code, *_ in partitions:
            error = for_code(code)
            if error in {NoError, DuplicateSequenceNumber}:
                continue
            if not error.retriable:
                raise error(f"{topic}/{number}")
            yield TopicPartition(topic, number)
