"""The body of a request: bounded, UTF-8, strict JSON without what PostgreSQL would choke on."""

import json
import re
from typing import Any

from starlette.types import Message, Receive

from libs.events.jsontext import NOT_JSON, from_json, to_canonical
from libs.events.problems import Problem, Wrong, pointer

MAX_DEPTH = 32
_UNCLEAN = re.compile("[\x00\ud800-\udfff]")


async def read(receive: Receive, limit: int, announced: str | None) -> bytes:
    """The whole body, refused as soon as it is known to exceed `limit` bytes (413)."""
    if announced is not None and (not announced.isdecimal() or int(announced) > limit):
        raise Problem("body_too_large" if announced.isdecimal() else "malformed_request")
    body, more = b"", True
    while more and len(body) <= limit:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem("malformed_request")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if len(body) > limit:
        raise Problem("body_too_large")
    return body


def canonical(raw: bytes) -> bytes:
    """The one spelling of the value, or a Problem (see `parse`)."""
    return _plain(raw) or to_canonical(parse(raw))


def _plain(raw: bytes) -> bytes | None:
    """The same for an ordinary body in a third of the time; None for whatever needs a closer look.

    Without escapes every text is spelled as it was sent. So a colon less can only mean a doubled key, of
    which one member was dropped.
    """
    if b"\\" in raw or _may_be_deep(raw):
        return None
    try:
        text = to_canonical(from_json(raw))
    except NOT_JSON:
        return None
    return text if text.count(b":") == raw.count(b":") else None


def parse(raw: bytes) -> Any:
    """The value, or a Problem: no doubled key, no NaN, no deep nesting, no NUL, no lone surrogate."""
    try:
        value = _STRICT.decode(raw.decode())
    except RecursionError:
        raise Problem("nesting_too_deep") from None
    except ValueError:
        raise Problem("malformed_json") from None
    if b"\\u" in raw or _may_be_deep(raw):
        _inspect(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Problem("duplicate_field")
    return members


def _no_constant(_: str) -> None:
    raise Problem("malformed_json")


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _may_be_deep(raw: bytes) -> bool:
    """Most bodies are one flat object: to look for a second bracket is far faster than to count them."""
    if raw.find(b"{", 1) < 0 and b"[" not in raw:
        return False
    return raw.count(b"[") + raw.count(b"{") > MAX_DEPTH


def _inspect(value: Any) -> None:
    """Walks without recursion; reports every string with a NUL or a lone surrogate at once."""
    bad: list[Wrong] = []
    waiting: list[tuple[Any, tuple[int | str, ...]]] = [(value, ())]
    while waiting:
        part, place = waiting.pop()
        if len(place) > MAX_DEPTH:
            raise Problem("nesting_too_deep")
        if isinstance(part, dict):
            if not all(map(_clean, part)):
                bad.append(Wrong("bad_text", pointer=pointer(place)))
                continue
            waiting.extend((child, (*place, name)) for name, child in part.items())
        elif isinstance(part, list):
            waiting.extend((child, (*place, index)) for index, child in enumerate(part))
        elif isinstance(part, str) and not _clean(part):
            bad.append(Wrong("bad_text", pointer=pointer(place)))
    if bad:
        raise Problem("bad_text", wrong=bad)


def _clean(text: str) -> bool:
    return _UNCLEAN.search(text) is None
