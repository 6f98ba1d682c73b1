"""EventStore and Outbox of one stage on PostgreSQL."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from libs.events.clock import Clock, system_clock
from libs.events.codec import decode
from libs.events.envelope import Envelope
from libs.events.groupcommit import GroupCommit
from libs.events.postgres import statements
from libs.events.postgres.rows import Writing, answer_of, parked_of, writing
from libs.events.postgres.seat import PostgresSeat
from libs.events.postgres.session import Connection, Guards, Pool, committed, connected
from libs.events.postgres.transaction import PostgresTransaction, write
from libs.events.recording import Origin, recorded
from libs.events.store import Answer, Append, Parked, ParkedState, VaultKey


@dataclass(frozen=True, slots=True)
class Sizes:
    """Connections per process and purpose, so that none starves another (reliability 1.4)."""

    reads: int = 4
    batches: int = 2


class PostgresStore:
    """The truth of one stage. Making one connects to nothing, so a service starts while PostgreSQL is away.

    `origin` None: a service that only consumes (metrics). `on_commit` is called after every commit that
    may leave work for the relay. Every call raises Unavailable within about three seconds when the
    database does not answer, frozen included.
    """

    def __init__(
        self, dsn: str, origin: Origin | None, *, clock: Clock = system_clock, sizes: Sizes = Sizes()
    ) -> None:
        self._dsn = dsn
        self._origin = origin
        self._clock = clock
        self._reads = Pool(dsn, sizes.reads, Guards("reads"))
        # A lock that one append waits for must not hold its neighbours up for long: they go first.
        self._writes = Pool(dsn, 1, Guards("writes", lock=0.5))
        self._batches = Pool(dsn, sizes.batches, Guards("batches", deadline=10.0))
        self._group = GroupCommit(self._write_group)
        self.on_commit: Callable[[], None] = lambda: None

    async def close(self) -> None:
        """Finish what was accepted, then give the connections back."""
        await self._group.close()
        for pool in (self._reads, self._writes, self._batches):
            await pool.close()

    async def ping(self) -> None:
        """Raises Unavailable unless the database answers."""
        async with self._reads.use() as connection:
            await connection.fetchval("SELECT 1")

    async def read(self, stream: str) -> list[Envelope]:
        async with self._reads.use() as connection:
            rows = await connection.fetch(statements.READ, stream)
        return [decode(row["record"]) for row in rows]

    async def append(self, appends: Sequence[Append], answer: Answer | None = None) -> None:
        if self._origin is None:
            raise TypeError("a service without a topic stores no events")
        events = recorded(self._origin.source, appends, self._clock())
        piece = writing(appends, events, answer)
        claims = {stream for stream, _ in piece.heads}
        keys = {(answer.caller, answer.key)} if answer else set()
        await self._group.do(piece, frozenset(claims | keys), len(events))

    async def _write_group(self, pieces: Sequence[Writing]) -> None:
        async with self._writes.use() as connection:
            await write(connection, pieces)
        self.on_commit()

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

    async def keep_keys(self, keys: Sequence[VaultKey]) -> dict[UUID, VaultKey]:
        offered = {key.matter: key for key in reversed(keys)}
        async with self._reads.use() as connection:
            rows = await connection.fetch(
                statements.KEEP_KEYS,
                list(offered),
                [key.key_id for key in offered.values()],
                [key.wrapped for key in offered.values()],
            )
        held = {row["matter"]: VaultKey(**row) for row in rows}
        # Somebody else's key, committed while ours was being refused, is seen by the next look.
        missing = offered.keys() - held.keys()
        return held | (await self.vault_keys(list(missing)) if missing else {})

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Connection]:
        """A connection for a read model's own queries, under the guards of a read."""
        async with self._reads.use() as connection:
            yield connection

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresTransaction]:
        async with self._batches.use() as connection, committed(connection):
            transaction = PostgresTransaction(connection, self._origin, self._clock)
            yield transaction
            await transaction.flush()
        self.on_commit()

    @asynccontextmanager
    async def seat(self) -> AsyncIterator[PostgresSeat]:
        if self._origin is None:
            raise TypeError("a service without a topic has nothing to relay")
        async with connected(self._dsn, RELAY) as connection:
            yield PostgresSeat(connection, self._origin)


RELAY = Guards("relay", idle=60.0, durable=False)
"""A relay that stood still for a minute (stopped process, dead host) loses its seat to another.

Its deletes may be lost in a crash: then rows are published twice, which consumers drop.
"""
