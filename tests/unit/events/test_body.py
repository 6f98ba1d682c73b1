"""A body has one canonical spelling, and the short way to it finds the same one as the careful way."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.events import body
from libs.events.jsontext import to_canonical
from libs.events.problems import Problem

NAMES = st.sampled_from(["a", "b", "a:b", ":", "", '"', "\\", "水", "a\x00"])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | NAMES | st.text(max_size=5)


def _pairs(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An object as text, so that it may say a name twice."""
    member = st.tuples(NAMES.map(json.dumps), children)
    return st.lists(member, max_size=4).map(lambda it: "{" + ", ".join(f"{n} :{v}" for n, v in it) + "}")


def _written(value: Any, *, ascii_only: bool) -> str:
    return json.dumps(value, ensure_ascii=ascii_only)


TEXTS = st.recursive(
    st.builds(_written, PLAIN, ascii_only=st.booleans()) | st.sampled_from(["-0", "1e999", "1E2", "01", "{"]),
    lambda children: _pairs(children) | st.lists(children, max_size=4).map(lambda it: f"[{' , '.join(it)}]"),
    max_leaves=40,
)


def carefully(raw: bytes) -> bytes | str:
    """What the careful way says alone."""
    try:
        return to_canonical(body.parse(raw))
    except Problem as problem:
        return problem.code


def shortly(raw: bytes) -> bytes | str:
    try:
        return body.canonical(raw)
    except Problem as problem:
        return problem.code


@given(TEXTS)
def test_the_short_way_says_what_the_careful_way_says(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    assert shortly(raw) == carefully(raw)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"b": "x:y", "a" : [1.0, null]}', b'{"a":[1.0,null],"b":"x:y"}'),
        (b'{"a":1,"a":1}', "duplicate_field"),
        (b'{"a":{"b":":","b":"::"}}', "duplicate_field"),
        (b'[{"a":1},{"a":1}]', b'[{"a":1},{"a":1}]'),
        (b'{"a":"\\u003a"}', b'{"a":":"}'),
        (b'{"a":"\\u0000"}', "bad_text"),
        (b'{"a":NaN}', "malformed_json"),
        (b"\xef\xbb\xbf{}", "malformed_json"),
        (b'{"a":"\xed\xa0\x80"}', "malformed_json"),
        (b"[" * 40 + b"]" * 40, "nesting_too_deep"),
    ],
)
def test_a_body_is_spelled_in_one_way_or_refused(raw: bytes, said: bytes | str) -> None:
    assert shortly(raw) == said
