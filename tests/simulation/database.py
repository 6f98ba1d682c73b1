"""The databases in process: `MemoryStore`, which the store's suite holds to PostgreSQL, and troubles."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

from libs.events.envelope import Envelope
from libs.events.errors import Unavailable
from libs.events.fast import Fast
from libs.events.memory import MemorySeat, MemoryStore, MemoryTransaction
from libs.events.recording import Origin
from libs.events.store import Answer, Append, OutboxRecord, Parked, VaultKey
from services.metrics.fold import fold
from services.metrics.matter import Matter
from services.metrics.projections import read
from services.metrics.rows import COLUMNS, Row, restore, row
from tests.simulation.chance import Chance
from tests.simulation.virtual import wall_clock

_AT = {name: index for index, name in enumerate(COLUMNS)}
_STORED = ("parts", "report_log", "case_log", "dispute_log")


class Database(MemoryStore):
    """A store that takes time, refuses, and sometimes does the work without saying so."""

    def __init__(self, origin: Origin, chance: Chance) -> None:
        super().__init__(origin, clock=wall_clock)
        self._chance = chance
        self.seats: list[TroubledSeat] = []

    async def _before(self) -> None:
        await self._chance.pause(0.01)
        if self._chance.happens(self._chance.troubles.away):
            raise Unavailable("database")

    def _after(self) -> None:
        if self._chance.happens(self._chance.troubles.unheard):
            raise Unavailable("database")

    async def read(self, stream: str) -> list[Envelope]:
        await self._chance.pause(0.01)
        return await super().read(stream)

    async def append(
        self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
    ) -> None:
        await self._before()
        await super().append(appends, answer, keys)
        self._after()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryTransaction]:
        await self._before()
        async with super().begin() as transaction:
            yield transaction
            await self._before()
        self._after()

    @asynccontextmanager
    async def seat(self) -> AsyncIterator["TroubledSeat"]:
        await self._before()
        seat = TroubledSeat(self, self._chance)
        self.seats.append(seat)
        try:
            yield seat
        finally:
            self.seats.remove(seat)
            self.leader = None if self.leader is seat else self.leader

    def terminate_sessions(self) -> None:
        """As `pg_terminate_backend` of every relay: the lead is free at once, whoever thinks he has it."""
        self.leader = None
        for seat in self.seats:
            seat.lost = True

    def streams(self) -> dict[str, tuple[bytes, ...]]:
        """Every stream with its stored bytes."""
        return self._tables.events

    def applied_versions(self) -> dict[str, int]:
        return self._tables.applied

    def stored_now(self, topic: str, partition: int) -> int:
        """The next offset, without taking time."""
        return self._tables.offsets.get((topic, partition), (0, 0))[0]

    def waiting_records(self) -> list[Parked]:
        return list(self._tables.waiting())

    def set_aside(self) -> list[Parked]:
        """Whatever was decided about it."""
        return self._tables.set_aside()


class TroubledSeat(MemorySeat):
    """A seat whose session can be lost; then no call succeeds."""

    def __init__(self, store: MemoryStore, chance: Chance) -> None:
        super().__init__(store)
        self._chance = chance
        self.lost = False

    async def _alive(self) -> None:
        await self._chance.pause(0.01)
        if self.lost or self._chance.happens(self._chance.troubles.away / 4):
            raise Unavailable("database")

    async def claim(self) -> bool:
        await self._alive()
        return await super().claim()

    async def turn(self, done: Sequence[int], skip: Sequence[int], limit: int) -> list[OutboxRecord]:
        await self._alive()
        rows = await super().turn(done, skip, limit)
        await self._alive()
        return rows


Deed = Callable[[dict[str, Row]], None]


class Figures(Database):
    """The database of metrics: the rows of `matters` commit with the offsets, as in PostgreSQL."""

    def __init__(self, origin: Origin, chance: Chance) -> None:
        super().__init__(origin, chance)
        self.rows: dict[str, Row] = {}

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryTransaction]:
        await self._before()
        async with MemoryStore.begin(self) as transaction:
            folding = FoldingTransaction(transaction, dict(self.rows))
            yield folding
            await self._before()
        self.rows.update({matter: folding.rows[matter] for matter in folding.changed})
        self._after()


class FoldingTransaction(MemoryTransaction):
    """A batch that also has a copy of the rows."""

    def __init__(self, transaction: MemoryTransaction, rows: dict[str, Row]) -> None:
        self._tables, self.deeds = transaction._tables, transaction.deeds
        self.rows, self.changed = rows, list[str]()


class Projected:
    """Effects of metrics with the real fold and the real rows; only the SQL between them is replaced."""

    unknown: Literal["stop"] = "stop"

    def decode(self, record: bytes) -> Fast:
        return read(record)

    async def applied(self, tx: FoldingTransaction, streams: Sequence[str]) -> dict[str, int]:
        versions = {stream: _version(tx.rows, stream) for stream in streams}
        return {stream: version for stream, version in versions.items() if version}

    async def apply(self, tx: FoldingTransaction, envelopes: Sequence[Fast]) -> None:
        for event in envelopes:
            matter = _loaded(tx.rows, event.subject)
            fold(matter, event)
            tx.rows[event.subject] = row(matter)
            tx.changed.append(event.subject)


def _version(rows: dict[str, Row], stream: str) -> int:
    prefix, _, matter = stream.partition("-")
    stored = rows.get(matter)
    return int(stored[_AT[f"{prefix}_version"]] or 0) if stored else 0


def _loaded(rows: dict[str, Row], matter: str) -> Matter:
    stored = rows.get(matter)
    if stored is None:
        return Matter(matter)
    parts, *logs = (stored[_AT[name]] or "" for name in _STORED)
    return restore(matter, parts, (logs[0], logs[1], logs[2]))


def same_rows(ours: Iterable[Row], theirs: Iterable[Row]) -> list[Any]:
    """The rows of which the other side has no equal."""
    left, right = {it[0]: it for it in ours}, {it[0]: it for it in theirs}
    return [key for key in sorted({*left, *right}, key=str) if left.get(key) != right.get(key)]
