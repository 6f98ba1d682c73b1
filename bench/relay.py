"""O1: the relay, from the to-do list to acknowledged records, against aiokafka's own batches from memory."""

import asyncio

import asyncpg

from bench.answers import expect
from bench.context import Bench
from bench.http import seed
from bench.measure import Comparison, Goal, Mode, Result, Sample, compare, interleave
from bench.place import Place
from bench.site import count
from libs.events.kafka import end_offsets
from libs.events.schema import upgrade

PARTITIONS = 12
COMPARISONS = (
    Comparison("O1", "relay / send_batch from memory", "relay", "send_batch", Goal(0.6, 0.8, 0.95)),
    Comparison("O1b", "relay / naive relay, a row at a time", "relay", "naive relay"),
)


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
    task = f"bench.relaying:{function}"
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
