"""What this machine does today: pure Python, all processors, one durable commit, one acknowledged record."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from functools import partial
from statistics import median
from time import perf_counter

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.context import Bench
from bench.measure import Mode, Result, Sample, interleave, timed
from bench.quota import all_busy

COMMITS = 200
VALUE = b"x" * 600
ROW = "INSERT INTO plain (body) VALUES ($1)"
TABLE = "CREATE TABLE IF NOT EXISTS plain (id bigserial PRIMARY KEY, body bytea NOT NULL)"


def run(bench: Bench) -> Result:
    """Figures that say whether two runs saw the same machine."""
    dsn, topic = bench.place.database(), bench.place.topics(1, "echo") + "echo"
    modes = (
        Mode("python (json + sha256)", lambda: timed(20_000, _busy)),
        Mode("all processors busy", all_busy),
        Mode("durable insert", lambda: asyncio.run(inserts(dsn))),
        Mode("send to getmany", lambda: asyncio.run(round_trips(bench.place.bootstrap, topic))),
    )
    samples = interleave(modes, min(bench.repetitions, 3))
    bench.place.drop(dsn)
    return Result("calibrate", samples, (), tuple(bench.place.settings()))


def _busy() -> None:
    for number in range(20_000):
        hashlib.sha256(json.dumps({"a": number, "b": [1, 2, 3]}).encode()).digest()


async def inserts(dsn: str, count: int = COMMITS) -> Sample:
    """Autocommit inserts one after another; `p50` in milliseconds."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    sample = await _each(partial(connection.execute, ROW, VALUE), count)
    await connection.close()
    return sample


async def round_trips(bootstrap: str, topic: str, count: int = COMMITS) -> Sample:
    """From the send of a record to the `getmany` that has it, one after another; `p50` in milliseconds."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="latest")
    await producer.start()
    await consumer.start()
    place = TopicPartition(topic, 0)
    consumer.assign([place])
    await consumer.seek_to_end(place)

    async def once() -> None:
        sent = asyncio.ensure_future(producer.send(topic, VALUE, partition=0))
        while not await consumer.getmany(timeout_ms=1000):
            pass
        await (await sent)

    await once()
    sample = await _each(once, count)
    await producer.stop()
    await consumer.stop()
    return sample


async def _each(once: Callable[[], Awaitable[object]], count: int) -> Sample:
    took: list[float] = []
    for _ in range(count):
        begin = perf_counter()
        await once()
        took.append(perf_counter() - begin)
    return Sample(count, sum(took), {"p50": median(took) * 1000})
