"""What every group of appends passes: a place, and a bound on its time, for less than asyncio asks."""

import asyncio
from collections import deque
from types import TracebackType


class Places:
    """So many at once and no more, first come, first served; quick where a place is free.

    Nobody waits while a place is free: whoever gives one back hands it to the first in the queue.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """A place at once, if one is free."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def wait(self) -> None:
        """A place, as soon as it is one's turn."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():  # it was handed over in this very turn
                self.give_back()
            raise

    def give_back(self) -> None:
        """Hand the place to the first who still waits."""
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                return
        self._free += 1


class Bounded:
    """`asyncio.timeout` as a plain `with`: TimeoutError once the seconds are over."""

    __slots__ = ("_asked", "_late", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds, self._late = seconds, False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be called off")
        self._task, self._asked = task, task.cancelling()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._over)

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
