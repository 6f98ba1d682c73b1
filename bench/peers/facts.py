"""Our facts as attributes of another library's events, and those events as the one fold reads them."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import fields

from bench.story import records
from libs.events.fast import Fast
from libs.events.jsontext import from_json

OURS = {field.name: field.encode_name for field in fields(Fast)}
"""How a record spells what the fold reads."""
RENAMED = {"command_id": OURS["causation_id"], "fact": OURS["data"]}
OFTEN = (
    "kind", "version", "source", "occurred_at", "recorded_at", "correlation_id", "actor_id", "actor_org",
    "actor_role", "traceparent", "channel", "jurisdiction",
)  # fmt: skip
NAMES = {name: OURS[name] for name in OFTEN} | RENAMED
SELDOM = {
    field.name: field.encode_name for field in fields(Fast) if not field.required and field.name not in OFTEN
}
"""What few facts have: kept apart, so that the others need not say that they have none of it."""


def told(case: int) -> Iterator[dict[str, Any]]:
    """The facts of a case of the story, in their order."""
    return (attributes(record.value) for record in records([case]))


def attributes(record: bytes) -> dict[str, Any]:
    """Everything that a record says and that does not follow from the rest.

    What follows is not kept twice: the matter is the aggregate, the stream is that of the kind's stage, and
    id and schema are made of stream, version and kind.
    """
    found = from_json(record)
    often = {name: found.get(ours) for name, ours in NAMES.items()}
    return {**often, "seldom": {name: found[ours] for name, ours in SELDOM.items() if ours in found}}


class Telling:
    """Beside the attributes of `NAMES`: what else the fold asks of an event."""

    kind: str
    fact: Mapping[str, Any]
    seldom: Mapping[str, str]

    @property
    def data(self) -> "Fact":
        return Fact(self.fact)

    @property
    def on_behalf_of(self) -> str | None:
        return self.seldom.get("on_behalf_of")

    @property
    def source_system(self) -> str | None:
        return self.seldom.get("source_system")

    @property
    def external_no(self) -> str | None:
        return self.seldom.get("external_no")


class Fact:
    """The data of a fact by attribute; None for what it does not say."""

    __slots__ = ("_told",)

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._told = found

    def __getattr__(self, name: str) -> Any:
        found = self._told.get(name)
        return found if found.__class__ is str else _plain(found)  # most are texts


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_plain, value))
    return Fact(value) if isinstance(value, dict) else value
