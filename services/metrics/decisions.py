"""What operators decided about parked records, as a rebuild is given it: it is not in the topics."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from libs.events.contracts.values import instant_text
from libs.events.store import WAITING, Discard, Parked

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Place(NamedTuple):
    """Where a record stands in the log."""

    topic: str
    partition: int
    offset: int


@dataclass
class Decisions:
    """What was set aside, and what became of it, by place and by stream."""

    rows: dict[Place, Parked] = field(default_factory=dict)

    def discarded(self) -> dict[str, set[Discard]]:
        """Versions that operators gave up, by stream."""
        given_up: dict[str, set[Discard]] = {}
        for row in self.rows.values():
            if row.state == "DISCARDED" and row.stream and row.version:
                given_up.setdefault(row.stream, set()).add((row.version, row.reason))
        return given_up

    def keys(self) -> set[bytes]:
        """Matters whose records need a look at the decisions."""
        return {row.stream.partition("-")[2].encode() for row in self.rows.values() if row.stream}


def waits(row: Parked) -> bool:
    """Nothing has come of the record yet."""
    return row.state in WAITING


def decided_before(row: Parked, recorded_at: str) -> bool:
    """The decision was made before the event of that record time was stored."""
    return row.decided_at is not None and instant_text(row.decided_at) < recorded_at


def unparked(place: Place, stream: str, value: bytes) -> Parked:
    """A record that nobody set aside, in the form of those that were."""
    return Parked(*place, stream, None, "", value, None, _NEVER)
