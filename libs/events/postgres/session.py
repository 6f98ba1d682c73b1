"""Connections with guards: every call has a deadline, and a connection that missed one is thrown away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from libs.events.bounded import Bounded
from libs.events.errors import Unavailable
from libs.events.postgres.errors import translated
from libs.events.postgres.places import Places

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_SCANS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
_BY_INDEX = {**dict.fromkeys(_SCANS, "off"), "plan_cache_mode": "force_generic_plan"}
"""With one plan for all values: else PostgreSQL plans anew for every short array, 0.2 ms each time."""
INTERRUPTED = (asyncio.CancelledError, OSError)
"""Waiting for the reply to an abandoned statement could take for ever, so its connection is thrown away."""
CONNECT_SECONDS = 2.0
"""How long to wait for a connection, new or from a pool (reliability 1.4)."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The limits of a session, all in seconds; `deadline` is the client's own, for a frozen server.

    `durable=False` lets a commit return before it is on disk: for work that is harmless to repeat.
    `by_index`: every statement finds its rows by an index, also when its plan was made while the tables
    were empty; a plan is kept for as long as a session lives.
    """

    name: str
    deadline: float = 2.0
    lock: float = 3.0
    statement: float = 5.0
    idle: float = 0.0
    durable: bool = True
    by_index: bool = False

    def settings(self) -> dict[str, str]:
        """The server settings of a session (reliability 1.3)."""
        return {
            "application_name": f"bihuan-{self.name}",
            "lock_timeout": _milliseconds(self.lock),
            "statement_timeout": _milliseconds(self.statement),
            "idle_in_transaction_session_timeout": "10000",
            "idle_session_timeout": _milliseconds(self.idle),
            "synchronous_commit": "on" if self.durable else "off",
            "tcp_keepalives_idle": "10",
            "tcp_keepalives_interval": "5",
            "tcp_keepalives_count": "3",
            **(_BY_INDEX if self.by_index else {}),
            "timezone": "UTC",
            "jit": "off",  # every statement here is short
        }


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


class Pool:
    """A few connections under the same guards, made when first needed and again when they broke.

    The driver's own pool takes four times as long to hand one out: it resets what comes back, and no
    session is ever altered here; it waits for what was abandoned, and that is thrown away here.
    """

    def __init__(self, dsn: str, size: int, guards: Guards) -> None:
        self.guards = guards
        self._dsn = dsn
        self._size = size
        self._places = Places(size)
        self._idle: list[Connection] = []
        self._made: list[Connection] = []
        self._closed = False

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Connection]:
        """A connection for one piece of work. Raises Unavailable after the deadline or for want of one."""
        with translated(), Bounded(self.guards.deadline):
            await self._take_place()
            try:
                connection = self._at_hand() or await self._connect()
                try:
                    yield connection
                except INTERRUPTED:
                    connection.terminate()
                    raise
                finally:
                    self._idle.append(connection)
            finally:
                self._places.give_back()

    async def _take_place(self) -> None:
        if self._closed:
            raise Unavailable("database")
        if not self._places.take():
            with Bounded(CONNECT_SECONDS):
                await self._places.wait()

    def _at_hand(self) -> "Connection | None":
        """The one used last, which the server knows best; those that broke are forgotten."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _connect(self) -> Connection:
        settings = self.guards.settings()
        made = await asyncpg.connect(self._dsn, timeout=CONNECT_SECONDS, server_settings=settings)
        self._made = [*(known for known in self._made if not known.is_closed()), made]
        return made

    async def close(self) -> None:
        """Close all connections, politely for a second and then at once."""
        if self._closed:
            return
        self._closed = True
        try:
            async with asyncio.timeout(1.0):
                for _ in range(self._size):  # whoever is at work ends first
                    if not self._places.take():
                        await self._places.wait()
                for connection in self._made:
                    await _close(connection)
        except TimeoutError:
            for connection in self._made:
                connection.terminate()


@asynccontextmanager
async def connected(dsn: str, guards: Guards) -> AsyncIterator[Connection]:
    """A connection of its own, outside any pool, without a deadline on the whole; closed at the end."""
    with translated():
        connection = await asyncpg.connect(
            dsn, timeout=CONNECT_SECONDS, server_settings=guards.settings(), command_timeout=guards.deadline
        )
        try:
            yield connection
        except INTERRUPTED:
            connection.terminate()
            raise
        finally:
            await _close(connection)


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=1.0)
    except (OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
        connection.terminate()


@asynccontextmanager
async def committed(connection: Connection) -> AsyncIterator[None]:
    """One transaction. A failed one is rolled back where the connection still answers within a second."""
    await connection.execute("BEGIN")
    try:
        yield
        await connection.execute("COMMIT")
    except asyncio.CancelledError:
        raise
    except BaseException:
        await _roll_back(connection)
        raise


async def _roll_back(connection: Connection) -> None:
    try:
        await connection.execute("ROLLBACK", timeout=1.0)
    except (OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
        connection.terminate()
