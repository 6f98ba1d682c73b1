"""The store in memory, for tests in process; held to the same suite as `postgres`."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from uuid import UUID

from libs.events.clock import Clock, system_clock
from libs.events.codec import decode
from libs.events.envelope import Envelope
from libs.events.errors import ConcurrencyConflict
from libs.events.recording import Origin
from libs.events.store import (
    Answer,
    Append,
    Backlog,
    Consumed,
    Discard,
    DueClock,
    OutboxRecord,
    Parked,
    ParkedState,
    Pressure,
    VaultKey,
)
from libs.events.tables import Tables

STAGE = Origin("/bihuan/local/dispatch", "case.dispatch")


class MemoryStore:
    """EventStore and Outbox of one stage in one process; nothing survives it.

    `on_commit` is called after every commit that leaves work for the relay, `on_due` after every commit with
    the instant at which the next clock asks for attention.
    """

    def __init__(self, origin: Origin = STAGE, *, clock: Clock = system_clock) -> None:
        self._tables = Tables(origin, clock)
        self.leader: MemorySeat | None = None
        self.on_commit: Callable[[], None] = lambda: None
        self.on_due: Callable[[datetime], None] = lambda _: None
        self._taken: set[str] = set()

    async def read(self, stream: str) -> list[Envelope]:
        return [decode(record) for record in self._tables.records(stream)]

    async def append(
        self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
    ) -> None:
        self._tables.append(appends, answer, keys)
        self._committed()

    def _committed(self) -> None:
        self.on_commit()
        if (due := self._tables.next_due()) is not None:
            self.on_due(due)

    async def answer(self, caller: str, key: str) -> Answer | None:
        return self._tables.answers.get((caller, key))

    async def serial(self, scope: str) -> int:
        self._tables.serials[scope] = self._tables.serials.get(scope, 0) + 1
        return self._tables.serials[scope]

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        return self._tables.versions(streams)

    async def applied(self, stream: str) -> int:
        return self._tables.applied.get(stream, 0)

    async def stored(self, topic: str, partition: int) -> int | None:
        offset = self._tables.offsets.get((topic, partition))
        return offset[0] if offset else None

    async def parked(self, state: ParkedState, limit: int = 200) -> list[Parked]:
        return [row for row in self._tables.set_aside() if row.state == state][:limit]

    async def vault_keys(self, matters: Sequence[UUID]) -> dict[UUID, VaultKey]:
        vault = self._tables.vault
        return {matter: vault[matter] for matter in matters if matter in vault}

    async def next_due(self) -> datetime | None:
        return self._tables.next_due()

    async def pressure(self, now: datetime) -> Pressure:
        return self._tables.pressure(now)

    async def ping(self) -> None:
        """Memory always answers."""

    async def close(self) -> None:
        """Nothing to give back."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["MemoryTransaction"]:
        """Work on a copy; on exit do the same work again on what is there then, whole or not at all."""
        transaction = MemoryTransaction(self._tables.copy(), self._taken)
        try:
            yield transaction
        finally:
            self._taken -= transaction.mine
        merged = self._tables.copy()
        for deed in transaction.deeds:
            deed(merged)
        self._tables = merged
        self._committed()

    @asynccontextmanager
    async def seat(self) -> AsyncIterator["MemorySeat"]:
        seat = MemorySeat(self)
        try:
            yield seat
        finally:
            self.leader = None if self.leader is seat else self.leader

    @property
    def outbox(self) -> dict[int, OutboxRecord]:
        """The to-do list by position."""
        return self._tables.outbox


class MemorySeat:
    """A relay's place; the first that claims the lead keeps it until it leaves."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def claim(self) -> bool:
        self._store.leader = self._store.leader or self
        return self._store.leader is self

    async def turn(self, done: Sequence[int], skip: Sequence[int], limit: int) -> list[OutboxRecord]:
        for position in done:
            self._store.outbox.pop(position, None)
        waiting = sorted(self._store.outbox.items())
        return [record for position, record in waiting if position not in set(skip)][:limit]

    async def backlog(self) -> Backlog:
        return Backlog(depth=len(self._store.outbox))

    async def tidy(self) -> None:
        """Nothing here lives for seven days."""


class MemoryTransaction:
    """Deeds on a copy, kept to be done again when the transaction commits."""

    def __init__(self, tables: Tables, taken: set[str]) -> None:
        self._tables = tables
        self._taken = taken
        self.mine: set[str] = set()
        self.deeds: list[Callable[[Tables], None]] = []

    def _do(self, deed: Callable[[Tables], None]) -> None:
        deed(self._tables)
        self.deeds.append(deed)

    async def prefetch(self, streams: Sequence[str]) -> None:
        """Memory is as near as it gets."""

    async def read(self, stream: str) -> list[Envelope]:
        return [decode(record) for record in self._tables.records(stream)]

    async def append(self, appends: Sequence[Append]) -> None:
        self._do(lambda tables: tables.append(appends))

    async def applied(self, streams: Sequence[str]) -> dict[str, int]:
        known = self._tables.applied
        return {stream: known[stream] for stream in streams if stream in known}

    async def advance(self, versions: dict[str, int]) -> None:
        self._do(lambda tables: tables.advance(versions))

    async def troubled(self, streams: Sequence[str]) -> set[str]:
        return self._tables.troubled(streams)

    async def park(self, records: Sequence[Parked]) -> None:
        self._do(lambda tables: tables.park(records))

    async def waiting(self, stream: str) -> list[Parked]:
        """Where PostgreSQL locks these rows, here whoever commits second begins again."""
        seen = [row for row in self._tables.waiting() if row.stream == stream]

        def unchanged(tables: Tables) -> None:
            if [row for row in tables.waiting() if row.stream == stream] != seen:
                raise ConcurrencyConflict(stream)

        self._do(unchanged)
        return seen

    async def settle(self, records: Sequence[Parked], state: ParkedState, by: str, note: str = "") -> None:
        self._do(lambda tables: tables.settle(records, state, by, note))

    async def discarded(self, streams: Sequence[str]) -> dict[str, frozenset[Discard]]:
        return self._tables.discarded(streams)

    async def claim(self, topic: str, partition: int, generation: int) -> tuple[int, int]:
        self._do(lambda tables: tables.claim((topic, partition), generation))
        return self._tables.offsets[topic, partition]

    async def move(self, moves: Sequence[Consumed]) -> None:
        for each in moves:
            self._do(partial(Tables.move, moved=each))

    async def due(self, now: datetime, limit: int) -> list[DueClock]:
        free = [it for it in self._tables.due(now, len(self._tables.clocks)) if self._free(it.stream)][:limit]
        self._take({it.stream for it in free})
        return free

    async def postpone(self, stream: str, clock: str, until: datetime) -> None:
        self._do(lambda tables: tables.postpone((stream, clock), until))

    async def outdated(self, calendar: str, after: str, limit: int) -> list[str]:
        free = [stream for stream in self._tables.outdated(calendar, after) if self._free(stream)][:limit]
        self._take(set(free))
        return free

    def _free(self, stream: str) -> bool:
        return stream in self.mine or stream not in self._taken

    def _take(self, streams: set[str]) -> None:
        self.mine |= streams
        self._taken |= streams
