"""The servers that every other suite stands on."""

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.local import kafka_probe
from tests.conftest import TopicFactory


async def test_a_record_written_to_the_broker_is_read_back(
    kafka_bootstrap: str, topics: TopicFactory
) -> None:
    topic = topics("case.intake", partitions=3, max_message_bytes="1048576")
    async with AIOKafkaProducer(
        bootstrap_servers=kafka_bootstrap, acks="all", enable_idempotence=True, compression_type="zstd"
    ) as producer:
        await producer.send_and_wait(topic, key=b"matter", value=b"fact")
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        record = await consumer.getone()
    assert (record.key, record.value) == (b"matter", b"fact")
    assert len(consumer.partitions_for_topic(topic) or ()) == 3


async def test_the_database_is_empty_durable_and_in_unicode(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        shown = [
            await connection.fetchval(f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "full_page_writes", "server_encoding")
        ]
        tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    assert shown == ["on", "on", "on", "UTF8"]
    assert tables == 0


def test_the_probe_tells_a_broker_from_a_closed_port(kafka_bootstrap: str) -> None:
    assert kafka_probe.is_ready(kafka_bootstrap)
    assert not kafka_probe.is_ready("127.0.0.1:1")
