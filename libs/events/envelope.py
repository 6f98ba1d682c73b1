"""An event with everything around it: who, when, where from, in which stream, caused by what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from uuid import UUID

from libs.events.carrier import carrier
from libs.events.contracts import Event

EVENT_NAMESPACE = UUID("6ba3c1de-5c0e-5a3f-9b1e-0b1f0a5e7c11")
_NAMESPACE = EVENT_NAMESPACE.bytes
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""The digit that tells the variant of an id (RFC 9562): two bits are given, two stay."""
_MATTER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


@carrier
@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, by opaque ids; `on_behalf_of` names the person a deputy acts for (roles rule 7)."""

    user: str
    org: str
    role: str
    on_behalf_of: str | None = None


@carrier
@dataclass(frozen=True, slots=True)
class Cause:
    """Why facts come to be: the actor, the business time, and the chain of causes."""

    actor: Actor
    at: datetime
    command_id: UUID
    correlation_id: UUID
    traceparent: str | None = None
    channel: str | None = None
    source_system: str | None = None
    external_no: str | None = None
    jurisdiction: str | None = None
    rule_id: str | None = None
    rule_version: str | None = None
    policy_version: str | None = None
    calendar_version: str | None = None


@carrier
@dataclass(frozen=True, slots=True)
class Envelope:
    """One recorded event. `stream` is `<prefix>-<matter>`; versions of a stream are 1, 2, 3 and so on."""

    source: str
    stream: str
    version: int
    data: Event
    cause: Cause
    recorded_at: datetime
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.data.kind

    @property
    def matter(self) -> UUID:
        return matter_of(self.stream)

    @property
    def id(self) -> UUID:
        return event_id(self.stream, self.version)


def event_id(stream: str, version: int) -> UUID:
    """The same event sent again by any relay has the same id (reliability 1.3)."""
    return UUID(event_id_text(stream, version))


def event_id_text(stream: str, version: int) -> str:
    """The id as text: UUIDv5 of `<stream>@<version>`, several times faster than `uuid.uuid5`."""
    text = sha1(_NAMESPACE + f"{stream}@{version}".encode(), usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"


def matter_of(stream: str) -> UUID:
    """The matter id behind a stream name such as `case-<uuid>`."""
    return UUID(stream.split("-", 1)[1])


def matter_text(stream: str) -> str:
    """The same as text; raises ValueError where a stream names none."""
    matter = stream.partition("-")[2]
    return matter if _MATTER(matter) else str(UUID(matter))


def position(stream: str, version: int) -> str:
    """What a write returns and a read waits for: `<stream>@<version>`."""
    return f"{stream}@{version}"
