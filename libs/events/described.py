"""OpenAPI 3.1 per service: FastAPI's account of the routes, completed with what every operation shares."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fastapi import FastAPI

from libs.events.errors import Rejected
from libs.events.labels import label
from libs.events.problems import STATUS, Asked, Problem, document

Json = dict[str, Any]

_EVERYWHERE = ("headers_too_large", "internal_error", "malformed_request", "not_permitted", "token_expired")
_ALL = (
    *_EVERYWHERE,
    "busy",
    "deadline_exceeded",
    "fields_wrong",
    "token_invalid",
    "token_missing",
    "unavailable",
)
COMMAND_CODES = (
    *_ALL, "bad_text", "body_too_large", "duplicate_field", "idempotency_key_malformed",
    "idempotency_key_missing", "idempotency_mismatch", "if_match_malformed", "illegal_transition",
    "malformed_json", "nesting_too_deep", "not_json", "request_timeout", "stale_version", "unknown_matter",
)  # fmt: skip
READ_CODES = (
    *_ALL,
    "after_malformed",
    "bad_cursor",
    "not_found",
    "position_not_reached",
    "unknown_clock",
    "unknown_matter",
)

TRACE = "0af7651916cd43dd8448eb211c80319c"
MATTER = "0198c3a2-7d10-7cc3-98c4-dc0c0c07398f"

PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457, never with the input. Words follow `Accept-Language`, Chinese by default.",
    "required": ["type", "title", "status", "detail", "code", "retryable"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Stable; clients decide by it."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "Name of a parameter of the address."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "allowed": {"type": "array", "items": {"type": "string"}, "description": "On 409: what is possible."},
        "retryable": {"type": "boolean"},
        "trace_id": {"type": "string"},
    },
}
MATTER_STATE: Json = {
    "type": "object",
    "required": ["matter", "stream", "version", "state", "allowed"],
    "properties": {
        "matter": {"type": "string", "format": "uuid"},
        "stream": {"type": "string"},
        "version": {"type": "integer", "minimum": 1},
        "state": {"type": "object", "description": "The regions of the state, by name."},
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The commands that this caller may send next.",
        },
    },
}
PAGE: Json = {
    "type": "object",
    "required": ["items"],
    "properties": {
        "items": {"type": "array", "items": {"type": "object"}},
        "next": {"type": ["string", "null"], "description": "The cursor of the next page; null at the end."},
    },
}
SHARED: Json = {"Problem": PROBLEM, "MatterState": MATTER_STATE, "Page": PAGE}
_TAKEN = {"HTTPValidationError", "ValidationError"}
KEY_PARAMETERS: list[Json] = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "1 to 128 visible ASCII characters; the same request may be sent again with it.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    },
    {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "Only if the stream is still at this version, as an `ETag` named it.",
        "schema": {"type": "string", "pattern": '^(\\*|"[1-9][0-9]{0,9}")$'},
    },
]


def completed(app: FastAPI, stage: str) -> Json:
    """The document that is committed, served and compared."""
    schema: Json = app.openapi()
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _TAKEN:
        schemas.pop(name, None)
    schemas |= SHARED
    codes = sorted(set(COMMAND_CODES) | set(rules(stage)))
    components["responses"] = {**_responses("Command", codes), **_responses("Read", READ_CODES)}
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for path, method, operation in operations(schema):
        _complete(path, method, operation, components["responses"])
    return schema


def operations(schema: Json) -> Iterator[tuple[str, str, Json]]:
    """Every operation as (path, method, operation)."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(path: str, method: str, operation: Json, shared: Json) -> None:
    kind = "Command" if method == "post" else "Read"
    operation["security"] = [] if "open" in operation.get("tags", ()) else [{"bearer": []}]
    if kind == "Command":
        operation["parameters"] = [*operation.get("parameters", ()), *KEY_PARAMETERS]
    answers = operation["responses"]
    answers.pop("422", None)
    success, answer = _success(path, method, answers.pop("200", {}))
    answers[success] = answer
    for name in shared:
        if name.startswith(kind):
            answers[name.removeprefix(kind)] = {"$ref": f"#/components/responses/{name}"}
    operation["responses"] = dict(sorted(answers.items()))


def _success(path: str, method: str, given: Json) -> tuple[str, Json]:
    """A route that states its answer keeps it; else the answer is the one its place implies."""
    content = given.get("content", {}).get("application/json", {})
    if content.get("schema"):
        return "200", given
    begins = method == "post" and "{matter}" not in path
    name = "MatterState" if method == "post" or path.endswith("/{matter}") else "Page"
    described: Json = {
        "description": "The stream begins" if begins else "Answered",
        "headers": _headers(begins=begins),
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }
    if name == "MatterState":
        described["content"]["application/json"]["example"] = _example(path)
    return "201" if begins else "200", described


def _headers(*, begins: bool) -> Json:
    text = {"schema": {"type": "string"}}
    headers = {"ETag": text, "Position": {**text, "description": "`<stream>@<version>`, for `?after=`"}}
    return {**headers, "Location": text} if begins else headers


def _example(path: str) -> Json:
    prefix = path.split("/")[2].removesuffix("s")
    return {
        "matter": MATTER,
        "stream": f"{prefix}-{MATTER}",
        "version": 1,
        "state": {"lifecycle": "..."},
        "allowed": [],
    }


def _responses(kind: str, codes: Sequence[str]) -> Json:
    """One shared response per status, with an example of every code."""
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(STATUS.get(code, 409), []).append(code)
    return {f"{kind}{status}": _response(found) for status, found in sorted(by_status.items())}


def _response(codes: Iterable[str]) -> Json:
    examples = {code: {"value": document(Problem(code), Asked("en", TRACE))} for code in codes}
    return {
        "description": "; ".join(f"`{code}`: {label(code, 'en')}" for code in examples),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": examples,
            }
        },
    }


def rules(stage: str) -> list[str]:
    """The codes of every rule of a stage that is loaded."""
    found = refusals(Rejected)
    return sorted(kind.rule for kind in found if kind.rule.startswith(f"{stage}."))


def refusals(refusal: type[Rejected]) -> Iterator[type[Rejected]]:
    """Every rule of the services that are loaded."""
    for kind in refusal.__subclasses__():
        if kind.__module__.startswith("services."):
            yield kind
        yield from refusals(kind)
