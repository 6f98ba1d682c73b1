"""An edition that is not known here is waited for, for so long and no longer."""

from datetime import UTC, datetime

import pytest

from libs.events.awaiting import Editions
from libs.events.errors import EditionAwaited, EditionUnknown
from libs.reference import Library


class Shelf(Library):
    """A library that knows editions by name only."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = set(names)

    def knows(self, name: str) -> bool:
        return name in self.names


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_known_and_what_names_no_edition_passes() -> None:
    Editions(Shelf("e1")).require(["e1", None, "none"])


def test_the_wait_ends_for_all_who_miss_the_same_edition_at_once() -> None:
    seconds, shelf = Seconds(), Shelf()
    editions = Editions(shelf, 30.0, seconds)
    with pytest.raises(EditionAwaited, match="reference"):
        editions.require(["e2"])
    seconds.now += 29
    with pytest.raises(EditionAwaited):
        editions.require(["e2"])
    seconds.now += 1
    for _ in range(2):
        with pytest.raises(EditionUnknown):
            editions.require(["e2"])
    with pytest.raises(EditionAwaited):
        editions.require(["e3"])
    assert editions.awaited() == ("e3",)  # who missed e2 was set aside, and nothing waits for it now


def test_an_edition_that_arrived_is_waited_for_no_more() -> None:
    seconds, shelf = Seconds(), Shelf()
    editions = Editions(shelf, 30.0, seconds)
    with pytest.raises(EditionAwaited):
        editions.require(["e2"])
    shelf.names.add("e2")
    editions.require(["e2"])
    assert editions.awaited() == ()


def test_without_a_library_nothing_is_known() -> None:
    assert Editions().library.in_force(datetime(2026, 3, 2, tzinfo=UTC)) is None
