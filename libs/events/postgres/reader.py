"""What is read from a stage's database outside a consumed batch."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from libs.events.envelope import Envelope
from libs.events.postgres import statements
from libs.events.postgres.rows import answer_of, events_of, parked_of
from libs.events.postgres.session import Connection, Pool
from libs.events.store import Answer, Parked, ParkedState, Pressure, VaultKey


class Reader:
    """Questions about streams, answers, numbers and keys; each one statement under the guards of a read."""

    def __init__(self, reads: Pool) -> None:
        self._reads = reads

    async def ping(self) -> None:
        """Raises Unavailable unless the database answers."""
        async with self._reads.use() as connection:
            await connection.fetchval("SELECT 1")

    async def read(self, stream: str) -> list[Envelope]:
        async with self._reads.use() as connection:
            rows = await connection.fetch(statements.READ, stream)
        return events_of(rows)

    async def answer(self, caller: str, key: str) -> Answer | None:
        async with self._reads.use() as connection:
            row = await connection.fetchrow(statements.ANSWER, caller, key)
        return answer_of(caller, key, row) if row else None

    async def serial(self, scope: str) -> int:
        async with self._reads.use() as connection:
            value: int = await connection.fetchval(statements.SERIAL, scope)
        return value

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        async with self._reads.use() as connection:
            rows = await connection.fetch(statements.VERSIONS, list(streams))
        return {row["stream"]: row["version"] for row in rows}

    async def applied(self, stream: str) -> int:
        async with self._reads.use() as connection:
            rows = await connection.fetch(statements.APPLIED, [stream])
        return rows[0]["version"] if rows else 0

    async def stored(self, topic: str, partition: int) -> int | None:
        async with self._reads.use() as connection:
            offset: int | None = await connection.fetchval(statements.STORED, topic, partition)
        return offset

    async def parked(self, state: ParkedState, limit: int = 200) -> list[Parked]:
        async with self._reads.use() as connection:
            rows = await connection.fetch(statements.PARKED, state, limit)
        return [parked_of(row) for row in rows]

    async def vault_keys(self, matters: Sequence[UUID]) -> dict[UUID, VaultKey]:
        async with self._reads.use() as connection:
            rows = await connection.fetch(statements.KEYS, list(matters))
        return {row["matter"]: VaultKey(**row) for row in rows}

    async def next_due(self) -> datetime | None:
        async with self._reads.use() as connection:
            instant: datetime | None = await connection.fetchval(statements.NEXT_DUE)
        return instant

    async def pressure(self, now: datetime) -> Pressure:
        async with self._reads.use() as connection:
            row = await connection.fetchrow(statements.PRESSURE, now)
        return Pressure(**row) if row else Pressure()

    async def remembered(self) -> list[bytes]:
        """The reference data that this stage heard before, in the order of its topic."""
        async with self._reads.use() as connection:
            rows = await connection.fetch(statements.REMEMBERED)
        return [row["record"] for row in rows]

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Connection]:
        """A connection for a read model's own queries, under the guards of a read."""
        async with self._reads.use() as connection:
            yield connection
