"""What a stage needs of its storage; `postgres` and `memory` are held to one conformance suite."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from libs.events.carrier import carrier
from libs.events.contracts import Event
from libs.events.envelope import Cause, Envelope


@carrier
@dataclass(frozen=True, slots=True)
class Append:
    """Facts for one stream, decided on version `expected` (0 for a new stream).

    `causes` is one cause for all facts, or one per fact (an imported row has a business time per fact).
    """

    stream: str
    expected: int
    facts: tuple[Event, ...]
    causes: tuple[Cause, ...]


@carrier
@dataclass(frozen=True, slots=True)
class Answer:
    """A stored answer to a request: the idempotency row, committed with the events it reports."""

    caller: str
    key: str
    route: str
    body_sha256: bytes
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@carrier
@dataclass(frozen=True, slots=True)
class VaultKey:
    """The key of one matter's sealed texts, wrapped by the deployment key (design section 5)."""

    matter: UUID
    key_id: str
    wrapped: bytes


class OutboxRecord(NamedTuple):
    """One row of the to-do list, as it goes to Kafka. `age`: seconds it has waited when it was read."""

    position: int
    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    age: float = 0.0


ParkedState = Literal["PENDING", "REPLAY_REQUESTED", "REPLAYED", "DISCARDED"]
WAITING: tuple[ParkedState, ...] = ("PENDING", "REPLAY_REQUESTED")
"""States of a parked record that hold up the later records of its stream."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A record set aside: bytes, where it came from, why, and where the trace began."""

    topic: str
    partition: int
    offset: int
    stream: str | None
    version: int | None
    reason: str
    record: bytes
    trace_id: str | None
    parked_at: datetime
    headers: tuple[tuple[str, bytes], ...] = ()
    state: ParkedState = "PENDING"
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None


Discard = tuple[int, str]
"""A version that an operator gave up, and the reason why its record had been set aside."""


class Consumed(NamedTuple):
    """A partition that was consumed from where this member left it, and by which right it did."""

    topic: str
    partition: int
    expected: int
    to: int
    generation: int


@dataclass(frozen=True, slots=True)
class DueClock:
    """A clock whose time has come: `due` is when, `attempts` how often looking at it failed since then."""

    stream: str
    clock: str
    due: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Pressure:
    """How many clocks are due and not yet looked at, and how many of all were postponed after a failure."""

    due: int = 0
    postponed: int = 0


class EventStore(Protocol):
    """The truth of one stage: an insert-only event table with its outbox and idempotency rows."""

    async def read(self, stream: str) -> list[Envelope]:
        """All events of the stream in version order; empty when unknown."""
        ...

    async def append(
        self, appends: Sequence[Append], answer: Answer | None = None, keys: Sequence[VaultKey] = ()
    ) -> None:
        """Store everything in one transaction or nothing; durable when it returns.

        `keys`: the first sealing keys of matters whose texts the appends hold.

        Raises ConcurrencyConflict (a stream moved on), KeyTaken (idempotency key stored already),
        KeyRaced (a matter has a sealing key already), Unavailable (the database is away).
        """
        ...

    async def answer(self, caller: str, key: str) -> Answer | None:
        """The stored answer for this caller's idempotency key."""
        ...

    async def serial(self, scope: str) -> int:
        """The next number 1, 2, 3 … of a scope; gaps are possible, repeats are not."""
        ...

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The newest version of each of the stage's *own* streams; unknown streams are absent."""
        ...

    async def applied(self, stream: str) -> int:
        """The newest version of a *foreign* stream whose effects are committed here; 0 when none."""
        ...

    async def stored(self, topic: str, partition: int) -> int | None:
        """The next offset to consume, as committed with the effects; None when never consumed."""
        ...

    async def parked(self, state: ParkedState, limit: int = 200) -> list[Parked]:
        """Records set aside, in one state, oldest first."""
        ...

    async def vault_keys(self, matters: Sequence[UUID]) -> dict[UUID, VaultKey]:
        """The keys of these matters; a matter without sealed text, or erased, is absent."""
        ...

    async def next_due(self) -> datetime | None:
        """When the next clock asks for attention, or did already; None when none will."""
        ...

    async def pressure(self, now: datetime) -> Pressure:
        """How many clocks wait for attention at `now`, and how many were postponed."""
        ...

    def begin(self) -> AbstractAsyncContextManager["Transaction"]:
        """One transaction for a consumed batch; commits on exit, rolls back on error."""
        ...


class Transaction(Protocol):
    """What a consumed batch may do; all of it commits together or not at all."""

    async def prefetch(self, streams: Sequence[str]) -> None:
        """Read these own streams at once, so that each later `read` of them costs nothing."""
        ...

    async def read(self, stream: str) -> list[Envelope]:
        """All events of an own stream, those appended in this transaction included."""
        ...

    async def append(self, appends: Sequence[Append]) -> None:
        """Store with the batch. Raises ConcurrencyConflict, here or when the transaction commits."""
        ...

    async def applied(self, streams: Sequence[str]) -> dict[str, int]:
        """Last applied version per foreign stream (absent means 0)."""
        ...

    async def advance(self, versions: dict[str, int]) -> None:
        """Record the newest applied version per foreign stream."""
        ...

    async def troubled(self, streams: Sequence[str]) -> set[str]:
        """Streams with parked records that wait or were given up, so later ones need a look at them."""
        ...

    async def park(self, records: Sequence[Parked]) -> None:
        """Set records aside, and queue a notice for `case.dead-letter` in the outbox."""
        ...

    async def waiting(self, stream: str) -> list[Parked]:
        """Pending parked records of a stream in offset order."""
        ...

    async def settle(self, records: Sequence[Parked], state: ParkedState, by: str, note: str = "") -> None:
        """Move parked records to another state, recorded with who decided, when and why.

        The reason to wait is stored as the records have it now.
        """
        ...

    async def discarded(self, streams: Sequence[str]) -> dict[str, frozenset[Discard]]:
        """The versions that operators gave up, per stream; a stream without any is absent."""
        ...

    async def claim(self, topic: str, partition: int, generation: int) -> tuple[int, int]:
        """Take a partition over: its next offset, and the generation that `move` must name from now on.

        That is at least `generation` and higher than any before, so an owner of before is fenced even
        when Kafka forgot the group and counts its generations from 1 again.
        """
        ...

    async def move(self, moves: Sequence[Consumed]) -> None:
        """Store consumed offsets; raises Fenced when another member moved one of them (reliability 1.4).

        A partition that was never consumed stands at offset 0.
        """
        ...

    async def due(self, now: datetime, limit: int) -> list[DueClock]:
        """Clocks that ask for attention, longest waiting first; nobody else gets these meanwhile."""
        ...

    async def postpone(self, stream: str, clock: str, until: datetime) -> None:
        """Look at a clock again at `until`: looking at it failed, or it had nothing to say."""
        ...

    async def outdated(self, calendar: str, after: str, limit: int) -> list[str]:
        """Streams behind `after` with an open clock computed by this calendar; ours alone meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits to be published: rows, and the seconds the oldest of them has waited."""

    depth: int = 0
    age: float = 0.0


class Seat(Protocol):
    """The relay's place at the to-do list; every call fails once its session is lost."""

    async def claim(self) -> bool:
        """Try to become the one relay of the stage; for as long as the seat lasts."""
        ...

    async def turn(self, done: Sequence[int], skip: Sequence[int], limit: int) -> list[OutboxRecord]:
        """Forget the rows `done`, and read the rows still there except `skip`, in position order."""
        ...

    async def backlog(self) -> Backlog:
        """What waits now."""
        ...

    async def tidy(self) -> None:
        """Forget idempotency answers that are older than seven days (reliability 2.4)."""
        ...


class Outbox(Protocol):
    """Where a relay finds its work (reliability 1.3)."""

    def seat(self) -> AbstractAsyncContextManager[Seat]:
        """Take a place in the queue for the relay's work; raises Unavailable."""
        ...
