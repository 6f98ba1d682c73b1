"""Whether a new OpenAPI document breaks clients of the old one. Pure; findings are sentences."""

from collections.abc import Iterator
from typing import Any, Literal

Json = dict[str, Any]
Way = Literal["request", "answer"]
_LIMITS = (("maxLength", -1), ("maximum", -1), ("maxItems", -1), ("minLength", 1), ("minItems", 1))


def breaking(old: Json, new: Json) -> list[str]:
    """Everything a client of `old` could trip over in `new`; empty when there is nothing."""
    return [
        finding
        for path, methods in old.get("paths", {}).items()
        for method, before in methods.items()
        for finding in _operation(f"{method.upper()} {path}", before, _found(new, path, method), (old, new))
    ]


def _found(document: Json, path: str, method: str) -> Json | None:
    operation: Json | None = document.get("paths", {}).get(path, {}).get(method)
    return operation


def _operation(name: str, before: Json, after: Json | None, documents: tuple[Json, Json]) -> Iterator[str]:
    if after is None:
        yield f"{name} is gone"
        return
    if before.get("operationId") != after.get("operationId"):
        yield f"{name} has another operation id"
    yield from _parameters(name, before, after, documents)
    yield from _schema(f"{name} body", (_body(before), _body(after)), documents, "request")
    for status in (status for status in before["responses"] if status.startswith("2")):
        if status not in after["responses"]:
            yield f"{name} no longer answers {status}"
            continue
        pair = (_content(before["responses"][status]), _content(after["responses"][status]))
        yield from _schema(f"{name} {status}", pair, documents, "answer")


def _body(operation: Json) -> Json:
    return _content(operation.get("requestBody", {}))


def _content(part: Json) -> Json:
    schema: Json = part.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _parameters(name: str, before: Json, after: Json, documents: tuple[Json, Json]) -> Iterator[str]:
    old = {(it["name"], it["in"]): it for it in before.get("parameters", ())}
    new = {(it["name"], it["in"]): it for it in after.get("parameters", ())}
    for key in old.keys() - new.keys():
        yield f"{name}: parameter {key[0]} is gone"
    for key, parameter in new.items():
        if parameter.get("required") and not old.get(key, {}).get("required"):
            yield f"{name}: parameter {key[0]} is now required"
        if key in old:
            pair = (old[key].get("schema", {}), parameter.get("schema", {}))
            yield from _schema(f"{name}: parameter {key[0]}", pair, documents, "request")


def _schema(
    place: str, pair: tuple[Json, Json], documents: tuple[Json, Json], way: Way, depth: int = 0
) -> Iterator[str]:
    """What the new schema no longer takes (request) or no longer promises (answer)."""
    if depth > 12:  # a schema that holds itself
        return
    before, after = _resolved(documents[0], pair[0]), _resolved(documents[1], pair[1])
    yield from _values(place, before, after, way)
    yield from _required(place, before, after, way)
    old, new = before.get("properties", {}), after.get("properties", {})
    for name in sorted(old.keys() - new.keys()):
        yield f"{place}: {name} is gone"
    for name in sorted(old.keys() & new.keys()):
        yield from _schema(f"{place}: {name}", (old[name], new[name]), documents, way, depth + 1)
    if "items" in before and "items" in after:
        yield from _schema(f"{place}[]", (before["items"], after["items"]), documents, way, depth + 1)


def _required(place: str, before: Json, after: Json, way: Way) -> Iterator[str]:
    old, new = set(before.get("required", ())), set(after.get("required", ()))
    for name in sorted(new - old if way == "request" else old - new):
        yield f"{place}: {name} is {'now' if way == 'request' else 'no longer'} required"


def _values(place: str, before: Json, after: Json, way: Way) -> Iterator[str]:
    old, new = _kinds(before), _kinds(after)
    if old and new and not (old <= new if way == "request" else new <= old):
        yield f"{place} has another type"
    if way == "request" and "enum" in after and not set(before.get("enum", ())) <= set(after["enum"]):
        yield f"{place} takes fewer codes"
    if way == "request" and after.get("pattern") not in {None, before.get("pattern")}:
        yield f"{place} has another pattern"
    for limit, sign in _LIMITS:
        if way == "request" and _tighter(before.get(limit), after.get(limit), sign):
            yield f"{place}: {limit} is tighter"


def _tighter(before: float | None, after: float | None, sign: int) -> bool:
    if after is None:
        return False
    return (before is None and (sign < 0 or after > 0)) or (
        before is not None and sign * (after - before) > 0
    )


def _kinds(schema: Json) -> set[str]:
    """The JSON types a schema allows, alternatives included."""
    kinds = schema.get("type", [])
    found = {kinds} if isinstance(kinds, str) else set(kinds)
    for part in schema.get("anyOf", ()):
        found |= _kinds(part) or {part.get("$ref", "any")}
    return found


def _resolved(document: Json, schema: Json) -> Json:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Json = document
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part, {})
    return found
