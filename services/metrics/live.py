"""What a rebuild reads of the live side: how far it is, what was decided, its rows in one snapshot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from libs.events.postgres.rows import parked_of
from libs.events.postgres.session import Connection, committed, connected
from services.metrics.decisions import Decisions, Place
from services.metrics.folding import Source
from services.metrics.projections import LIVE
from services.metrics.workers import GUARDS

TABLE = LIVE


class Target(NamedTuple):
    """Where live stands: next offsets, and what became of the records it set aside."""

    offsets: dict[Source, int]
    decisions: Decisions


async def offsets(connection: Connection, *, locked: bool = False) -> dict[Source, int]:
    """The next offset per partition. `locked`: and nobody moves them until the transaction ends."""
    statement = "SELECT topic, partition, next_offset FROM offsets ORDER BY topic, partition"
    rows = await connection.fetch(f"{statement} FOR UPDATE" if locked else statement)
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def decisions(connection: Connection) -> Decisions:
    """Everything that was ever set aside."""
    rows = [parked_of(row) for row in await connection.fetch("SELECT * FROM parked")]
    return Decisions({Place(row.topic, row.partition, row.offset): row for row in rows})


async def standing(connection: Connection, *, locked: bool = False) -> Target:
    """Both, as of the connection's transaction."""
    return Target(await offsets(connection, locked=locked), await decisions(connection))


@asynccontextmanager
async def snapshot(dsn: str) -> AsyncIterator[Connection]:
    """One unchanging view of rows, offsets and decisions, while live goes on."""
    async with connected(dsn, GUARDS) as connection, committed(connection):
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection
