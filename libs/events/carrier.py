"""Frozen dataclasses that are made almost as fast as open ones."""

import types
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

from libs.events.compiled import compiled

Carrier = TypeVar("Carrier")


def carrier(cls: type[Carrier]) -> type[Carrier]:
    """Goes above `@dataclass(frozen=True, slots=True)`: what the class is and does stays the same.

    A frozen dataclass fills each field by a call past its own `__setattr__`, which takes six times as long
    as an assignment, and a command makes a dozen carriers with eighty fields. Here an instance belongs to an
    open twin with the same slots for as long as it is filled.
    """
    whole: Any = cls
    slots = {"__slots__": whole.__slots__}
    bases = getattr(cls, "__orig_bases__", cls.__bases__)
    twin = types.new_class(cls.__name__, bases, {}, lambda names: names.update(slots))
    made: dict[str, Any] = {"become": object.__setattr__, "cls": cls, "twin": twin, "absent": MISSING}
    for it in fields(whole):
        made[f"default_{it.name}"] = it.default
        made[f"make_{it.name}"] = it.default_factory
    whole.__init__ = compiled("__init__", _source(fields(whole)), made, f"making of {cls.__name__}")
    return cls


def _source(parts: tuple[Field[Any], ...]) -> str:
    """`__init__` as text: parameters in order, keyword-only ones behind a star."""
    plain = [_parameter(it) for it in parts if not it.kw_only]
    named = [_parameter(it) for it in parts if it.kw_only]
    head = ", ".join(["self", *plain, *(["*", *named] if named else [])])
    lines = [f"self.{it.name} = {_value(it)}" for it in parts]
    body = ["become(self, '__class__', twin)", *lines, "become(self, '__class__', cls)"]
    return "\n    ".join([f"def __init__({head}):", *body])


def _parameter(it: Field[Any]) -> str:
    if it.default_factory is not MISSING:
        return f"{it.name}=absent"
    return it.name if it.default is MISSING else f"{it.name}=default_{it.name}"


def _value(it: Field[Any]) -> str:
    if it.default_factory is MISSING:
        return it.name
    return f"make_{it.name}() if {it.name} is absent else {it.name}"
