"""The shape of every fact: frozen, named for ever, registered once."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

_REGISTRY: dict[tuple[str, int], type["Event"]] = {}


class Value(BaseModel):
    """A frozen part of a fact. Unknown fields are ignored when read (docs/adr: tolerant reader)."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Event(Value):
    """A fact in the past tense. `kind` and `schema_version` are fixed for ever once released."""

    kind: ClassVar[str] = ""
    schema_version: ClassVar[int] = 1

    def __init_subclass__(cls, *, kind: str = "", version: int = 1, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.kind, cls.schema_version = kind, version

    @classmethod
    def __pydantic_init_subclass__(cls, *, kind: str = "", version: int = 1, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        if (kind, version) in _REGISTRY:
            message = f"{kind} version {version} is registered twice"
            raise TypeError(message)
        _REGISTRY[kind, version] = cls


def registry() -> dict[tuple[str, int], type[Event]]:
    """Every released fact by (kind, schema version); a copy, the registry itself is closed."""
    return dict(_REGISTRY)
