"""The tables of a stage as dictionaries: what `memory` keeps, with the rules PostgreSQL enforces by keys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from libs.events.clock import Clock
from libs.events.duelist import Move, moves
from libs.events.envelope import Envelope
from libs.events.errors import ConcurrencyConflict, Fenced, KeyRaced, KeyTaken
from libs.events.notices import CONTENT_TYPE, notice
from libs.events.recording import Origin, Recorded, heads, recorded
from libs.events.store import (
    WAITING,
    Answer,
    Append,
    Consumed,
    Discard,
    DueClock,
    OutboxRecord,
    Parked,
    ParkedState,
    Pressure,
    VaultKey,
)

Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One clock on the due list."""

    next_at: datetime | None
    try_at: datetime | None
    calendar: str
    attempts: int = 0

    def ripe(self, now: datetime) -> bool:
        """Whether to look at it now."""
        return self.try_at is not None and self.try_at <= now


@dataclass
class Tables:
    """Every table of a stage. Each method does all of its work or raises and does none."""

    origin: Origin
    clock: Clock
    position: int = 0
    events: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    outbox: dict[int, OutboxRecord] = field(default_factory=dict)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    serials: dict[str, int] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    offsets: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    parked: dict[Place, Parked] = field(default_factory=dict)
    vault: dict[UUID, VaultKey] = field(default_factory=dict)
    clocks: dict[tuple[str, str], "Waiting"] = field(default_factory=dict)

    def copy(self) -> "Tables":
        """A copy that can change without this one changing. Numbers live outside transactions."""
        return replace(
            self,
            events=dict(self.events),
            outbox=dict(self.outbox),
            answers=dict(self.answers),
            applied=dict(self.applied),
            offsets=dict(self.offsets),
            parked=dict(self.parked),
            vault=dict(self.vault),
            clocks=dict(self.clocks),
        )

    def records(self, stream: str) -> tuple[bytes, ...]:
        """The stored bytes of a stream in version order."""
        return self.events.get(stream, ())

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """Newest version per known stream."""
        return {stream: len(self.events[stream]) for stream in streams if stream in self.events}

    def append(
        self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
    ) -> None:
        """Raises ConcurrencyConflict, KeyTaken, KeyRaced, Undecodable."""
        for stream, (first, _) in heads(appends).items():
            if first != len(self.records(stream)):
                raise ConcurrencyConflict(stream)
        if answer and (answer.caller, answer.key) in self.answers:
            raise KeyTaken(answer.key)
        first_keys = {key.matter: key for key in keys}
        if len(first_keys) < len(keys) or first_keys.keys() & self.vault.keys():
            raise KeyRaced("vault")
        events = recorded(self.origin.source, appends, self.clock())
        for event in events:
            self._store(event)
        self._list(moves(event.envelope for event in events))
        if answer:
            self.answers[answer.caller, answer.key] = answer
        self.vault.update(first_keys)

    def _store(self, event: Recorded) -> None:
        stream = event.envelope.stream
        self.events[stream] = (*self.records(stream), event.record)
        self._queue(published(self.origin, self.position + 1, event.envelope, event.record))

    def _queue(self, record: OutboxRecord) -> None:
        self.position = record.position
        self.outbox[record.position] = record

    def _list(self, moved: Sequence[Move]) -> None:
        for move in moved:
            self.clocks.pop((move.stream, move.clock), None)
            if move.calendar is not None:
                self.clocks[move.stream, move.clock] = Waiting(move.next_at, move.next_at, move.calendar)

    def due(self, now: datetime, limit: int) -> list[DueClock]:
        """Clocks to look at, the longest waiting first."""
        ripe = sorted((it.try_at, place, it) for place, it in self.clocks.items() if it.ripe(now))
        return [DueClock(*place, it.next_at or now, it.attempts) for _, place, it in ripe[:limit]]

    def postpone(self, place: tuple[str, str], until: datetime) -> None:
        """Look at a clock later, and remember that it failed."""
        if found := self.clocks.get(place):
            self.clocks[place] = replace(found, try_at=until, attempts=found.attempts + 1)

    def outdated(self, calendar: str, after: str) -> list[str]:
        """Streams behind `after` with a clock computed by this calendar, in order."""
        found = {stream for (stream, _), it in self.clocks.items() if it.calendar == calendar}
        return sorted(stream for stream in found if stream > after)

    def next_due(self) -> datetime | None:
        """When the next clock asks for attention."""
        return min((it.try_at for it in self.clocks.values() if it.try_at), default=None)

    def pressure(self, now: datetime) -> Pressure:
        """What waits, and what was postponed."""
        waiting = self.clocks.values()
        return Pressure(sum(it.ripe(now) for it in waiting), sum(it.attempts > 0 for it in waiting))

    def advance(self, versions: dict[str, int]) -> None:
        """Remember the newest applied versions; they never go back."""
        for stream, version in versions.items():
            self.applied[stream] = max(version, self.applied.get(stream, 0))

    def set_aside(self) -> list[Parked]:
        """Every parked record, oldest first."""
        return sorted(
            self.parked.values(), key=lambda row: (row.parked_at, row.topic, row.partition, row.offset)
        )

    def waiting(self) -> Iterator[Parked]:
        """Parked records that hold up their stream, in offset order."""
        for _, row in sorted(self.parked.items()):
            if row.state in WAITING:
                yield row

    def park(self, records: Sequence[Parked]) -> None:
        """Set aside once: a record parked already stays as it is."""
        for row in records:
            place = (row.topic, row.partition, row.offset)
            if place not in self.parked:
                self.parked[place] = row
                self._queue(notice(self.origin, self.position + 1, row))

    def settle(self, records: Sequence[Parked], state: ParkedState, by: str, note: str) -> None:
        """Record the decision on rows that are still waiting."""
        for row in records:
            place = (row.topic, row.partition, row.offset)
            if self.parked[place].state in WAITING:
                decided = replace(row, state=state, decided_by=by, decided_at=self.clock(), note=note)
                self.parked[place] = decided
                self._queue(notice(self.origin, self.position + 1, decided))

    def troubled(self, streams: Sequence[str]) -> set[str]:
        """Streams of which a record waits or was given up."""
        rows = [row for row in self.parked.values() if row.state != "REPLAYED"]
        return {row.stream for row in rows if row.stream} & set(streams)

    def discarded(self, streams: Sequence[str]) -> dict[str, frozenset[Discard]]:
        """Versions of these streams that operators gave up."""
        found: dict[str, set[Discard]] = {}
        for row in self.parked.values():
            if row.state == "DISCARDED" and row.stream and row.stream in streams and row.version:
                found.setdefault(row.stream, set()).add((row.version, row.reason))
        return {stream: frozenset(discards) for stream, discards in found.items()}

    def claim(self, partition: tuple[str, int], generation: int) -> None:
        """Give the partition a new owner, above every owner before."""
        offset, owner = self.offsets.get(partition, (0, -1))
        self.offsets[partition] = (offset, max(owner + 1, generation))

    def move(self, moved: Consumed) -> None:
        """Raises Fenced when the offset is not where this member left it, or a newer member owns it."""
        partition = (moved.topic, moved.partition)
        offset, owner = self.offsets.get(partition, (0, moved.generation))
        if offset != moved.expected or owner > moved.generation:
            raise Fenced(f"{moved.topic}/{moved.partition}")
        self.offsets[partition] = (moved.to, moved.generation)


def published(origin: Origin, position: int, envelope: Envelope, record: bytes) -> OutboxRecord:
    """An event as the relay sends it: keyed by matter, at most two headers (performance 1.4)."""
    traceparent = envelope.cause.traceparent
    trace = (("traceparent", traceparent.encode()),) if traceparent else ()
    key = str(envelope.matter).encode()
    return OutboxRecord(position, origin.topic_of(envelope.stream), key, record, CONTENT_TYPE + trace)
