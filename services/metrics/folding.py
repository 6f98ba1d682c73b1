"""Fold the log again, as the inbox applied it: same order, same duplicates dropped, same decisions. Pure.

What operators decided about parked records is not in the topics, so a rebuild is given those decisions: a
discarded record is skipped, one that still waits holds up its stream here too (`libs.events.lanes`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from libs.events.errors import BihuanError, Undecodable, UnknownKind
from libs.events.fast import Fast
from libs.events.lanes import Lane, Waiting
from libs.events.store import WAITING, Parked
from services.metrics.fold import fold
from services.metrics.matter import Matter
from services.metrics.projections import read

Source = tuple[str, int]
"""Topic and partition."""
Message = tuple[int, bytes | None, bytes | None]
"""Offset, key, value."""
PREFIX_OF: Mapping[str, str] = {"case.intake": "report", "case.dispatch": "case", "case.mediation": "dispute"}
BY_ITSELF = "system"
_MATTER = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class UnknownEvent(BihuanError):
    """The log holds a kind or version that this build does not know: no rebuild without it."""


class Place(NamedTuple):
    """Where a record stands in the log."""

    topic: str
    partition: int
    offset: int


@dataclass
class Decisions:
    """What was set aside, and what became of it, by place and by stream."""

    rows: dict[Place, Parked] = field(default_factory=dict)

    def discarded(self) -> dict[str, set[int]]:
        """Versions that operators gave up, by stream: nobody waits for them."""
        given_up: dict[str, set[int]] = {}
        for row in self.rows.values():
            if row.state == "DISCARDED" and row.stream and row.version:
                given_up.setdefault(row.stream, set()).add(row.version)
        return given_up

    def keys(self) -> set[bytes]:
        """Matters whose records need a look at the decisions."""
        return {row.stream.partition("-")[2].encode() for row in self.rows.values() if row.stream}


class Folder:
    """The matters of some partitions, folded in memory. `only`: leave every other matter out."""

    def __init__(self, decisions: Decisions, *, only: set[bytes] | None = None) -> None:
        self.matters: dict[bytes | None, Matter] = {}
        self.events = 0
        self._decisions = decisions.rows
        self._discarded = decisions.discarded()
        self._only = only
        self._lanes: dict[str, Lane[Fast]] = {}
        self._held: dict[Place, tuple[bytes, bytes]] = {}
        self._held_versions: set[tuple[str, int]] = set()
        self._odd = decisions.keys()

    def take(self, source: Source, messages: Iterable[Message]) -> None:
        """Fold the next records of a partition. Raises UnknownEvent."""
        prefix, matters, odd, only = PREFIX_OF[source[0]], self.matters, self._odd, self._only
        for offset, key, value in messages:
            self.events += 1
            if only is not None and key not in only:
                continue
            event = _event(source, offset, value)
            if event is None or key in odd:
                self._slowly(Place(*source, offset), (key, value), event)
                continue
            matter = matters.get(key)
            if matter is None or matter.id != event.subject:
                if not _belongs(event, prefix, key):
                    continue
                matter = matters[key] = Matter(event.subject)
            if not event.stream.startswith(prefix):
                continue
            part = getattr(matter, prefix)
            missing = event.version - (part.version if part is not None else 0)
            if missing == 1:
                fold(matter, event)
            elif missing > 1:
                self._slowly(Place(*source, offset), (key, value), event)

    def _slowly(self, place: Place, message: tuple[bytes | None, bytes | None], event: Fast | None) -> None:
        """The record goes through the lane of its stream."""
        key, value = message[0] or b"", message[1] or b""
        prefix = PREFIX_OF[place.topic]
        row = self._decisions.get(place)
        if not _MATTER.fullmatch(key) or (event and not _belongs(event, prefix, key)):
            return
        if row is not None and row.state == "DISCARDED":
            return
        stream = f"{prefix}-{key.decode()}"
        if event is not None and (stream, event.version) in self._held_versions:
            return  # delivered twice
        if row is not None and row.state in WAITING:
            self._hold(place, (key, value), event)
            return
        self._through_lane(stream, key, _waiting(row or _unparked(place, stream, value), event))

    def _hold(self, place: Place, message: tuple[bytes, bytes], event: Fast | None) -> None:
        """It is known to have had no effect yet; what comes of it is decided later."""
        self._held[place] = message
        if event is not None:
            self._held_versions.add((event.stream, event.version))

    def _through_lane(self, stream: str, key: bytes, waiting: Waiting[Fast]) -> None:
        matter = self.matters.setdefault(key, Matter(key.decode()))
        lane = self._lanes.get(stream) or Lane(matter.version(stream), [], self._discarded.get(stream, ()))
        for ready in lane.add(waiting):
            fold(matter, ready)
        self._keep(stream, lane, key)

    def _keep(self, stream: str, lane: Lane[Fast], key: bytes) -> None:
        if lane.waiting:
            self._lanes[stream] = lane
            self._odd.add(key)
        else:
            self._lanes.pop(stream, None)

    def left(self) -> Iterator[tuple[Source, Message]]:
        """Records that wait for an earlier version or for a decision; give them to the next folder first."""
        for place, message in self._held.items():
            yield place[:2], (place.offset, *message)
        for stream, lane in self._lanes.items():
            for waiting in lane.waiting:
                row = waiting.row
                key = stream.partition("-")[2].encode()
                yield (row.topic, row.partition), (row.offset, key, row.record)

    def folded(self) -> list[Matter]:
        """The matters with at least one event."""
        return [matter for matter in self.matters.values() if any(matter.parts())]


def _event(source: Source, offset: int, value: bytes | None) -> Fast | None:
    try:
        return read(value or b"")
    except UnknownKind as error:
        raise UnknownEvent(f"unknown kind at {source[0]}/{source[1]} offset {offset}") from error
    except Undecodable:
        return None


def _belongs(event: Fast, prefix: str, key: bytes | None) -> bool:
    """Topic and key name the stream; an event that names another is nobody's."""
    return event.stream == f"{prefix}-{(key or b'').decode(errors='replace')}"


def _waiting(row: Parked, event: Fast | None) -> Waiting[Fast]:
    """A record that took effect at its turn, or out of turn where an operator said so."""
    asked = row.state == "REPLAYED" and row.decided_by != BY_ITSELF
    return Waiting(replace(row, state="REPLAY_REQUESTED" if asked else "PENDING"), event)


def _unparked(place: Place, stream: str, value: bytes) -> Parked:
    return Parked(*place, stream, None, "", value, None, _NEVER)
