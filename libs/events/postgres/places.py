"""A place for each piece of work, for less than `asyncio.Semaphore` asks; each group of appends takes one."""

import asyncio
from collections import deque


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
