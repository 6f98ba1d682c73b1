"""The projector most people write first: `async for`, pydantic, one upsert of the whole row per event.

On uvloop it is a sixth faster than without, and its author may know that.
"""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import uvloop

from bench import plain
from bench.measure import Sample
from bench.reading import assigned
from bench.rival import Matters, Seen, upsert
from bench.stopwatch import Stopwatch
from libs.events.codec import decode
from services.metrics.rows import COLUMNS, row

UPSERT = upsert(f"${place}" for place in range(1, len(COLUMNS) + 1))
"""The driver prepares it once and keeps it."""


def naive(bootstrap: str, topics: list[str], events: int, dsn: str, digest: str) -> Sample:
    """Fill the read model at `dsn`, which may hold a run before; `digest` is the plain path's."""
    sample = uvloop.run(_naive(bootstrap, topics, events, dsn))
    plain.check(dsn, digest)
    return sample


async def _naive(bootstrap: str, topics: list[str], events: int, dsn: str) -> Sample:
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"TRUNCATE {plain.LIVE}")
    consumer = await assigned(bootstrap, topics)
    matters, watch = Matters[str](), Stopwatch()
    async for record in _first(consumer, events):
        event = Seen(decode(record.value))
        await connection.execute(UPSERT, *row(matters.take(event.subject, event)))
    sample = watch.sample(events)
    await consumer.stop()
    await connection.close()
    return sample


async def _first(consumer: Any, events: int) -> AsyncIterator[Any]:
    seen = 0
    async for record in consumer:
        yield record
        seen += 1
        if seen == events:
            return
