"""O1: the relay, from the to-do list to acknowledged records, against aiokafka's own batches from memory."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from bench.context import Bench
from bench.http import seed
from bench.measure import Comparison, Goal, Mode, Result, Sample, compare, interleave
from bench.place import Place
from bench.plain import expect
from bench.site import count
from bench.stopwatch import Stopwatch
from bench.story import first_record
from bench.written import HEADERS
from libs.events.kafka import Producer, end_offsets
from libs.events.outbox import Relay
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.schema import upgrade
from libs.events.store import OutboxRecord

PARTITIONS = 12
BATCH_BYTES = 512 * 1024
LATER = "SELECT pg_sleep(0.01)"
COMPARISONS = (
    Comparison("O1", "relay / send_batch from memory", "relay", "send_batch", Goal(0.6, 0.8, 0.95)),
    Comparison("O1b", "relay / naive relay, a row at a time", "relay", "naive relay"),
)
Row = tuple[bytes, bytes]


def run(bench: Bench) -> Result:
    """Each mode publishes the same reports to a topic of its own."""
    rows = bench.sizes.rows
    modes = (
        Mode("relay", lambda: _relayed(bench.place, "relay", rows)),
        Mode("send_batch", lambda: _sent(bench.place, "send_batch", rows)),
        Mode("producer, from memory", lambda: _sent(bench.place, "producer", rows)),
        Mode("naive relay", lambda: _relayed(bench.place, "naive", rows // 20)),
    )
    samples = interleave(modes, bench.repetitions)
    return Result("relay", samples, compare(samples, COMPARISONS))


def _relayed(place: Place, function: str, rows: int) -> Sample:
    """From a database with that much to do; afterwards the list is empty and the topic has each row once."""
    dsn = place.database()
    asyncio.run(upgrade(dsn))
    asyncio.run(_queue(dsn, rows))
    sample = _sent(place, function, rows, dsn=dsn)
    expect(count(dsn, "SELECT count(*) FROM outbox"), 0, "rows still to be published")
    place.drop(dsn)
    return sample


def _sent(place: Place, function: str, rows: int, **more: str) -> Sample:
    topic = place.topics(PARTITIONS, "case.intake") + "case.intake"
    task = f"bench.relay:{function}"
    sample = place.task(task, bootstrap=place.bootstrap, topic=topic, rows=rows, **more)
    ends = asyncio.run(end_offsets(place.bootstrap, [topic]))
    expect(sum(ends.values()), rows, "records in the topic")
    return sample


async def _queue(dsn: str, rows: int) -> None:
    await seed(dsn, rows)
    connection = await asyncpg.connect(dsn)
    await connection.execute("INSERT INTO outbox (position) SELECT position FROM events ORDER BY position")
    await connection.execute("ANALYZE outbox")
    await connection.close()


def relay(bootstrap: str, topic: str, rows: int, dsn: str) -> Sample:
    """The relay as a stage runs it; it ends when the last row is forgotten."""
    return asyncio.run(_relay(bootstrap, topic, rows, dsn))


async def _relay(bootstrap: str, topic: str, rows: int, dsn: str) -> Sample:
    store, producer = PostgresStore(dsn, Origin("/bihuan/local/intake", topic)), Producer(bootstrap)
    await producer.start()
    relaying = Relay(store, producer.publish)
    watch = Stopwatch()
    running = asyncio.create_task(relaying.run())
    looking = await asyncpg.connect(dsn)
    while await looking.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
        await looking.execute(LATER)
    sample = watch.sample(rows)
    await looking.close()
    relaying.stop()
    await running
    await producer.stop()
    await store.close()
    return sample


def producer(bootstrap: str, topic: str, rows: int) -> Sample:
    """Our producer alone, in the relay's batches."""
    waiting = [OutboxRecord(n, topic, *row, HEADERS) for n, row in enumerate(_rows(rows))]

    async def send() -> Sample:
        ours = Producer(bootstrap)
        await ours.start()
        watch = Stopwatch()
        for first in range(0, rows, 2000):
            await ours.publish(waiting[first : first + 2000])
        sample = watch.sample(rows)
        await ours.stop()
        return sample

    return asyncio.run(send())


def send_batch(bootstrap: str, topic: str, rows: int) -> Sample:
    """The client's own batches, filled from memory; idempotent, all acknowledged, zstd, as ours are."""
    waiting = _rows(rows)

    async def work(client: Any) -> Sample:
        watch = Stopwatch()
        await _batches(client, topic, waiting)
        return watch.sample(rows)

    return asyncio.run(_with_client(bootstrap, work))


async def _batches(client: Any, topic: str, waiting: Sequence[Row]) -> None:
    sent: list[Any] = []
    batches = {number: client.create_batch() for number in range(PARTITIONS)}
    for key, value in waiting:
        number = (murmur2(key) & 0x7FFFFFFF) % PARTITIONS
        if batches[number].append(key=key, value=value, timestamp=None, headers=list(HEADERS)) is None:
            sent.append(await client.send_batch(batches[number], topic, partition=number))
            batches[number] = client.create_batch()
            batches[number].append(key=key, value=value, timestamp=None, headers=list(HEADERS))
    for number, batch in batches.items():
        sent.append(await client.send_batch(batch, topic, partition=number))
    await asyncio.gather(*sent)


def naive(bootstrap: str, topic: str, rows: int, dsn: str) -> Sample:
    """The relay most people write first: read the oldest row, send, wait, delete."""

    async def work(client: Any) -> Sample:
        connection = await asyncpg.connect(dsn)
        watch = Stopwatch()
        while row := await connection.fetchrow(
            "SELECT position, matter, e.record FROM outbox JOIN events e USING (position) ORDER BY 1 LIMIT 1"
        ):
            await client.send_and_wait(topic, row["record"], key=str(row["matter"]).encode())
            await connection.execute("DELETE FROM outbox WHERE position = $1", row["position"])
        sample = watch.sample(rows)
        await connection.close()
        return sample

    return asyncio.run(_with_client(bootstrap, work))


def _rows(rows: int) -> list[Row]:
    return [first_record(case)[1:] for case in range(rows)]


async def _with_client(bootstrap: str, work: Callable[[Any], Coroutine[Any, Any, Sample]]) -> Sample:
    client = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        compression_type="zstd",
        max_batch_size=BATCH_BYTES,
        max_request_size=2 * BATCH_BYTES,
    )
    await client.start()
    try:
        return await work(client)
    finally:
        await client.stop()
