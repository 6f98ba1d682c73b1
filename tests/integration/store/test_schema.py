import asyncio

import asyncpg
import pytest

from libs.events.errors import Unavailable
from libs.events.schema import upgrade


async def test_many_processes_may_upgrade_at_once_and_again(database: str) -> None:
    reached = await asyncio.gather(*(upgrade(database) for _ in range(5)))
    assert len(set(reached)) == 1
    assert await upgrade(database) == reached[0]
    connection = await asyncpg.connect(database)
    tables = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    cache = await connection.fetchval(
        "SELECT seqcache FROM pg_sequence WHERE seqrelid = 'positions'::regclass"
    )
    await connection.close()
    assert {row["relname"] for row in tables} == {
        *("events", "outbox", "idempotency", "serials", "vault"),
        *("applied", "offsets", "parked", "alembic_version"),
        *("clocks", "reference"),
    }
    assert cache == 1


async def test_a_database_that_is_away_is_reported_as_such() -> None:
    with pytest.raises(Unavailable, match="database"):
        await upgrade("postgresql://nobody@127.0.0.1:9/none")
