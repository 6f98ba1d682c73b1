"""D1: the contracts' decoder on the replay path against pydantic's own adapter of the same contracts."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, create_model

from bench.answers import expect
from bench.context import Bench
from bench.measure import Comparison, Goal, Mode, Result, Sample, compare, interleave, timed
from bench.story import records
from libs.events.codec import decode, decode_fast
from libs.events.contracts import registry
from libs.events.contracts.values import Instant
from libs.events.fast import MAX_VERSION, schema_path

CASES = 1000
COMPARISONS = (
    Comparison("D1", "contract decode / pydantic TypeAdapter", "fast", "pydantic", Goal(2.5, 3, 8)),
)
_AT = len(b'{"specversion":"1.0","dataschema":"')
Uuid = Annotated[str, StringConstraints(min_length=36, max_length=36)]
Stream = Annotated[str, StringConstraints(pattern=r"^[a-z]+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class Attributes(BaseModel):
    """The CloudEvents attributes of a record, as a reader would write them with pydantic alone."""

    model_config = ConfigDict(frozen=True)

    specversion: Literal["1.0"]
    dataschema: str
    type: str
    source: str
    id: Uuid
    stream: Stream
    streamversion: Annotated[int, Field(ge=1, le=MAX_VERSION)]
    subject: Uuid
    time: Instant
    recordedat: Instant
    datacontenttype: Literal["application/json"]
    causationid: str
    correlationid: str
    actorid: str
    actororg: str
    actorrole: str
    onbehalfof: str | None = None
    channel: str | None = None
    sourcesystem: str | None = None
    externalno: str | None = None
    jurisdiction: str | None = None
    traceparent: str | None = None
    ruleid: str | None = None
    ruleversion: str | None = None
    policyversion: str | None = None
    calendarversion: str | None = None


def adapters() -> dict[bytes, Callable[[bytes], Any]]:
    """By schema path: what validates a whole record with pydantic."""
    found: dict[bytes, Callable[[bytes], Any]] = {}
    for (kind, version), contract in registry().items():
        model = create_model(f"{contract.__name__}Record", __base__=Attributes, data=(contract, ...))
        found[schema_path(kind, version).encode()] = TypeAdapter(model).validate_json
    return found


def run(bench: Bench) -> Result:
    """Both read the same events to the same contents; only then are they timed."""
    values = [record.value for record in records(range(min(CASES, bench.sizes.cases)))]
    known = adapters()
    for value in values[:: len(values) // 200]:
        expect(_pydantic(known, value).data, decode(value).data, "the fact in a record")
    modes = (
        Mode("fast", lambda: _timed(values, decode_fast)),
        Mode("pydantic", lambda: _timed(values, lambda value: _pydantic(known, value))),
    )
    samples = interleave(modes, bench.repetitions)
    return Result("decode", samples, compare(samples, COMPARISONS))


def _pydantic(known: dict[bytes, Callable[[bytes], Any]], value: bytes) -> Any:
    return known[value[_AT : value.find(b'"', _AT)]](value)


def _timed(values: list[bytes], read: Callable[[bytes], Any]) -> Sample:
    return timed(len(values), lambda: [None for value in values if read(value) is None])
