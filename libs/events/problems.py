"""Every refusal on HTTP is an RFC 9457 problem: a stable code, words for people, never the input."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.responses import Response

from libs.events import errors
from libs.events.labels import Language, label

STATUS: Mapping[str, int] = {
    "after_malformed": 400,
    "bad_cursor": 400,
    "bad_text": 422,
    "body_too_large": 413,
    "busy": 503,
    "deadline_exceeded": 503,
    "duplicate_field": 400,
    "fields_wrong": 422,
    "headers_too_large": 431,
    "idempotency_key_malformed": 400,
    "idempotency_key_missing": 400,
    "idempotency_mismatch": 422,
    "if_match_malformed": 400,
    "illegal_transition": 409,
    "internal_error": 500,
    "malformed_json": 400,
    "malformed_request": 400,
    "method_not_allowed": 405,
    "nesting_too_deep": 400,
    "not_found": 404,
    "not_json": 415,
    "not_permitted": 403,
    "position_not_reached": 503,
    "request_timeout": 408,
    "stale_version": 412,
    "token_expired": 401,
    "token_invalid": 401,
    "token_missing": 401,
    "unavailable": 503,
    "unknown_clock": 404,
    "unknown_matter": 404,
}
"""The codes of the edge itself; a rule's own code (`dispatch.returned_too_often`) is always a 409."""

RETRYABLE = frozenset({408, 429, 503})


@dataclass(frozen=True, slots=True)
class Wrong:
    """One wrong field: a JSON pointer into the body, or the name of a parameter of the address."""

    code: str
    pointer: str | None = None
    parameter: str | None = None

    def document(self, language: Language) -> dict[str, str]:
        place = {"pointer": self.pointer, "parameter": self.parameter}
        named = {name: value for name, value in place.items() if value is not None}
        return {**named, "code": self.code, "detail": label(self.code, language)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the answer needs to know of the request: the reader's language and the trace."""

    language: Language = "zh"
    trace_id: str = ""


@dataclass(slots=True)
class Problem(errors.BihuanError):
    """A refusal of the edge, raised anywhere below it and written by `response`."""

    code: str
    wrong: Sequence[Wrong] = ()
    allowed: Sequence[str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return STATUS.get(self.code, 409)


def response(problem: Problem, asked: Asked) -> Response:
    """The problem as `application/problem+json` in the caller's language."""
    body = json.dumps(document(problem, asked), ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"content-language": "zh-CN" if asked.language == "zh" else "en", **problem.headers}
    if problem.status in RETRYABLE:
        headers.setdefault("retry-after", "1")
    return Response(body, problem.status, headers, media_type="application/problem+json")


def document(problem: Problem, asked: Asked) -> dict[str, Any]:
    """The members of RFC 9457 and ours; `instance` names the occurrence, not what was sent."""
    title = label(problem.code, asked.language)
    members: dict[str, Any] = {"type": page(problem.code), "title": title, "status": problem.status}
    members |= {"detail": title, "code": problem.code, "retryable": problem.status in RETRYABLE}
    if asked.trace_id:
        members |= {"instance": f"urn:trace:{asked.trace_id}", "trace_id": asked.trace_id}
    if problem.wrong:
        members["errors"] = [wrong.document(asked.language) for wrong in problem.wrong]
    if problem.allowed is not None:
        members["allowed"] = list(problem.allowed)
    return members


def page(code: str) -> str:
    """Where the code is explained: its heading in docs/problems.md, as Markdown anchors are written."""
    return f"/docs/problems.md#{code.replace('.', '')}"


_BY_ERROR: Mapping[type[errors.BihuanError], str] = {
    errors.ConcurrencyConflict: "busy",
    errors.KeyMisused: "idempotency_mismatch",
    errors.KeyRaced: "busy",
    errors.KeyTaken: "busy",
    errors.NotReached: "position_not_reached",
    errors.StaleVersion: "stale_version",
    errors.Unavailable: "unavailable",
    errors.UnknownStream: "unknown_matter",
}


def of_error(error: Exception) -> Problem:
    """The HTTP meaning of each branch of the error tree (libs/events/errors.py)."""
    match error:
        case Problem():
            return error
        case errors.Rejected():
            return Problem(error.rule)
        case errors.StaleVersion():
            return Problem("stale_version", headers={"etag": f'"{error.current}"'})
        case errors.Unavailable():
            return Problem("unavailable", headers={"retry-after": str(error.retry_after)})
        case _:
            return Problem(
                next((code for kind, code in _BY_ERROR.items() if isinstance(error, kind)), "internal_error")
            )


_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 415: "not_json"}


def of_status(status: int) -> str:
    """The code for a refusal that the framework raised by number alone."""
    return _BY_STATUS.get(status, "malformed_request" if status // 100 == 4 else "internal_error")


_TYPES = {
    "enum": "unknown_code",
    "extra_forbidden": "unknown_field",
    "literal_error": "unknown_code",
    "missing": "missing",
    "string_pattern_mismatch": "bad_format",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "too_long": "too_many",
    "too_short": "too_few",
}
_RANGES = ("greater_than", "less_than", "multiple_of", "finite_number", "datetime_past", "datetime_future")


def field_code(kind: str) -> str:
    """Our stable code for pydantic's error type; a code that a model raised itself passes unchanged."""
    if kind in _TYPES:
        return _TYPES[kind]
    if kind.startswith(_RANGES):
        return "out_of_range"
    if kind.endswith(("_parsing", "_from_date_parsing", "_object_invalid")):
        return "bad_format"
    if kind.endswith("_type"):
        return "wrong_type"
    return kind if label(kind) != kind else "invalid"


def pointer(place: Iterable[int | str]) -> str:
    """An RFC 6901 JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def wrong_fields(found: Iterable[Mapping[str, Any]]) -> tuple[Wrong, ...]:
    """All wrong fields of a body at once, in pydantic's order."""
    return tuple(_wrong(entry["type"], entry["loc"]) for entry in found)


def _wrong(kind: str, place: tuple[int | str, ...]) -> Wrong:
    code = field_code(kind)
    hidden = code == "unknown_field" and not _FIELD_NAME.fullmatch(str(place[-1]))
    return Wrong(code, pointer=pointer(place[:-1] if hidden else place))


_FIELD_NAME = re.compile(r"[a-z][a-z_]{0,39}")
"""An unknown field is named when its name could be one of ours; otherwise the name is input."""


Part = Literal["body", "query", "path", "header", "cookie"]


def wrong_parameters(found: Iterable[Mapping[str, Any]]) -> tuple[Wrong, ...]:
    """What FastAPI found wrong: the first part of its place says body, query, path or header."""
    wrong = []
    for entry in found:
        part, *place = entry["loc"]
        if part == "body":
            wrong.append(_wrong(entry["type"], tuple(place)))
        else:
            wrong.append(Wrong(field_code(entry["type"]), parameter=str(place[0]) if place else str(part)))
    return tuple(wrong)
