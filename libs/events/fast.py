"""Decoders for replay, generated from the pydantic contracts when this module is imported.

A rebuild spends most of its time here, so one event is one call into msgspec plus a few set lookups.
The property test in `tests/unit/events/test_codec.py` holds these decoders to the contracts: same
accepts, same rejects, same JSON.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Literal, get_origin, get_type_hints

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from libs.events.annotations import item_of, optional, peel
from libs.events.contracts import Event
from libs.events.errors import Undecodable
from libs.events.instants import SEPARATORS, is_instant, nested

MAX_VERSION = 2**31 - 1
_KNOWN_LIMIT = 65_536  # streams, and combinations of codes per fact, remembered; a flood starts them afresh
_STREAM = re.compile(r"[a-z]+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch

Size = Annotated[str, msgspec.Meta(min_length=36, max_length=36)]
Read = Callable[[bytes], "Fast"]
"""Raises Undecodable and msgspec's DecodeError."""
Instant = Annotated[str, msgspec.Meta(min_length=27, max_length=27)]
Version = Annotated[int, msgspec.Meta(ge=1, le=MAX_VERSION)]


class Fast(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    rename={
        "kind": "type",
        "version": "streamversion",
        "occurred_at": "time",
        "recorded_at": "recordedat",
        "causation_id": "causationid",
        "correlation_id": "correlationid",
        "actor_id": "actorid",
        "actor_org": "actororg",
        "actor_role": "actorrole",
        "on_behalf_of": "onbehalfof",
        "source_system": "sourcesystem",
        "external_no": "externalno",
        "rule_id": "ruleid",
        "rule_version": "ruleversion",
        "policy_version": "policyversion",
        "calendar_version": "calendarversion",
    },
):
    """One event as replay sees it: the CloudEvents attributes flat, instants as text, `data` a Struct.

    Instants have one spelling (UTC, microseconds, `Z`), so comparing the text compares the time.
    """

    specversion: Literal["1.0"]
    dataschema: str
    kind: str
    source: str
    id: Size
    stream: str
    version: Version
    subject: Size
    occurred_at: Instant
    recorded_at: Instant
    datacontenttype: Literal["application/json"]
    causation_id: str
    correlation_id: str
    actor_id: str
    actor_org: str
    actor_role: str
    on_behalf_of: str | None = None
    channel: str | None = None
    source_system: str | None = None
    external_no: str | None = None
    jurisdiction: str | None = None
    traceparent: str | None = None
    rule_id: str | None = None
    rule_version: str | None = None
    policy_version: str | None = None
    calendar_version: str | None = None
    data: Any
    schema_version: ClassVar[int] = 0


class Codes:
    """The fields of one fact that follow a pattern; combinations seen before need one set lookup."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self.read = _getter(patterns)
        self.seen: set[tuple[str | None, ...]] = {()}
        self._matches = [re.compile(python_pattern(pattern)).search for pattern in patterns.values()]

    def learn(self, values: tuple[str | None, ...]) -> None:
        """Look at a new combination. Raises Undecodable."""
        for value, match in zip(values, self._matches, strict=False):
            if value is not None and not match(value):
                raise Undecodable("data")
        if len(self.seen) >= _KNOWN_LIMIT:
            self.seen.clear()
        self.seen.add(values)


def _getter(names: Iterable[str]) -> Callable[[Any], tuple[str | None, ...]]:
    """Reads these attributes at once, always as a tuple."""
    found = tuple(names)
    if not found:
        return lambda _: ()
    return attrgetter(*found) if len(found) > 1 else attrgetter(*found, found[0])


class Streams(dict[str, str]):
    """The matters of streams seen before: most events belong to a stream that was looked at already."""

    def learn(self, fast: Fast) -> None:
        """A stream is `<prefix>-<matter>`, and the matter is the subject. Raises Undecodable."""
        if not (_STREAM(fast.stream) and fast.stream.endswith(fast.subject)):
            raise Undecodable("stream")
        if len(self) >= _KNOWN_LIMIT:
            self.clear()
        self[fast.stream] = fast.subject


_streams = Streams()


def check_head(fast: Fast) -> None:
    """The stream names the subject, and both instants have the one spelling. Raises Undecodable."""
    if _streams.get(fast.stream) != fast.subject:
        _streams.learn(fast)
    if not (is_instant(fast.occurred_at) and is_instant(fast.recorded_at)):
        raise Undecodable("envelope")


def reader(kind: str, version: int, contract: type[Event]) -> Read:
    """What decodes `/schemas/<kind>.<version>.json`, and checks what msgspec would check too slowly.

    Written flat: a rebuild spends most of its time here. The event's own time is looked at once.
    """
    patterns: dict[str, str] = {}
    moments: list[str] = []
    decode = msgspec.json.Decoder(_shape(kind, version, _struct(contract, patterns, moments))).decode
    codes, instants, parts = Codes(patterns), tuple(map(attrgetter, moments)), tuple(nested(contract).items())
    coded, seen, learn, parse = patterns and codes.read, codes.seen, codes.learn, datetime.fromisoformat
    matter_of = _streams.get

    def read(record: bytes) -> Fast:
        fast: Fast = decode(record)
        occurred, recorded = fast.occurred_at, fast.recorded_at
        if (
            occurred[26] != "Z"
            or recorded[26] != "Z"
            or occurred[4:20:3] != SEPARATORS
            or recorded[4:20:3] != SEPARATORS
            or matter_of(fast.stream) != fast.subject
        ):
            check_head(fast)
        try:
            parse(occurred), parse(recorded)
        except ValueError:
            raise Undecodable("envelope") from None
        data = fast.data
        if coded and (values := coded(data)) not in seen:
            learn(values)
        for instant in instants:
            text = instant(data)
            if text is not None and text != occurred and not is_instant(text):
                raise Undecodable("data")
        for name, texts in parts:
            if (part := getattr(data, name)) is not None and not all(map(_possible, texts(part))):
                raise Undecodable("data")
        return fast

    return read


def _possible(text: str | None) -> bool:
    return text is None or is_instant(text)


def _shape(kind: str, version: int, data: type[msgspec.Struct]) -> Any:
    return msgspec.defstruct(
        f"{data.__name__}Event",
        [
            ("kind", Literal[kind], msgspec.field(name="type")),
            ("dataschema", Literal[schema_path(kind, version)]),
            ("data", data),
        ],
        bases=(Fast,),
        namespace={"schema_version": version},
        frozen=True,
        gc=False,
        kw_only=True,
    )


def schema_path(kind: str, version: int) -> str:
    """The `dataschema` attribute of a kind and version."""
    return f"/schemas/{kind}.{version}.json"


def python_pattern(pattern: str) -> str:
    r"""The pattern with `$` as pydantic means it: the end of the text, never before a last line break."""
    return re.sub(r"(?<!\\)\$$", r"\\Z", pattern)


def _struct(
    contract: type[BaseModel], codes: dict[str, str] | None = None, instants: list[str] | None = None
) -> type[msgspec.Struct]:
    """The Struct of a contract. Without `codes` (a nested value) msgspec checks the patterns."""
    hints = get_type_hints(contract, include_extras=True)
    fields: list[tuple[Any, ...]] = []
    for name, field in contract.model_fields.items():
        plain, constraint = peel(hints[name])
        if codes is not None and "pattern" in constraint:
            codes[name] = constraint["pattern"]
            constraint = {}
        if plain is datetime and instants is not None:
            instants.append(name)
        shape = _translate(plain, constraint)
        fields.append(_field(name, field, shape | None if optional(hints[name]) else shape))
    return msgspec.defstruct(f"{contract.__name__}Data", fields, frozen=True, gc=False, kw_only=True)


def _field(name: str, field: FieldInfo, shape: Any) -> tuple[Any, ...]:
    return (name, shape) if field.is_required() else (name, shape, field.default)


def _translate(plain: Any, constraint: dict[str, Any]) -> Any:
    if plain is datetime:
        return str
    if get_origin(plain) is tuple:
        return tuple.__class_getitem__((_translate(*peel(item_of(plain))), ...))
    if isinstance(plain, type) and issubclass(plain, BaseModel):
        return _struct(plain)
    if plain in {str, int, bool} or get_origin(plain) is Literal:
        return _constrained(plain, constraint)
    raise TypeError(f"the fast decoder does not know {plain}")


def _constrained(plain: Any, constraint: dict[str, Any]) -> Any:
    if not constraint:
        return plain
    if "pattern" in constraint:
        constraint = constraint | {"pattern": python_pattern(constraint["pattern"])}
    return Annotated[plain, msgspec.Meta(**constraint)]
