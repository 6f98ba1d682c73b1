"""What rivals share: our facts and our one fold, so that they answer for the same rows as a rebuild does.

Nothing is imported that only our own services need: peers read this in an environment of their own.
"""

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from bench.answers import expect
from bench.folded import digest
from libs.events.contracts import Value
from libs.events.envelope import Envelope
from services.metrics.fold import fold
from services.metrics.happened import Happened
from services.metrics.matter import Matter
from services.metrics.rows import COLUMNS

_UPSERT = "INSERT INTO matters ({names}) VALUES ({marks}) ON CONFLICT (matter) DO UPDATE SET {changed}"
Key = TypeVar("Key", bound=Hashable)


class Matters(dict[Key, Matter], Generic[Key]):
    """A read model in memory: a dictionary of matters, by whatever the rival calls them."""

    def __missing__(self, key: Key) -> Matter:
        one = self[key] = Matter(str(key))
        return one

    def take(self, key: Key, event: Happened) -> Matter:
        """Fold the next event of this matter."""
        matter = self[key]
        fold(matter, event)
        return matter

    def check(self, wanted: str) -> None:
        """Raises WrongAnswer unless the rows are those of the plain path."""
        expect(digest(self.values()), wanted, "digest of the rows")


def upsert(marks: Iterable[str]) -> str:
    """Write one whole row; `marks` is how the driver names parameters."""
    changed = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "matter")
    return _UPSERT.format(names=", ".join(COLUMNS), marks=", ".join(marks), changed=changed)


class Seen:
    """An event as the contracts of pydantic give it, for the fold, which reads instants as text."""

    __slots__ = (
        "actor_id", "actor_org", "actor_role", "data", "external_no", "kind", "occurred_at", "on_behalf_of",
        "recorded_at", "source_system", "stream", "subject", "traceparent", "version",
    )  # fmt: skip

    def __init__(self, event: Envelope) -> None:
        cause, actor = event.cause, event.cause.actor
        self.kind, self.stream, self.version = event.data.kind, event.stream, event.version
        self.subject = event.stream.partition("-")[2]
        self.occurred_at, self.recorded_at = _text(cause.at), _text(event.recorded_at)
        self.actor_id, self.actor_org, self.actor_role = actor.user, actor.org, actor.role
        self.on_behalf_of, self.traceparent = actor.on_behalf_of, cause.traceparent
        self.source_system, self.external_no = cause.source_system, cause.external_no
        self.data = Fact(event.data)


class Fact:
    """A part of a fact whose instants read as text, and so those of its parts."""

    __slots__ = ("_value",)

    def __init__(self, value: Value) -> None:
        self._value = value

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._value, name)
        return found if found.__class__ is str else _plain(found)  # most are texts


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _text(value)
    if isinstance(value, Value):
        return Fact(value)
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def _text(moment: datetime) -> str:
    """As facts spell it; msgspec is the fastest to do so, but leaves a fraction of zeros out."""
    text: str = msgspec.to_builtins(moment)
    return text if moment.microsecond else f"{text[:-1]}.000000Z"
