"""The plain path: every record folded one by one in one process, written once. What all others must equal."""

import asyncio

import asyncpg

from bench.answers import expect
from bench.folded import folded
from bench.place import Place
from bench.written import Written
from libs.events.kafka import end_offsets
from libs.events.schema import upgrade
from services.metrics import comparing
from services.metrics.copying import copy

MIGRATIONS = "services.metrics.migrations"
LIVE = "matters"


def migrated(place: Place) -> str:
    """A fresh, empty read model."""
    dsn = place.database()
    asyncio.run(upgrade(dsn, MIGRATIONS))
    return dsn


def read_model(place: Place, written: Written) -> tuple[str, str]:
    """A read model that has seen the whole log, by the plain path: its address and its digest."""
    dsn = migrated(place)
    asyncio.run(_fill(dsn, written))
    return dsn, digest(dsn)


async def _fill(dsn: str, written: Written) -> None:
    ends = await end_offsets(written.bootstrap, written.topics)
    expect(sum(ends.values()), written.events, "records in the log")
    connection = await asyncpg.connect(dsn)
    await copy(connection, folded(written.cases), LIVE)
    await connection.execute("ANALYZE matters")
    rows = [(topic, partition, end, 1) for (topic, partition), end in ends.items()]
    await connection.executemany("INSERT INTO offsets VALUES ($1, $2, $3, $4)", rows)
    await connection.close()


def digest(dsn: str) -> str:
    """One short text for all rows, whatever their order."""
    return asyncio.run(_digest(dsn))


def check(dsn: str, wanted: str) -> None:
    """Raises WrongAnswer unless the rows are those of the plain path."""
    expect(digest(dsn), wanted, "digest")


async def _digest(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    found = await comparing.digests(connection, LIVE)
    await connection.close()
    return comparing.fingerprint(found)
