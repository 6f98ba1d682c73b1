"""What a stage needs of its storage; `postgres` and `memory` are held to one conformance suite."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from libs.events.contracts import Event
from libs.events.envelope import Cause, Envelope


@dataclass(frozen=True, slots=True)
class Append:
    """Facts for one stream, decided on version `expected` (0 for a new stream).

    `causes` is one cause for all facts, or one per fact (an imported row has a business time per fact).
    """

    stream: str
    expected: int
    facts: tuple[Event, ...]
    causes: tuple[Cause, ...]


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


class EventStore(Protocol):
    """The truth of one stage: an insert-only event table with its outbox and idempotency rows."""

    async def read(self, stream: str) -> list[Envelope]:
        """All events of the stream in version order; empty when unknown."""
        ...

    async def append(self, appends: Sequence[Append], answer: Answer | None = None) -> None:
        """Store everything in one transaction or nothing; durable when it returns.

        Raises ConcurrencyConflict (a stream moved on), KeyTaken (idempotency key stored already),
        Unavailable (the database is away).
        """
        ...

    async def answer(self, caller: str, key: str) -> Answer | None:
        """The stored answer for this caller's idempotency key."""
        ...

    async def serial(self, scope: str) -> int:
        """The next number 1, 2, 3 … of a scope; gaps are possible, repeats are not."""
        ...

    async def applied(self, stream: str) -> int:
        """The newest version of a *foreign* stream whose effects are committed here; 0 when none."""
        ...

    def begin(self) -> AbstractAsyncContextManager["Transaction"]:
        """One transaction for a consumed batch; commits on exit, rolls back on error."""
        ...


class Transaction(Protocol):
    """What a consumed batch may do; all of it commits together or not at all."""

    async def read(self, stream: str) -> list[Envelope]: ...

    async def append(self, appends: Sequence[Append]) -> None: ...

    async def applied(self, streams: Sequence[str]) -> dict[str, int]:
        """Last applied version per foreign stream (absent means 0)."""
        ...

    async def advance(self, versions: dict[str, int]) -> None:
        """Record the newest applied version per foreign stream."""
        ...

    async def blocked(self, streams: Sequence[str]) -> set[str]:
        """Streams that have parked records waiting, so later records wait behind them."""
        ...

    async def park(self, records: Sequence[Parked]) -> None:
        """Set records aside, and queue a notice for `case.dead-letter` in the outbox."""
        ...

    async def waiting(self, stream: str) -> list[Parked]:
        """Pending parked records of a stream in offset order."""
        ...

    async def settle(self, records: Sequence[Parked], decision: str, by: str) -> None:
        """Close parked records: `replayed` or `discarded`, recorded with who decided."""
        ...

    async def move(self, topic: str, partition: int, expected: int, to: int, generation: int) -> None:
        """Store the consumed offset; raises Fenced when another member moved it (reliability 1.4)."""
        ...
