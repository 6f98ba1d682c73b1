"""An event loop whose clock stands still while there is work, and jumps to the next timer when there is none.

Nothing in it depends on the machine: the same code with the same chances takes the same steps.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

Result = TypeVar("Result")
BEGINNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Stuck(Exception):
    """Everybody waits for somebody else, and no timer will wake them."""


class _Jump(selectors.DefaultSelector):
    """Waits for nothing: the time that the loop would have slept has passed."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck
        self.passed += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Seconds begin at 0."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.passed


def wall_clock() -> datetime:
    """The present instant of the running virtual loop."""
    return BEGINNING + timedelta(seconds=asyncio.get_running_loop().time())


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
