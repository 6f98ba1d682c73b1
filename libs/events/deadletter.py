"""What an operator can do about a record that was set aside (reliability R6).

Decisions are written to the parked table and announced on `case.dead-letter`; the service that owns the
partition carries them out (`Inbox.replay`). So a decision is safe with any number of replicas, while the
service is down, and when it is made twice.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple, Protocol

from libs.events.errors import BihuanError
from libs.events.lanes import SOFT, SYSTEM
from libs.events.store import WAITING, Parked, ParkedState

LIMIT = 10_000


class Place(NamedTuple):
    """Where a parked record was read: the name by which operators speak of it."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def parse(cls, text: str) -> "Place":
        """`<topic>/<partition>/<offset>`. Raises NotParked for anything else."""
        parts = text.rsplit("/", 2)
        if len(parts) != len(cls._fields) or not (parts[1].isdecimal() and parts[2].isdecimal()):
            raise NotParked(f"{text} is not <topic>/<partition>/<offset>")
        return cls(parts[0], int(parts[1]), int(parts[2]))

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class NotParked(BihuanError):
    """No record waits for a decision at this place."""


class DeadLetters(Protocol):
    """What is needed of a store."""

    def begin(self) -> AbstractAsyncContextManager[Any]: ...

    async def parked(self, state: ParkedState, limit: int = 200) -> list[Parked]: ...


async def listed(store: DeadLetters, states: Sequence[ParkedState] = WAITING) -> list[Parked]:
    """Parked records in these states, each stream's in the order of its log."""
    rows = [row for state in states for row in await store.parked(state, LIMIT)]
    return sorted(rows, key=lambda row: (row.topic, row.partition, row.offset))


async def shown(store: DeadLetters, place: Place) -> Parked:
    """The record at a place, whatever was decided about it. Raises NotParked."""
    for row in await listed(store, ("PENDING", "REPLAY_REQUESTED", "REPLAYED", "DISCARDED")):
        if place_of(row) == place:
            return row
    raise NotParked(f"nothing was set aside at {place}")


async def request_replay(store: DeadLetters, place: Place, by: str, note: str) -> Parked:
    """Ask the service to apply the record, and then what waits for it. Raises NotParked.

    For a record that waits for a missing version this accepts the gap.
    """
    row = await _waiting(store, place)
    async with store.begin() as tx:
        await tx.settle([row], "REPLAY_REQUESTED", by, note)
    return row


async def discard(store: DeadLetters, place: Place, by: str, note: str) -> Parked:
    """Give the record up; the later ones of its stream go on without it. Raises NotParked."""
    row = await _waiting(store, place)
    async with store.begin() as tx:
        # Locks all of it in the order of the log, as inbox and replay do, so that nobody waits crosswise.
        waiting = await tx.waiting(row.stream) if row.stream is not None else []
        await tx.settle([row], "DISCARDED", by, note)
        following = [other for other in waiting if place_of(other) != place][:1]
        freed = [other for other in following if other.reason in SOFT]
        await tx.settle(freed, "REPLAY_REQUESTED", SYSTEM, f"{place} was discarded")
    return row


async def _waiting(store: DeadLetters, place: Place) -> Parked:
    row = await shown(store, place)
    if row.state not in WAITING:
        raise NotParked(f"{place} was decided already: {row.state} by {row.decided_by}")
    return row


def place_of(row: Parked) -> Place:
    """Where the record was read."""
    return Place(row.topic, row.partition, row.offset)
