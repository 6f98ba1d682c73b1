"""One consumed batch: everything it does commits together (design section 3)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from libs.events.envelope import Envelope
from libs.events.errors import Fenced
from libs.events.notices import notice
from libs.events.postgres import statements
from libs.events.postgres.rows import Writing, events_of, moved_by, parked_columns, parked_of, write, writing
from libs.events.postgres.session import Connection
from libs.events.recording import Recorder
from libs.events.store import Append, Consumed, Discard, DueClock, Parked, ParkedState


@dataclass(slots=True)
class PostgresTransaction:
    """Transaction on a connection that has begun one; `connection` is there for read models' own SQL.

    `publishes` False: a service that writes no topic (metrics) stores no events and parks without a notice.
    `next_due`: when the first of the clocks that were moved here asks for attention.
    `kept`: what a read model looked up for this batch and needs again.
    """

    connection: Connection
    recorder: Recorder
    publishes: bool = True
    next_due: datetime | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    _known: dict[str, list[Envelope]] = field(default_factory=dict)
    _written: dict[str, list[Envelope]] = field(default_factory=lambda: defaultdict(list))
    _pending: list[Writing] = field(default_factory=list)

    async def prefetch(self, streams: Sequence[str]) -> None:
        unknown = [stream for stream in streams if stream not in self._known]
        self._known.update({stream: [] for stream in unknown})
        for event in events_of(await self.connection.fetch(statements.READ_MANY, unknown)):
            self._known[event.stream].append(event)

    async def read(self, stream: str) -> list[Envelope]:
        if stream not in self._known:
            await self.prefetch([stream])
        return [*self._known[stream], *self._written.get(stream, ())]

    async def append(self, appends: Sequence[Append]) -> None:
        """Kept until the transaction commits, so that a batch costs one statement."""
        if not self.publishes:
            raise TypeError("a service without a topic stores no events")
        events = self.recorder.events(appends)
        self._pending.append(writing(appends, events))
        for event in events:
            self._written[event.envelope.stream].append(event.envelope)

    async def flush(self) -> None:
        """Write what was appended. Raises ConcurrencyConflict."""
        if self._pending:
            heads = {stream: first for piece in reversed(self._pending) for stream, first in piece.heads}
            events = tuple(event for piece in self._pending for event in piece.events)
            whole = Writing(tuple(heads.items()), events, moved=moved_by(events))
            await write(self.connection, [whole])
            self.next_due = whole.next_due
            self._pending.clear()

    async def applied(self, streams: Sequence[str]) -> dict[str, int]:
        rows = await self.connection.fetch(statements.APPLIED, list(streams))
        return {row["stream"]: row["version"] for row in rows}

    async def advance(self, versions: dict[str, int]) -> None:
        streams = sorted(versions)  # one order for all, against deadlocks
        await self.connection.execute(statements.ADVANCE, streams, [versions[s] for s in streams])

    async def troubled(self, streams: Sequence[str]) -> set[str]:
        rows = await self.connection.fetch(statements.TROUBLED, list(streams))
        return {row["stream"] for row in rows}

    async def park(self, records: Sequence[Parked]) -> None:
        for record in records:
            if await self.connection.fetchval(statements.PARK, *parked_columns(record)):
                await self._announce(record)

    async def waiting(self, stream: str) -> list[Parked]:
        return [parked_of(row) for row in await self.connection.fetch(statements.WAITING, stream)]

    async def settle(self, records: Sequence[Parked], state: ParkedState, by: str, note: str = "") -> None:
        for record in records:
            decided = replace(record, state=state, decided_by=by, decided_at=self.recorder.clock(), note=note)
            place = (decided.topic, decided.partition, decided.offset)
            decision = (state, by, decided.decided_at, note, decided.reason)
            if await self.connection.fetchval(statements.SETTLE, *place, *decision):
                await self._announce(decided)

    async def _announce(self, record: Parked) -> None:
        if self.publishes:
            message = notice(self.recorder.origin, 0, record)
            await self.connection.execute(statements.NOTIFY, message.topic, message.key, message.value)

    async def discarded(self, streams: Sequence[str]) -> dict[str, frozenset[Discard]]:
        found = defaultdict[str, set[Discard]](set)
        for row in await self.connection.fetch(statements.DISCARDED, list(streams)):
            found[row["stream"]].add((row["version"], row["reason"]))
        return {stream: frozenset(discards) for stream, discards in found.items()}

    async def claim(self, topic: str, partition: int, generation: int) -> tuple[int, int]:
        rows = await self.connection.fetch(statements.CLAIM_PARTITION, topic, partition, generation)
        return rows[0]["next_offset"], rows[0]["generation"]

    async def move(self, moves: Sequence[Consumed]) -> None:
        ordered = sorted(moves)  # one order for all, against deadlocks
        found = await self.connection.fetch(statements.MOVE, *map(list, zip(*ordered, strict=True)))
        moved = {tuple(row) for row in found}
        for each in ordered:
            if (each.topic, each.partition) not in moved and not await self._moved_first(each):
                raise Fenced(f"{each.topic}/{each.partition}")

    async def _moved_first(self, each: Consumed) -> bool:
        """Whether nobody consumed the partition before."""
        topic, partition, expected, to, generation = each
        values = (topic, partition, to, generation)
        return expected == 0 and await self.connection.fetchval(statements.FIRST_MOVE, *values) is not None

    async def due(self, now: datetime, limit: int) -> list[DueClock]:
        return [DueClock(*row) for row in await self.connection.fetch(statements.DUE, now, limit)]

    async def postpone(self, stream: str, clock: str, until: datetime) -> None:
        await self.connection.execute(statements.POSTPONE, stream, clock, until)

    async def outdated(self, calendar: str, after: str, limit: int) -> list[str]:
        rows = await self.connection.fetch(statements.OUTDATED, calendar, after, limit)
        return list(dict.fromkeys(row["stream"] for row in rows))

    async def remember(self, records: Sequence[tuple[str, bytes]]) -> None:
        """Keep reference data by stream, so that the stage knows it also where Kafka is away at its start."""
        streams, contents = [stream for stream, _ in records], [record for _, record in records]
        await self.connection.execute(statements.REMEMBER, streams, contents)
