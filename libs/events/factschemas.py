"""JSON Schema 2020-12 per fact, and whether a new one may replace a committed one. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from libs.events.contracts import Event

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(contract: type[Event]) -> Json:
    """The schema of a fact as it is published: what is absent is absent, so nothing is ever null."""
    schema = _published(contract.model_json_schema(mode="validation"))
    name = f"/schemas/{contract.kind}.{contract.schema_version}.json"
    return {"$schema": DIALECT, "$id": name, **schema}


def _published(node: Any) -> Any:
    """Without nulls and without the titles pydantic invents for fields."""
    if isinstance(node, list):
        return [_published(item) for item in node]
    if not isinstance(node, dict):
        return node
    choices = [choice for choice in node.get("anyOf", []) if choice != {"type": "null"}]
    if "anyOf" in node and len(choices) == 1:
        rest = {name: value for name, value in node.items() if name != "anyOf"}
        node = {**choices[0], **rest}
    return {name: _published(value) for name, value in node.items() if not _noise(name, value, node)}


def _noise(name: str, value: Any, node: Mapping[str, Any]) -> bool:
    invented = name == "title" and isinstance(value, str) and "properties" not in node
    return invented or (name == "default" and value is None)


def incompatible(old: Json, new: Json) -> list[str]:
    """Why facts of `old` could not be read by `new`, or the other way round; empty when they can.

    Allowed: a new optional field, a further code, other words. Everything else is a new version.
    """
    return list(_object("", _Side(old, old), _Side(new, new)))


class _Side:
    """A part of a schema with the document its references point into."""

    def __init__(self, document: Json, part: Json) -> None:
        self.document = document
        self.part: Json = part
        while "$ref" in self.part:
            self.part = document["$defs"][self.part["$ref"].rpartition("/")[2]]

    def of(self, part: Json) -> "_Side":
        """Another part of the same document."""
        return _Side(self.document, part)

    @property
    def fields(self) -> Json:
        found: Json = self.part.get("properties", {})
        return found

    @property
    def required(self) -> set[str]:
        return set(self.part.get("required", ()))


def _object(path: str, old: _Side, new: _Side) -> Iterator[str]:
    for name in sorted(old.fields.keys() - new.fields.keys()):
        yield f"{path}/{name} is gone"
    for name in sorted(new.required - old.required):
        yield f"{path}/{name} is now required"
    for name in sorted((old.required & new.fields.keys()) - new.required):
        yield f"{path}/{name} is no longer required"
    for name in sorted(old.fields.keys() & new.fields.keys()):
        yield from _value(f"{path}/{name}", old.of(old.fields[name]), new.of(new.fields[name]))


def _value(path: str, old: _Side, new: _Side) -> Iterator[str]:
    if lost := [code for code in _codes(old) if code not in _codes(new)]:
        yield f"{path} no longer knows {', '.join(map(str, lost))}"
    if bool(_codes(old)) != bool(_codes(new)) or _shape(old) != _shape(new):
        yield f"{path} has another type or limit"
    yield from _object(path, old, new)
    if "items" in old.part and "items" in new.part:
        yield from _value(f"{path}/*", old.of(old.part["items"]), new.of(new.part["items"]))


def _codes(side: _Side) -> list[Any]:
    """The closed set of values, where there is one."""
    return [side.part["const"]] if "const" in side.part else list(side.part.get("enum", ()))


def _shape(side: _Side) -> Json:
    words = {
        "title",
        "description",
        "default",
        "examples",
        "properties",
        "required",
        "items",
        "enum",
        "const",
    }
    return {name: value for name, value in side.part.items() if name not in words}
