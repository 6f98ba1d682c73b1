"""Fold the log again, as the inbox applied it: same order, same duplicates dropped, same decisions. Pure.

What operators decided about parked records is not in the topics, so a rebuild is given those decisions: a
discarded record is skipped, one that still waits holds up its stream here too (`libs.events.lanes`).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from libs.events.codec import decode_fast
from libs.events.errors import BihuanError, Undecodable, UnknownKind
from libs.events.fast import Fast
from libs.events.lanes import SOFT, SYSTEM, Lane, Waiting
from services.metrics.decisions import Decisions, Place, decided_before, unparked, waits
from services.metrics.fold import STEPS_OF, begin, fold
from services.metrics.matter import Matter
from services.metrics.projections import read

Source = tuple[str, int]
"""Topic and partition."""
Message = tuple[int, bytes | None, bytes | None]
"""Offset, key, value."""
_MATTER = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Log:
    """Where the log is: the broker, and the stage topics with the stream prefix that each carries."""

    bootstrap: str
    topics: Mapping[str, str] = field(
        default_factory=lambda: {
            "case.intake": "report",
            "case.dispatch": "case",
            "case.mediation": "dispute",
        }
    )


class UnknownEvent(BihuanError):
    """The log holds a kind or version that this build does not know: no rebuild without it."""


class Folder:
    """The matters of some partitions, folded in memory."""

    def __init__(self, topics: Mapping[str, str], decisions: Decisions) -> None:
        self._prefix_of = topics
        self.matters: dict[bytes | None, Matter] = {}
        self.events = 0
        self._decisions = decisions.rows
        lanes = {stream: Lane[Fast].of(0, found) for stream, found in decisions.discarded().items()}
        self._discarded = {stream: lane.discarded for stream, lane in lanes.items()}
        self._refused = {stream: lane.refused for stream, lane in lanes.items()}
        self._lanes: dict[str, Lane[Fast]] = {}
        self._held: dict[Place, tuple[bytes, bytes]] = {}
        self._held_versions: set[tuple[str, int]] = set()
        self._blocked: set[str] = set()
        self._freed: set[str] = set()
        """Streams that stood still until somebody decided: what has no row came after that decision."""
        self._asked: dict[str, list[Waiting[Fast]]] = {}
        self._odd = decisions.keys()

    def take(self, source: Source, messages: Sequence[Message]) -> None:
        """Fold the next records of a partition. Raises UnknownEvent."""
        # Most of a rebuild's time is spent here: what can be looked up once stands before the loop.
        prefix, matters, odd = self._prefix_of[source[0]], self.matters, self._odd
        steps, part_of, head = STEPS_OF[prefix], attrgetter(prefix), f"{prefix}-"
        self.events += len(messages)
        for offset, key, value in messages:
            try:
                event = decode_fast(value or b"")
                step = steps[event.kind]
            except (Undecodable, KeyError):
                self._slowly(Place(*source, offset), (key, value))
                continue
            matter = matters.get(key)
            if matter is None and _belongs(event, prefix, key):
                matter = matters[key] = Matter(event.subject)
            if matter is None or key in odd or event.stream != head + matter.id:
                self._slowly(Place(*source, offset), (key, value))
                continue
            part, version = part_of(matter), event.version
            known_version = part.version if part is not None else 0
            if version == known_version + 1:
                step(part or begin(matter, prefix, event), event)  # `fold`, with its look-ups done
            elif version > known_version:
                self._slowly(Place(*source, offset), (key, value))

    def _slowly(self, place: Place, message: tuple[bytes | None, bytes | None]) -> None:
        """The record goes through the lane of its stream."""
        key, value = message[0] or b"", message[1] or b""
        event = _event(place, value)
        prefix = self._prefix_of[place.topic]
        row = self._decisions.get(place)
        if not _MATTER.fullmatch(key) or (event and not _belongs(event, prefix, key)):
            return
        stream = f"{prefix}-{key.decode()}"
        if row is not None and not waits(row) and row.reason not in SOFT:
            self._freed.add(stream)
        if row is not None and row.state == "DISCARDED":
            return
        if event is not None and event.version in self._refused.get(stream, ()):
            return  # the same event again, at another place
        if row is not None and waits(row):
            self._hold(place, (key, value), stream, event)
        elif row is not None:
            waiting = Waiting(replace(row, state="PENDING"), event)
            if row.state == "REPLAYED" and row.decided_by != SYSTEM:
                self._asked.setdefault(stream, []).append(waiting)
            self._through_lane(stream, key, waiting, ())
        elif event is not None and not self._waits(stream, event):
            if stream in self._freed or self._came_later(stream, event):
                self._go_ahead(stream)
            arrived = Waiting(unparked(place, stream, value), event)
            self._through_lane(stream, key, arrived, self._discarded.get(stream, ()))

    def _hold(self, place: Place, message: tuple[bytes, bytes], stream: str, event: Fast | None) -> None:
        """It is known to have had no effect yet; what comes of it is decided later."""
        self._held[place] = message
        if event is None or self._decisions[place].reason not in SOFT:
            self._blocked.add(stream)
        else:
            self._held_versions.add((stream, event.version))

    def _waits(self, stream: str, event: Fast) -> bool:
        """Delivered twice: whatever comes behind a record that holds up its stream was parked itself."""
        return stream in self._blocked or (stream, event.version) in self._held_versions

    def _came_later(self, stream: str, event: Fast) -> bool:
        """Recorded after an operator had let a later version go ahead across the gap."""
        asked = self._asked.get(stream, ())
        return any(decided_before(waiting.row, event.recorded_at) for waiting in asked)

    def _through_lane(
        self, stream: str, key: bytes, waiting: Waiting[Fast], discarded: Collection[int]
    ) -> None:
        """Decisions come after all that waited was parked, so parked records meet in the lane before them."""
        matter = self.matters.setdefault(key, Matter(key.decode()))
        lane = self._lanes.setdefault(stream, Lane(matter.version(stream)))
        lane.discarded = discarded
        self._release(stream, lane, lane.add(waiting))

    def _release(self, stream: str, lane: Lane[Fast], ready: Iterable[Fast]) -> None:
        key = stream.partition("-")[2].encode()
        for event in ready:
            fold(self.matters[key], event)
        if lane.waiting:
            self._odd.add(key)
        else:
            del self._lanes[stream]

    def _go_ahead(self, stream: str) -> None:
        """What an operator replayed took effect even across a gap, before anything that came later."""
        lane = self._lanes.get(stream)
        for waiting in self._asked.pop(stream, ()):
            if lane is not None and waiting in lane.waiting:
                row = replace(waiting.row, state="REPLAY_REQUESTED")
                lane.waiting[lane.waiting.index(waiting)] = replace(waiting, row=row)
        if lane is not None:
            lane.discarded = self._discarded.get(stream, ())
            self._release(stream, lane, lane.release())

    def finish(self) -> tuple[list[Matter], list[tuple[Source, Message]]]:
        """The matters with at least one event, and the records that still wait: the next folder's first."""
        for stream in list(self._lanes):
            self._go_ahead(stream)
        return [matter for matter in self.matters.values() if any(matter.parts())], list(self._left())

    def _left(self) -> Iterator[tuple[Source, Message]]:
        for place, message in self._held.items():
            yield place[:2], (place.offset, *message)
        for stream, lane in self._lanes.items():
            for waiting in lane.waiting:
                row = waiting.row
                key = stream.partition("-")[2].encode()
                yield (row.topic, row.partition), (row.offset, key, row.record)


def known(keys: Iterable[bytes | None]) -> list[str]:
    """The keys that name a matter."""
    return sorted(key.decode() for key in keys if key is not None and _MATTER.fullmatch(key))


def _event(place: Place, value: bytes) -> Fast | None:
    try:
        return read(value)
    except UnknownKind as error:
        raise UnknownEvent(
            f"unknown kind at {place.topic}/{place.partition} offset {place.offset}"
        ) from error
    except Undecodable:
        return None


def _belongs(event: Fast, prefix: str, key: bytes | None) -> bool:
    """Topic and key name the stream; an event that names another is nobody's."""
    return event.stream == f"{prefix}-{(key or b'').decode(errors='replace')}"
