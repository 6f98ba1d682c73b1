"""The tasks of `bench.relay`: rows to acknowledged records, in a process of their own."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from bench.measure import Sample
from bench.stopwatch import Stopwatch
from bench.story import first_record
from bench.written import queued
from libs.events.kafka import Producer
from libs.events.outbox import OutboxRecord, Relay
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin

PARTITIONS = 12
BATCH_BYTES = 512 * 1024
LATER = "SELECT pg_sleep(0.01)"


def relay(bootstrap: str, topic: str, rows: int, dsn: str) -> Sample:
    """The relay as a stage runs it; it ends when the last row is forgotten.

    Its producer is connected when the watch starts, as the client of `send_batch` is.
    """
    return asyncio.run(_relay(bootstrap, topic, rows, dsn))


async def _relay(bootstrap: str, topic: str, rows: int, dsn: str) -> Sample:
    store, producer = PostgresStore(dsn, Origin("/bihuan/local/intake", topic)), Producer(bootstrap)
    await producer.start()
    await producer.publish([])
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
    waiting = _rows(topic, rows)

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
    waiting = _rows(topic, rows)

    async def work(client: Any) -> Sample:
        watch = Stopwatch()
        await _batches(client, topic, waiting)
        return watch.sample(rows)

    return asyncio.run(_with_client(bootstrap, work))


async def _batches(client: Any, topic: str, waiting: Sequence[OutboxRecord]) -> None:
    sent: list[Any] = []
    batches = {number: client.create_batch() for number in range(PARTITIONS)}
    for row in waiting:
        number = (murmur2(row.key) & 0x7FFFFFFF) % PARTITIONS
        if not _added(batches[number], row):
            sent.append(await client.send_batch(batches[number], topic, partition=number))
            batches[number] = client.create_batch()
            _added(batches[number], row)
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


def _added(batch: Any, row: OutboxRecord) -> bool:
    added = batch.append(key=row.key, value=row.value, timestamp=None, headers=list(row.headers))
    return added is not None


def _rows(topic: str, rows: int) -> list[OutboxRecord]:
    return [queued(topic, first_record(case)) for case in range(rows)]


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
