"""Whole answers of the broker as rows are what the client's own records say; in doubt the client reads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from libs.events.errors import Unavailable
from libs.events.kafka import OffsetLost, PartitionReader, Producer, raw, read_partition, reading
from libs.events.store import OutboxRecord
from tests.conftest import TopicFactory

COUNT = 7000
"""In values that do not compress: more than one answer."""


def value(number: int) -> bytes:
    return b"%0500d" % (pow(3, number, 10**499 + 7))


async def filled(bootstrap: str, topic: str) -> list[raw.Row]:
    producer = Producer(bootstrap)
    await producer.start()
    written = [(n, b"key-%d" % n, value(n)) for n in range(COUNT)]
    for first in range(0, COUNT, 1000):
        told = [OutboxRecord(0, topic, key, it) for _, key, it in written[first : first + 1000]]
        await producer.publish(told)
    await producer.stop()
    return list(written)


@asynccontextmanager
async def client(bootstrap: str) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="none")
    await consumer.start()
    yield consumer
    await consumer.stop()


async def test_rows_are_what_the_clients_own_records_say(kafka_bootstrap: str, topics: TopicFactory) -> None:
    topic = topics("raw")
    written = await filled(kafka_bootstrap, topic)
    own: list[raw.Row] = []
    async with client(kafka_bootstrap) as consumer:
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        consumer.seek(place, 0)
        while len(own) < COUNT:
            found = (await consumer.getmany(timeout_ms=5000))[place]
            own += [(it.offset, it.key, it.value) for it in found]
    pages = [page async for page in read_partition(kafka_bootstrap, topic, 0, 100, COUNT - 100)]
    assert [row for page in pages for row in page] == own[100 : COUNT - 100] == written[100 : COUNT - 100]


async def test_this_client_is_read_raw_to_the_end(kafka_bootstrap: str, topics: TopicFactory) -> None:
    """Without any help: where this fails after an update of aiokafka, reading only became slower."""
    topic = topics("raw")
    written = await filled(kafka_bootstrap, topic)
    async with client(kafka_bootstrap) as consumer:
        found = [page async for page in raw.pages(consumer, TopicPartition(topic, 0), 100, COUNT - 100)]
    assert [row for page, _ in found for row in page] == written[100 : COUNT - 100]
    assert len(found) > 1
    assert [behind for _, behind in found[:-1]] == [page[-1][0] + 1 for page, _ in found[:-1]]


class Opaque:
    """The client as its documentation shows it, without insides."""

    def __init__(self, consumer: Any, *, working: int = 0) -> None:
        self.assign, self.seek, self.pause = consumer.assign, consumer.seek, consumer.pause
        self.getmany, self.position = consumer.getmany, consumer.position
        self.answers, self.inside = working, consumer._client

    @property
    def _client(self) -> Any:
        """For a few questions there is one."""
        self.answers -= 1
        if self.answers < 0:
            raise AttributeError("_client")
        return self.inside


@pytest.mark.parametrize("working", [0, 2])
async def test_a_client_with_other_insides_is_read_in_its_own_way(
    kafka_bootstrap: str, topics: TopicFactory, working: int
) -> None:
    topic = topics("raw")
    written = await filled(kafka_bootstrap, topic)
    async with client(kafka_bootstrap) as consumer:
        reader = PartitionReader(Opaque(consumer, working=working))
        pages = [page async for page in reader.pages(topic, 0, 5, COUNT - 5)]
    assert [row for page in pages for row in page] == written[5 : COUNT - 5]


async def test_what_the_broker_refuses_is_told_by_the_client(
    kafka_bootstrap: str, topics: TopicFactory
) -> None:
    topic = topics("raw")
    async with client(kafka_bootstrap) as consumer:
        assert [page async for page in raw.pages(consumer, TopicPartition(topic, 0), 5, 9)] == []
    with pytest.raises(OffsetLost):
        async for _ in read_partition(kafka_bootstrap, topic, 0, 5, 9):
            pass


async def test_one_reader_reads_partition_after_partition(kafka_bootstrap: str, topics: TopicFactory) -> None:
    """Also parts of one, and the same one again: nothing that was fetched for another read gets in."""
    first, second = topics("raw"), topics("raw")
    for topic in (first, second):
        await filled(kafka_bootstrap, topic)
    asked = [(first, 0, 10), (second, 6000, COUNT), (first, 5, COUNT), (first, 5, 5), (second, 0, 1)]
    async with reading(kafka_bootstrap) as reader:
        for topic, start, end in asked:
            pages = [page async for page in reader.pages(topic, 0, start, end)]
            assert [offset for page in pages for offset, _, _ in page] == list(range(start, end))


async def test_a_reader_that_is_left_in_the_middle_begins_anew(
    kafka_bootstrap: str, topics: TopicFactory
) -> None:
    topic = topics("raw")
    written = await filled(kafka_bootstrap, topic)
    async with reading(kafka_bootstrap) as reader:
        async for page in reader.pages(topic, 0, 0, COUNT):
            assert page == written[: len(page)]
            break
        again = [row async for page in reader.pages(topic, 0, 0, COUNT) for row in page]
    assert again == written


async def test_nobody_at_the_address_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        async for _ in read_partition("127.0.0.1:1", "nowhere", 0, 0, 1):
            pass
