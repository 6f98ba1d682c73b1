"""In which order the records of one stream take effect (reliability R3, R6). Pure.

A stream applies its versions 1, 2, 3 … A version that comes too early waits for the one before it. A
record that nobody can apply holds up the later records of its stream, and of no other, until somebody
decides: replay it, or discard it and go on without it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, Self, TypeVar

from libs.events.errors import EditionUnknown, Undecodable
from libs.events.safeguards import removed
from libs.events.store import Discard, Parked

GAP, BEHIND = "gap", "behind"
SOFT = frozenset({GAP, BEHIND})
"""Reasons to wait that need no decision: they end when the record before is there."""
EFFECT = "effect:"
"""How the reason of an event begins whose effect failed."""
MISSING = "reference"
"""The reason of an event whose effect needs reference data that never came."""
READ = SOFT | {MISSING}
"""Reasons of what was read as an event and not only as bytes."""
SYSTEM = "system"
"""Who decides when nobody has to."""


class Numbered(Protocol):
    """An event as far as its order goes; Envelope and Fast are such."""

    @property
    def stream(self) -> str: ...
    @property
    def version(self) -> int: ...


E = TypeVar("E", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Waiting(Generic[E]):
    """A record that has not taken effect: `event` None when it holds up the lane, `stored` when parked."""

    row: Parked
    event: E | None
    stored: bool = False

    @property
    def requested(self) -> bool:
        """Whether an operator asked to apply it; `system` only asks to look whether its turn has come."""
        return self.row.state == "REPLAY_REQUESTED" and self.row.decided_by != SYSTEM


@dataclass
class Lane(Generic[E]):
    """One stream during one batch: what has taken effect, and what waits, in the order of the log.

    `discarded` are the versions that an operator gave up: nobody waits for them. `refused` are those of
    them that were events: delivered again, by a relay or after `republish`, they have no effect either.
    """

    applied: int
    waiting: list[Waiting[E]] = field(default_factory=list)
    discarded: Collection[int] = ()
    refused: Collection[int] = ()
    settled: list[Parked] = field(default_factory=list)
    most: int | None = None
    """How many records may be released at once, to find out which one fails; None: all."""

    @classmethod
    def of(cls, applied: int, discards: Collection[Discard]) -> Self:
        """With what operators gave up. Bytes that nobody could read only stand in for a version."""
        events = (version for version, reason in discards if reason in READ or reason.startswith(EFFECT))
        return cls(applied, [], frozenset(version for version, _ in discards), frozenset(events))

    def follows(self, event: E) -> bool:
        """The ordinary case: nothing waits and this is the next version. Then it has taken effect."""
        next_one = event.version == self.applied + 1 and event.version not in self.refused
        if (self.waiting or not next_one) and not self._careless(event):
            return False
        self.applied = event.version
        return True

    def _careless(self, event: E) -> bool:
        """Only where a test does without the order."""
        return removed("stream-versions") or (removed("park-behind") and event.version > self.applied)

    def add(self, record: Waiting[E]) -> list[E]:
        """Take a record into the lane; what takes effect by it, in order."""
        event = record.event
        if event is not None and (event.version <= self.applied or self._waits(event.version)):
            return []  # delivered twice
        if event is not None and event.version in self.refused:
            return []  # and given up
        self.waiting.append(record)
        return self.release()

    def _waits(self, version: int) -> bool:
        return any(other.event is not None and other.event.version == version for other in self.waiting)

    def release(self) -> list[E]:
        """Everything that can take effect now, in version order."""
        ready: list[E] = []
        released = 0
        while released != self.most and (chosen := self._next()) is not None:
            record, event = chosen
            released += 1
            self.waiting.remove(record)
            if record.stored:
                self.settled.append(record.row)
            if event.version > self.applied and event.version not in self.refused:
                self.applied = event.version
                ready.append(event)
        return ready

    def _next(self) -> tuple[Waiting[E], E] | None:
        """The lowest version in front of the first record that holds the lane, if its turn has come."""
        front: list[tuple[Waiting[E], E]] = []
        for record in self.waiting:
            if record.event is None:
                break
            front.append((record, record.event))
        lowest = min(front, key=lambda pair: pair[1].version, default=None)
        return lowest if lowest and self._may(*lowest) else None

    def _may(self, record: Waiting[E], event: E) -> bool:
        """A record that an operator asked to replay goes ahead even across a gap: that is his decision."""
        missing = range(self.applied + 1, event.version)
        return record.requested or all(version in self.discarded for version in missing)

    def parked(self) -> list[Parked]:
        """What must be set aside now, each with the reason it waits and its version.

        A record that cannot be read stands in for the next version: if it is discarded, nobody waits
        for that one.
        """
        rows: list[Parked] = []
        version = self.applied
        for index, record in enumerate(self.waiting):
            version = version + 1 if record.event is None else record.event.version
            if not record.stored:
                reason = record.row.reason or (BEHIND if index else GAP)
                rows.append(replace(record.row, reason=reason, version=record.row.version or version))
        return rows


def blame(error: Exception) -> str:
    """The reason to wait of a record whose effect failed."""
    return error.reason if isinstance(error, EditionUnknown) else f"{EFFECT}{type(error).__name__}"


def read_again(row: Parked, decode: Callable[[bytes], E]) -> Waiting[E]:
    """A stored row: readable now if it only waits its turn, or if an operator asked to try again."""
    if row.reason not in SOFT and row.state != "REPLAY_REQUESTED":
        return Waiting(row, None, stored=True)
    try:
        return Waiting(row, decode(row.record), stored=True)
    except Undecodable:
        return Waiting(row, None, stored=True)
