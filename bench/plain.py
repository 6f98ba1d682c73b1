"""The plain path: every record folded one by one in one process, written once. What all others must equal."""

import asyncio
from functools import lru_cache

import asyncpg

from bench.place import Place
from bench.story import matter, records
from bench.written import Written
from libs.events.codec import decode_fast
from libs.events.kafka import end_offsets
from libs.events.schema import upgrade
from services.metrics import comparing
from services.metrics.copying import copy
from services.metrics.fold import fold
from services.metrics.matter import Matter

MIGRATIONS = "services.metrics.migrations"
LIVE = "matters"


class WrongAnswer(AssertionError):
    """A mode was measured whose result is not the plain path's: no figure of it counts."""


def expect(found: object, wanted: object, what: str) -> None:
    """Raises WrongAnswer unless both are the same."""
    if found != wanted:
        raise WrongAnswer(f"{what}: {found} instead of {wanted}")


@lru_cache(2)
def folded(cases: int) -> list[Matter]:
    """The matters of so many cases."""
    found = {str(matter(case)): Matter(str(matter(case))) for case in range(cases)}
    for record in records(range(cases)):
        fold(found[record.key.decode()], decode_fast(record.value))
    return list(found.values())


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


async def _digest(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    found = await comparing.digests(connection, LIVE)
    await connection.close()
    return comparing.fingerprint(found)
