"""Instants as replay reads them: text in one spelling, looked at wherever a fact holds one."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, get_origin, get_type_hints

from pydantic import BaseModel

from libs.events.annotations import item_of, peel

SEPARATORS = "--T::."
Texts = Callable[[Any], Iterator[str | None]]
"""Every instant that a decoded value holds, as text; None where an optional one is absent."""


def is_instant(text: str, parse: Callable[[str], datetime] = datetime.fromisoformat) -> bool:
    """Whether the text is a real instant in the one spelling of `instant_text`.

    `fromisoformat` knows more spellings; the places of the separators and of the Z leave exactly ours.
    """
    if text[4:20:3] != SEPARATORS or text[26:] != "Z":
        return False
    try:
        parse(text)
    except ValueError:
        return False
    return True


def nested(contract: type[BaseModel]) -> dict[str, Texts]:
    """The fields of a fact whose values hold instants of their own, such as clocks."""
    parts: dict[str, Texts] = {}
    for name, hint in _hints(contract).items():
        plain, _ = peel(hint)
        many = get_origin(plain) is tuple
        value = peel(item_of(plain))[0] if many else plain
        if isinstance(value, type) and issubclass(value, BaseModel) and (texts := _texts(value)):
            parts[name] = _each(texts) if many else texts
    return parts


def _texts(value: type[BaseModel]) -> Texts | None:
    """How to read the instants of a value; None when it never holds one."""
    own = [name for name, hint in _hints(value).items() if peel(hint)[0] is datetime]
    inner = nested(value)
    if not own and not inner:
        return None

    def texts(data: Any) -> Iterator[str | None]:
        for name in own:
            yield getattr(data, name)
        for name, read in inner.items():
            if (part := getattr(data, name)) is not None:
                yield from read(part)

    return texts


def _each(texts: Texts) -> Texts:
    return lambda items: (text for item in items for text in texts(item))


def _hints(contract: type[BaseModel]) -> dict[str, Any]:
    hints = get_type_hints(contract, include_extras=True)
    return {name: hints[name] for name in contract.model_fields}
