"""An edition that an event names and that is not known here yet is waited for; nobody guesses (SPEC of C5).

The wait is bounded, so that one edition that never comes cannot hold up everything behind it.
"""

import time
from collections.abc import Callable, Iterable

from libs.events.errors import EditionAwaited, EditionUnknown
from libs.events.timing.terms import NOT_RULED
from libs.reference import Library

PATIENCE = 30.0
"""Seconds that a consumed batch waits for an edition, counted from when it was first missed."""


class Editions:
    """The library as a consumer needs it. `now` counts seconds and never goes back."""

    def __init__(
        self,
        library: Library | None = None,
        patience: float = PATIENCE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.library = library if library is not None else Library()
        self._patience = patience
        self._now = now
        self._since: dict[str, float] = {}

    def require(self, names: Iterable[str | None]) -> None:
        """Raises EditionAwaited while one of them may still come, and EditionUnknown after that."""
        for name in names:
            if name not in {None, NOT_RULED} and not self.library.knows(str(name)):
                raise self.missing(str(name))

    def missing(self, name: str) -> EditionAwaited | EditionUnknown:
        """What to say about an edition that is not known here."""
        self._since.setdefault(name, self._now())
        return EditionAwaited(name) if self._may_come(name) else EditionUnknown(name)

    def awaited(self) -> tuple[str, ...]:
        """The editions that something waits for now; what was set aside waits for an operator instead."""
        for name in [name for name in self._since if self.library.knows(name)]:
            del self._since[name]
        return tuple(name for name in self._since if self._may_come(name))

    def _may_come(self, name: str) -> bool:
        return self._now() - self._since[name] < self._patience
