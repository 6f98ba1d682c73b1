"""EventStore and Outbox of one stage on PostgreSQL."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from libs.events.clock import Clock, system_clock
from libs.events.postgres.reader import Reader
from libs.events.postgres.seat import PostgresSeat
from libs.events.postgres.session import Connection, Guards, Pool, committed, connected
from libs.events.postgres.transaction import PostgresTransaction
from libs.events.postgres.writer import Writer
from libs.events.recording import Origin, Recorder
from libs.events.store import Answer, Append, VaultKey

NOWHERE = Origin("", "")
RELAY = Guards("relay", idle=60.0, durable=False, by_index=True)
"""A relay that stood still for a minute (stopped process, dead host) loses its seat to another.

Its deletes may be lost in a crash: then rows are published twice, which consumers drop.
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Connections per process and purpose, so that none starves another (reliability 1.4)."""

    reads: int = 4
    batches: int = 2


class PostgresStore(Reader):
    """The truth of one stage. Making one connects to nothing, so a service starts while PostgreSQL is away.

    `origin` None: a service that only consumes (metrics). `on_commit` is called after every commit that
    may leave work for the relay. Every call raises Unavailable within two and a half seconds when the
    database does not answer, frozen included; a request that makes several has a limit of its own.
    `on_due` is told after a commit when the first of the clocks it moved asks for attention.
    """

    def __init__(
        self, dsn: str, origin: Origin | None, *, clock: Clock = system_clock, sizes: Sizes = Sizes()
    ) -> None:
        stage = origin is not None  # the questions to a read model may need more than an index
        super().__init__(Pool(dsn, sizes.reads, Guards("reads", by_index=stage)))
        self._dsn = dsn
        self._recorder = Recorder(origin or NOWHERE, clock)
        # A lock that one append waits for must not hold its neighbours up for long: they go first.
        self._writes = Pool(dsn, 1, Guards("writes", lock=0.5, by_index=stage))
        self._batches = Pool(dsn, sizes.batches, Guards("batches", deadline=10.0, by_index=True))
        self._writer = Writer(self._writes, self._recorder, self._committed)
        self.on_commit: Callable[[], None] = lambda: None
        self.on_due: Callable[[datetime], None] = lambda _: None

    def _committed(self, due: datetime | None) -> None:
        self.on_commit()
        if due is not None:
            self.on_due(due)

    async def close(self) -> None:
        """Finish what was accepted, then give the connections back."""
        await self._writer.close()
        for pool in (self._reads, self._writes, self._batches):
            await pool.close()

    async def append(
        self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
    ) -> None:
        self._require_a_topic()
        await self._writer.append(appends, answer, keys)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresTransaction]:
        async with self._batches.use() as connection, committed(connection):
            transaction = PostgresTransaction(connection, self._recorder, self._publishes)
            yield transaction
            await transaction.flush()
        self._committed(transaction.next_due)

    def lend(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for a consumed batch that needs no transaction: each statement is one."""
        return self._batches.use()

    @asynccontextmanager
    async def seat(self) -> AsyncIterator[PostgresSeat]:
        self._require_a_topic()
        async with connected(self._dsn, RELAY) as connection:
            yield PostgresSeat(connection, self._recorder.origin)

    @property
    def _publishes(self) -> bool:
        return self._recorder.origin is not NOWHERE

    def _require_a_topic(self) -> None:
        if not self._publishes:
            raise TypeError("a service without a topic stores and publishes no events")
