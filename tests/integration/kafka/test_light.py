"""Reading a partition as rows gives what the records of the client say, and is as light as it claims."""

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from libs.events.kafka import Producer, read_partition, reading
from libs.events.kafka.light import lighten, row
from libs.events.store import OutboxRecord
from tests.conftest import TopicFactory

COUNT = 7000
"""More than a page."""


async def filled(bootstrap: str, topic: str) -> None:
    producer = Producer(bootstrap)
    await producer.start()
    for first in range(0, COUNT, 1000):
        numbers = range(first, first + 1000)
        await producer.publish([OutboxRecord(0, topic, b"key-%d" % n, b"value-%d" % n) for n in numbers])
    await producer.stop()


async def assigned(bootstrap: str, topic: str) -> tuple[Any, TopicPartition]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="none")
    await consumer.start()
    place = TopicPartition(topic, 0)
    consumer.assign([place])
    consumer.seek(place, 0)
    return consumer, place


async def test_rows_are_what_the_clients_own_records_say(kafka_bootstrap: str, topics: TopicFactory) -> None:
    topic = topics("light")
    await filled(kafka_bootstrap, topic)
    consumer, place = await assigned(kafka_bootstrap, topic)
    own: list[Any] = []
    while len(own) < COUNT:
        own += (await consumer.getmany(timeout_ms=5000))[place]
    await consumer.stop()
    pages = [page async for page in read_partition(kafka_bootstrap, topic, 0, 100, COUNT - 100)]
    found = [one for page in pages for one in page]
    assert found == [(it.offset, it.key, it.value) for it in own][100 : COUNT - 100]
    assert len(pages) > 1


async def test_what_was_fetched_is_taken_as_rows(kafka_bootstrap: str, topics: TopicFactory) -> None:
    topic = topics("light")
    await filled(kafka_bootstrap, topic)
    consumer, place = await assigned(kafka_bootstrap, topic)
    first = (await consumer.getmany(timeout_ms=5000, max_records=1))[place]
    lighten(consumer)
    others = (await consumer.getmany(timeout_ms=5000, max_records=10))[place]
    await consumer.stop()
    assert [type(record) for record in others] == [tuple] * 10
    assert [row(record)[0] for record in [*first, *others]] == list(range(11))


def test_a_client_with_other_insides_is_left_as_it_is() -> None:
    lighten(object())


async def test_one_reader_reads_partition_after_partition(kafka_bootstrap: str, topics: TopicFactory) -> None:
    """Also parts of one, and the same one again: nothing that was fetched for another read gets in."""
    first, second = topics("light"), topics("light")
    for topic in (first, second):
        await filled(kafka_bootstrap, topic)
    asked = [(first, 0, 10), (second, 6000, COUNT), (first, 5, COUNT), (first, 5, 5), (second, 0, 1)]
    async with reading(kafka_bootstrap) as reader:
        for topic, start, end in asked:
            pages = [page async for page in reader.pages(topic, 0, start, end)]
            assert [offset for page in pages for offset, _, _ in page] == list(range(start, end))
