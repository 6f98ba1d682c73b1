"""The relay's session: it holds the lead and does all the work of the to-do list."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from libs.events.notices import CONTENT_TYPE
from libs.events.postgres import statements
from libs.events.postgres.errors import translated
from libs.events.postgres.session import Connection
from libs.events.recording import Origin
from libs.events.store import Backlog, OutboxRecord

LEAD = 0x62696875616E02
"""The advisory lock of a stage's one relay. It belongs to the session, so it ends with it."""


@dataclass(frozen=True, slots=True)
class PostgresSeat:
    """Seat on one dedicated connection, always outside a transaction.

    The lock and the work share the session: whoever lost the lock can no longer read or forget a row.
    """

    connection: Connection
    origin: Origin

    async def claim(self) -> bool:
        """Never waits in the server: a waiting statement holds a snapshot, and vacuum back with it."""
        with translated():
            return bool(await self.connection.fetchval(statements.CLAIM, LEAD))

    async def turn(self, done: Sequence[int], skip: Sequence[int], limit: int) -> list[OutboxRecord]:
        with translated():
            branch = self.origin.branch or (None, None)
            rows = await self.connection.fetch(statements.TURN, list(done), list(skip), limit, *branch)
        return [self._record(row) for row in rows]

    def _record(self, row: asyncpg.Record) -> OutboxRecord:
        position, topic, key, record, traceparent, age = row
        trace = (("traceparent", traceparent.encode()),) if traceparent else ()
        return OutboxRecord(position, topic or self.origin.topic, key, record, CONTENT_TYPE + trace, age)

    async def backlog(self) -> Backlog:
        with translated():
            row = await self.connection.fetchrow(statements.BACKLOG)
        return Backlog(**row) if row else Backlog()

    async def tidy(self) -> None:
        with translated():
            await self.connection.execute(statements.TIDY)
