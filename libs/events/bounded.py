"""A bound on time for every request and every group of appends, at a quarter of the price of asyncio's."""

import asyncio
from types import TracebackType
from typing import Self


class Bounded:
    """`asyncio.timeout` as a plain `with`: TimeoutError once the seconds are over."""

    __slots__ = ("_asked", "_late", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds, self._late = seconds, False

    @property
    def late(self) -> bool:
        """Whether the seconds are over."""
        return self._late

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be called off")
        self._task, self._asked = task, task.cancelling()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._over)
        return self

    def _over(self) -> None:
        self._late = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        # Somebody else may want this task to end, too: then it ends, and is not late.
        if self._late and self._task.uncancel() <= self._asked and kind is asyncio.CancelledError:
            raise TimeoutError from error
