"""What a contract's type hints say: the type itself, and the constraints it carries. Pure."""

from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import StringConstraints
from pydantic.fields import FieldInfo


def peel(hint: Any) -> tuple[Any, dict[str, Any]]:
    """The type without `| None` and `Annotated`, and the constraints it carried."""
    if get_origin(hint) in {Union, UnionType}:
        present = [part for part in get_args(hint) if part is not NoneType]
        if len(present) != 1:
            raise TypeError(f"only `X | None` is a union a fact may use, not {hint}")
        return peel(present[0])
    if get_origin(hint) is Annotated:
        plain, *metadata = get_args(hint)
        return plain, _constraints(metadata)
    return hint, {}


def item_of(plain: Any) -> Any:
    """The hint of the items of a tuple of one type. Raises TypeError for any other tuple."""
    item, ellipsis = get_args(plain)
    if ellipsis is not Ellipsis:
        raise TypeError(f"a fact holds only tuples of one type, not {plain}")
    return item


def optional(hint: Any) -> bool:
    """Whether the value may be absent."""
    return NoneType in get_args(hint)


def _constraints(metadata: list[Any]) -> dict[str, Any]:
    """What `StringConstraints` and `Field(ge=, le=)` ask for, in msgspec's words."""
    found: dict[str, Any] = {}
    for part in metadata:
        if isinstance(part, StringConstraints):
            found |= {"pattern": part.pattern, "min_length": part.min_length, "max_length": part.max_length}
        elif isinstance(part, FieldInfo):
            found |= {bound: getattr(limit, bound) for limit in part.metadata for bound in _bounds(limit)}
    return {name: value for name, value in found.items() if value is not None}


def _bounds(limit: object) -> list[str]:
    bounds = [name for name in ("ge", "gt", "le", "lt") if hasattr(limit, name)]
    if not bounds:
        raise TypeError(f"the fast decoder does not know the constraint {limit!r}")
    return bounds
