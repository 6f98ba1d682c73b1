"""Decoders for replay, generated from the pydantic contracts when this module is imported.

A rebuild spends most of its time here, so one event is one call into msgspec, and one of a check written out
for its fact (`libs.events.checks`). The property tests in `tests/unit/events/test_codec.py` and
`test_fast.py` hold these decoders to the contracts: same accepts, same rejects, same JSON.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_origin, get_type_hints

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from libs.events.admission import BACKSLASH, MAX_RECORD
from libs.events.annotations import item_of, optional, peel
from libs.events.checks import check_head, check_of, left_over, python_pattern
from libs.events.contracts import Event
from libs.events.errors import Undecodable

MAX_VERSION = 2**31 - 1

T = TypeVar("T")
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
    contract: ClassVar[type[Event]] = Event
    schema_version: ClassVar[int] = 0

    def check(self) -> None:
        """What msgspec did not look at. Raises Undecodable."""
        check_head(self)


class _Nameless(Fast, frozen=True, gc=False, kw_only=True, tag_field="dataschema", tag=""):
    """No event. With it even one fact makes a union, of which msgspec demands the `dataschema`."""

    def check(self) -> None:
        raise Undecodable("envelope")


def reader(kind: str, version: int, contract: type[Event]) -> Read:
    """What decodes `/schemas/<kind>.<version>.json`, and passes over whatever else the record says."""
    decode = _decoder(_shape(kind, version, contract, strict=False))

    def read(record: bytes) -> Fast:
        event = decode(record)
        event.check()
        return event

    return read


def plain_reader(
    contracts: Mapping[tuple[str, int], type[Event]], otherwise: Callable[[bytes], T]
) -> Callable[[bytes], Fast | T]:
    """What decodes the records that most records are like, and asks `otherwise` about the rest.

    Such a record has no escapes and no fields but ours, so it cannot be nested too deep or hold a text that
    nobody can store: of what `admit` looks for, only its length is left.
    """
    decode = _decoder(*(_shape(*key, contract, strict=True) for key, contract in contracts.items()))

    def read(record: bytes) -> Fast | T:
        if BACKSLASH in record or len(record) > MAX_RECORD:
            return otherwise(record)
        try:
            event = decode(record)
            event.check()
        except (ValueError, RecursionError, Undecodable):  # msgspec's errors are ValueErrors
            return otherwise(record)
        return event

    return read


def _decoder(*shapes: type[Fast]) -> Callable[[bytes], Fast]:
    """Reads the shapes, told apart by their `dataschema`."""
    return msgspec.json.Decoder(Union[(_Nameless, *shapes)]).decode


@cache
def _shape(kind: str, version: int, contract: type[Event], *, strict: bool) -> Any:
    return msgspec.defstruct(
        f"{contract.__name__}Event",
        [("kind", Literal[kind], msgspec.field(name="type")), ("data", _struct(contract, strict=strict))],
        bases=(Fast,),
        namespace={"contract": contract, "schema_version": version, "check": check_of(contract)},
        tag_field="dataschema",
        tag=schema_path(kind, version),
        forbid_unknown_fields=strict,
        frozen=True,
        gc=False,
        kw_only=True,
    )


def schema_path(kind: str, version: int) -> str:
    """The `dataschema` attribute of a kind and version."""
    return f"/schemas/{kind}.{version}.json"


@cache
def _struct(contract: type[BaseModel], *, strict: bool) -> type[msgspec.Struct]:
    """The Struct of a contract, without the patterns that its check looks at."""
    hints = get_type_hints(contract, include_extras=True)
    fields: list[tuple[Any, ...]] = []
    for name, field in contract.model_fields.items():
        plain, constraint = peel(hints[name])
        shape = _translate(plain, left_over(constraint), strict=strict)
        fields.append(_field(name, field, shape | None if optional(hints[name]) else shape))
    return msgspec.defstruct(
        f"{contract.__name__}Data",
        fields,
        frozen=True,
        gc=False,
        kw_only=True,
        forbid_unknown_fields=strict,
    )


def _field(name: str, field: FieldInfo, shape: Any) -> tuple[Any, ...]:
    return (name, shape) if field.is_required() else (name, shape, field.default)


def _translate(plain: Any, constraint: dict[str, Any], *, strict: bool) -> Any:
    if plain is datetime:
        return str
    if get_origin(plain) is tuple:
        return tuple.__class_getitem__((_translate(*peel(item_of(plain)), strict=strict), ...))
    if isinstance(plain, type) and issubclass(plain, BaseModel):
        return _struct(plain, strict=strict)
    if plain in {str, int, bool} or get_origin(plain) is Literal:
        return _constrained(plain, constraint)
    raise TypeError(f"the fast decoder does not know {plain}")


def _constrained(plain: Any, constraint: dict[str, Any]) -> Any:
    if not constraint:
        return plain
    if "pattern" in constraint:
        constraint = constraint | {"pattern": python_pattern(constraint["pattern"])}
    return Annotated[plain, msgspec.Meta(**constraint)]
