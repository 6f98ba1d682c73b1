"""Everything the ledger looks at, as values: copied from the real places, or tampered with by a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.chaos.journal import Entry

Place = tuple[str, int]
"""Topic and partition."""

PREFIX = {"intake": "report", "dispatch": "case", "mediation": "dispute"}
TOPIC = {stage: f"case.{stage}" for stage in PREFIX}
HEARS = {
    "intake": ("dispatch", "mediation"),
    "dispatch": ("intake", "mediation"),
    "mediation": ("intake", "dispatch"),
    "metrics": ("intake", "dispatch", "mediation"),
}


@dataclass(frozen=True)
class Stored:
    """A row of a stage's `events`, with what the record says about its cause."""

    stage: str
    stream: str
    version: int
    kind: str
    id: str
    causation: str
    record: bytes
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def position(self) -> str:
        return f"{self.stream}@{self.version}"

    @property
    def matter(self) -> str:
        return self.stream.partition("-")[2]


@dataclass(frozen=True)
class Published:
    """A record of a topic."""

    topic: str
    partition: int
    offset: int
    key: bytes
    record: bytes


@dataclass(frozen=True)
class Row:
    """A row of the read model: the newest version folded per part, and how it counts."""

    matter: str
    versions: Mapping[str, int]
    case_counted: bool
    dispute_counted: bool


@dataclass(frozen=True)
class Figure:
    """A published denominator and the denominators of its groups."""

    code: str
    denominator: int
    groups: tuple[int, ...]


@dataclass(frozen=True)
class Consumer:
    """What a service says that it has consumed: versions per stream, offsets per partition, set aside."""

    offsets: Mapping[Place, int]
    applied: Mapping[str, int] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    queued: int = 0


@dataclass(frozen=True)
class Evidence:
    """One installation after quiet."""

    entries: tuple[Entry, ...]
    events: tuple[Stored, ...]
    topics: tuple[Published, ...]
    ends: Mapping[Place, int]
    answers: Mapping[str, str]
    """The position that a stage stored under each idempotency key."""
    consumers: Mapping[str, Consumer]
    rows: tuple[Row, ...]
    figures: tuple[Figure, ...]
    live_digest: str
    rebuilt_digest: str
