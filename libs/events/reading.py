"""From a consumed record to an event of a stream, or to the reason why it is none."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol

from libs.events.clock import Clock
from libs.events.errors import Undecodable, UnknownKind
from libs.events.lanes import E
from libs.events.store import Parked

Partition = tuple[str, int]
_MATTER = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class Record(Protocol):
    """A consumed record, as aiokafka gives it."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


@dataclass(frozen=True, slots=True)
class Read(Generic[E]):
    """A record after decoding: `stream` by topic and key, `reason` why it is no event, or empty."""

    record: Record
    stream: str | None
    event: E | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reader(Generic[E]):
    """Reads the records of a service: its decoder, and the stream prefix that each topic carries."""

    decode: Callable[[bytes], E]
    prefix_of: Mapping[str, str]
    clock: Clock

    def read(self, record: Record) -> Read[E]:
        """Topic and key name the stream, even when the value cannot be read."""
        key = record.key or b""
        stream = f"{self.prefix_of[record.topic]}-{key.decode()}" if _MATTER.fullmatch(key) else None
        try:
            event = self.decode(record.value or b"")
        except UnknownKind:
            return Read(record, stream, None, "unknown_kind")
        except Undecodable as refusal:
            return Read(record, stream, None, refusal.reason)
        return (
            Read(record, stream, event) if event.stream == stream else Read(record, None, None, "misplaced")
        )

    def row(self, read: Read[E]) -> Parked:
        """The record as it is set aside."""
        record = read.record
        found = _TRACEPARENT.fullmatch(traceparent(record) or b"")
        return Parked(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            stream=read.stream,
            version=read.event.version if read.event else None,
            reason=read.reason,
            record=record.value or b"",
            trace_id=found[1].decode() if found else None,
            parked_at=self.clock(),
            headers=tuple(record.headers),
        )


def before_unknown(reads: list[Read[E]]) -> tuple[list[Read[E]], Record | None]:
    """The records in front of the first unknown kind of each partition, and one such record."""
    stops: dict[Partition, Record] = {}
    kept: list[Read[E]] = []
    for read in reads:
        if read.reason == "unknown_kind":
            stops.setdefault(partition_of(read.record), read.record)
        if partition_of(read.record) not in stops:
            kept.append(read)
    return kept, next(iter(stops.values()), None)


def partition_of(place: Record | Parked) -> Partition:
    """Where the record was read."""
    return place.topic, place.partition


def traceparent(record: Record) -> bytes | None:
    """The trace context that the record carries, unchecked."""
    return next((value for name, value in record.headers if name == "traceparent"), None)
