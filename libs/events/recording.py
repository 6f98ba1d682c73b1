"""From decided facts to numbered, encoded events: the same for every store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.events.carrier import carrier
from libs.events.clock import Clock
from libs.events.codec import encode
from libs.events.envelope import Envelope
from libs.events.errors import ConcurrencyConflict
from libs.events.store import Append


@dataclass(frozen=True, slots=True)
class Origin:
    """Which stage writes: the CloudEvents `source`, its topic, and where dead letters are announced."""

    source: str
    topic: str
    dead_letters: str = "case.dead-letter"
    branch: tuple[str, str] | None = None
    """A stream prefix with its dash, and the topic those streams go to instead (`reference-`)."""

    def topic_of(self, stream: str) -> str:
        """Where the events of a stream are published."""
        return self.branch[1] if self.branch and stream.startswith(self.branch[0]) else self.topic


@carrier
@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its bytes; what is stored is what is published."""

    envelope: Envelope
    record: bytes


@dataclass(frozen=True, slots=True)
class Recorder:
    """Gives a stage's facts their numbers, their time of recording and their bytes."""

    origin: Origin
    clock: Clock

    def events(self, appends: Sequence[Append]) -> list[Recorded]:
        """Every event of the appends, in order. Raises Undecodable."""
        return recorded(self.origin.source, appends, self.clock())


def envelopes(source: str, append: Append, recorded_at: datetime) -> Iterable[Envelope]:
    """Number the facts from `expected` + 1; one cause serves all facts, or each has its own."""
    if len(append.causes) not in {1, len(append.facts)}:
        message = f"{len(append.facts)} facts need one cause or as many, not {len(append.causes)}"
        raise ValueError(message)
    for index, fact in enumerate(append.facts):
        yield Envelope(
            source=source,
            stream=append.stream,
            version=append.expected + 1 + index,
            data=fact,
            cause=append.causes[index if len(append.causes) > 1 else 0],
            recorded_at=recorded_at,
        )


def recorded(source: str, appends: Sequence[Append], recorded_at: datetime) -> list[Recorded]:
    """Every event of the appends, encoded, in order."""
    return [
        Recorded(envelope, encode(envelope))
        for append in appends
        for envelope in envelopes(source, append, recorded_at)
    ]


def heads(appends: Sequence[Append]) -> dict[str, tuple[int, int]]:
    """Per stream the version before and after. Raises ConcurrencyConflict when two appends overlap."""
    seen: dict[str, tuple[int, int]] = {}
    for append in appends:
        first, last = seen.get(append.stream, (append.expected, append.expected))
        if last != append.expected:
            raise ConcurrencyConflict(append.stream)
        seen[append.stream] = (first, last + len(append.facts))
    return seen
