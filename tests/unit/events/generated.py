"""Facts, envelopes and broken JSON, generated from the contracts themselves."""

import json
import re
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from annotated_types import Ge, Le
from hypothesis import strategies as st
from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from libs.events.contracts import Event, registry
from libs.events.contracts.values import instant_text
from libs.events.envelope import Actor, Cause, Envelope

INSTANTS = st.datetimes(timezones=st.just(UTC))
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
CONTRACTS: list[type[Event]] = [contract for _, contract in sorted(registry().items())]
ASCII = st.characters(max_codepoint=127)
LARGEST = 2**31 - 1


def json_of(contract: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Data of a contract as JSON values; optional fields come and go, or are null."""
    hints = get_type_hints(contract, include_extras=True)
    required = {n: _value(hints[n]) for n, f in contract.model_fields.items() if f.is_required()}
    optional = {n: _value(hints[n]) for n, f in contract.model_fields.items() if not f.is_required()}
    return st.fixed_dictionaries(required, optional=optional)


def _value(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) in {Union, UnionType}:
        return st.one_of([st.none() if part is NoneType else _value(part) for part in get_args(hint)])
    if get_origin(hint) is Annotated:
        plain, *metadata = get_args(hint)
        patterns = [str(part.pattern) for part in metadata if isinstance(part, StringConstraints)]
        if patterns:
            return _matching(patterns[0])
        return _whole(metadata) if plain is int else _plain(plain)
    return _plain(hint)


def _whole(metadata: list[Any]) -> st.SearchStrategy[int]:
    """Numbers between the bounds that the field names."""
    bounds: list[Any] = [bound for part in metadata if isinstance(part, FieldInfo) for bound in part.metadata]
    lowest = [bound.ge for bound in bounds if isinstance(bound, Ge) and isinstance(bound.ge, int)]
    highest = [bound.le for bound in bounds if isinstance(bound, Le) and isinstance(bound.le, int)]
    return st.integers((lowest or [0])[0], (highest or [LARGEST])[0])


def _matching(pattern: str) -> st.SearchStrategy[str]:
    """Texts of the pattern, the long ones kept short enough to be drawn quickly."""
    return st.from_regex(re.sub(r"\{1,\d+\}\$$", "{1,9}$", pattern), fullmatch=True, alphabet=ASCII)


def _plain(kind: Any) -> st.SearchStrategy[Any]:
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is tuple:
        return st.lists(_value(get_args(kind)[0]), max_size=3)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return json_of(kind)
    known: dict[Any, st.SearchStrategy[Any]] = {
        datetime: INSTANTS.map(instant_text),
        bool: st.booleans(),
        int: st.integers(0, LARGEST),
        str: TEXTS,
    }
    return known[kind]


def facts(contract: type[Event]) -> st.SearchStrategy[Event]:
    return json_of(contract).map(lambda data: contract.model_validate_json(json.dumps(data)))


ACTORS = st.builds(Actor, TEXTS, TEXTS, TEXTS, st.none() | TEXTS)
CAUSES = st.builds(
    Cause,
    actor=ACTORS,
    at=INSTANTS,
    command_id=st.uuids(),
    correlation_id=st.uuids(),
    traceparent=st.none() | TEXTS,
    channel=st.none() | TEXTS,
    source_system=st.none() | TEXTS,
    external_no=st.none() | TEXTS,
    jurisdiction=st.none() | TEXTS,
    rule_id=st.none() | TEXTS,
    rule_version=st.none() | TEXTS,
    policy_version=st.none() | TEXTS,
    calendar_version=st.none() | TEXTS,
)
STREAMS = st.builds("{}-{}".format, st.sampled_from(["report", "case", "dispute"]), st.uuids())


def envelopes() -> st.SearchStrategy[Envelope]:
    return st.builds(
        Envelope,
        source=st.just("/bihuan/test/dispatch"),
        stream=STREAMS,
        version=st.integers(1, LARGEST),
        data=st.sampled_from(CONTRACTS).flatmap(facts),
        cause=CAUSES,
        recorded_at=INSTANTS,
        extra=st.dictionaries(st.from_regex(r"x[a-z0-9]{1,8}", fullmatch=True), TEXTS, max_size=2),
    )


Raw = str
"""A JSON text that may be no JSON at all."""

ODD: list[Raw] = [
    *("null", "true", "0", "-1", "1.0", "1e2", "-0", '""', "[]", "{}", '"01"', "[null]", "[[]]", "0.5"),
    *(str(2**31), str(2**31 - 1), str(2**63), str(2**64), "9" * 60, "1E400", "NaN", "Infinity", "-Infinity"),
    *(
        '"\\ud800"',
        '"\\udfff"',
        '"\\ud83d\\ude00"',
        '"\\u0000"',
        '"a\\u0000b"',
        '"\\u0041"',
        '"\\n"',
        '"\\x"',
        '"\t"',
    ),
    *(
        '"A-1\\n"',
        '"A-1 "',
        '" A-1"',
        '"Ａ-1"',
        '"640202001001001\\n"',
        '"６40202001001001"',
        '"张三"',
        '"\\u5f20"',
    ),
    *('"2024-02-29T00:00:00.000000Z"', '"2023-02-29T00:00:00.000000Z"', '"2024-04-31T00:00:00.000000Z"'),
    *('"2024-05-06T07:08:09Z"', '"2024-05-06 07:08:09.123456Z"', '"2024-05-06T07:08:09.123456z"'),
    *('"2024-05-06T07:08:09.123456+00:00"', '"2024-05-06T07:08:60.000000Z"', '"2024-05-06T24:00:00.000000Z"'),
    *('"0000-01-01T00:00:00.000000Z"', '"0001-01-01T00:00:00.000000Z"', '"2024-W01-1T00:00:00.000000Z"'),
    *('"2024-05-06T07:08:09,123456Z"', '"2024-05-06T070809.12345678Z"', '"２024-05-06T07:08:09.123456Z"'),
    *("1715000000", "1715000000.5", '"1715000000"', '"2024-05-06"', '"2024-05-06T07:08:09.1234567Z"'),
    *('{"sealed":"a","key":"k"}', '{"sealed":"","key":"k"}', '{"sealed":"a b","key":"k"}', '{"sealed":"a"}'),
    *(
        '{"sealed":"a","key":"k","more":[1]}',
        '[{"sealed":"a","key":"k"}]',
        "[" * 40 + "]" * 40,
        "[" * 2000 + "]" * 2000,
    ),
]


def write(data: Any) -> Raw:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def mutations(data: dict[str, Any]) -> st.SearchStrategy[Raw]:
    """The data as it is, or with something wrong with it."""
    names = sorted(data) or ["x"]
    named, odd = st.sampled_from(names), st.sampled_from(ODD)
    ways: list[st.SearchStrategy[Raw]] = [
        st.just(write(data)),
        named.map(lambda name: write({key: data[key] for key in data if key != name})),
        st.builds(lambda name, value: _with(data, name, value), named, odd),
        st.builds(lambda value: _with(data, "unknown_field", value), odd),
        st.builds(lambda name, value: f'{write(data)[:-1]},"{name}":{value}}}', named, odd),
        st.builds(lambda at: write(data)[:at], st.integers(0, len(write(data)))),
        odd,
        st.builds(_replace_letter, st.just(write(data)), st.integers(0, 2**16), st.characters(codec="utf-8")),
    ]
    return st.one_of(ways)


def _with(data: dict[str, Any], name: str, value: Raw) -> Raw:
    others = [f"{write(key)}:{write(item)}" for key, item in data.items() if key != name]
    return "{" + ",".join([*others, f'"{name}":{value}']) + "}"


def _replace_letter(text: Raw, at: int, letter: str) -> Raw:
    place = at % len(text)
    return text[:place] + letter + text[place + 1 :]


MATTER = UUID("019a1b2c-3d4e-7f50-8a1b-2c3d4e5f6071")
