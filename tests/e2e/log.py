"""The topics and databases behind the services' backs: what a test may look at, and put there."""

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

STAGE_TOPICS = ("case.intake", "case.dispatch", "case.mediation")
Record = tuple[str, bytes, bytes]


async def records_of(bootstrap: str, matter: str) -> list[Record]:
    """Every record of a matter as (topic, key, value), each topic in its order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for topic in STAGE_TOPICS for number in range(12)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        found: list[Record] = []
        for place in places:
            while await consumer.position(place) < ends[place]:
                batch = (await consumer.getmany(place, timeout_ms=1000)).get(place, [])
                found += [(place.topic, it.key, it.value) for it in batch if it.key == matter.encode()]
        return found
    finally:
        await consumer.stop()


async def publish(bootstrap: str, records: list[Record]) -> list[tuple[str, int, int]]:
    """Put records into topics as a foreign program would; (topic, partition, offset) of each."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        sent = [await producer.send_and_wait(topic, value, key=key) for topic, key, value in records]
    return [(place.topic, place.partition, place.offset) for place in sent]


async def consumed(dsn: str, places: list[tuple[str, int, int]]) -> bool:
    """Whether a service has committed everything up to these records."""
    rows = await fetch(dsn, "SELECT topic, partition, next_offset FROM offsets")
    reached = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    return all(reached.get((topic, partition), 0) > offset for topic, partition, offset in places)


async def fetch(dsn: str, question: str, *values: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return list(await connection.fetch(question, *values))
    finally:
        await connection.close()
