"""A carrier is the frozen dataclass that it decorates, and nobody can tell them apart."""

import copy
import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import pytest

from libs.events.carrier import carrier

Kept = TypeVar("Kept")


@dataclasses.dataclass(frozen=True, slots=True)
class Plain:
    name: str
    number: int = 7
    extra: Mapping[str, str] = dataclasses.field(default_factory=dict)
    mark: str | None = dataclasses.field(default=None, kw_only=True)


@carrier
@dataclasses.dataclass(frozen=True, slots=True)
class Quick:
    name: str
    number: int = 7
    extra: Mapping[str, str] = dataclasses.field(default_factory=dict)
    mark: str | None = dataclasses.field(default=None, kw_only=True)


@carrier
@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Box(Generic[Kept]):
    kept: Kept
    others: tuple[Kept, ...] = ()


CALLS: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    (("a",), {}),
    (("a", 1), {"mark": "m"}),
    (("a", 1, {"b": "c"}), {}),
    ((), {"extra": {"x": "y"}, "name": "a"}),
)


@pytest.mark.parametrize(("values", "named"), CALLS)
def test_it_holds_what_it_was_given_and_the_defaults(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    plain, quick = Plain(*values, **named), Quick(*values, **named)
    assert dataclasses.asdict(quick) == dataclasses.asdict(plain)
    assert repr(quick) == repr(plain).replace("Plain", "Quick")
    assert type(quick) is Quick
    assert quick == Quick(*values, **named)
    assert quick != object()


def test_it_stays_frozen() -> None:
    quick = Quick("a")
    for name in ("name", "another", "__class__"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(quick, name, Plain)
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(quick, next(iter(inspect.signature(Quick).parameters)))
    assert quick == Quick("a")


def test_a_factory_makes_one_for_each() -> None:
    assert Quick("a").extra is not Quick("a").extra


@pytest.mark.parametrize("call", [((), {}), (("a", 1, {}, "m"), {}), (("a",), {"unknown": 1})])
def test_it_refuses_what_a_dataclass_refuses(call: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    for kind in (Plain, Quick):
        with pytest.raises(TypeError):
            kind(*call[0], **call[1])


def test_it_is_copied_replaced_hashed_and_matched_like_a_dataclass() -> None:
    box = Box(kept=1, others=(2,))
    assert dataclasses.replace(box, kept=3) == Box(kept=3, others=(2,))
    assert copy.deepcopy(box) == copy.copy(box) == box
    assert hash(box) == hash(Box(kept=1, others=(2,)))
    match Quick("a", 2):
        case Quick(name, number):
            assert (name, number) == ("a", 2)


def test_its_parameters_keep_their_names_and_order() -> None:
    assert [*inspect.signature(Quick).parameters] == [*inspect.signature(Plain).parameters]
