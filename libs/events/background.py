"""What moves in a process besides its requests: one lifecycle, and nothing that dies unnoticed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from time import monotonic

import structlog

from libs.events.clock import jittered
from libs.events.errors import BihuanError, Unavailable

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
LOOK = 0.25

log = structlog.get_logger("background")


class Fatal(BihuanError):
    """The process can never work again (another one has its name): it must end."""


class Background:
    """Keeps pieces of work going until `stop`. Stopping twice or early is fine."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.fatal: Callable[[], None] = lambda: None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run the work, and again after it failed, with growing pauses; it ends by returning."""
        self._tasks[name] = asyncio.create_task(self._kept(name, work), name=name)

    def running(self, name: str) -> bool:
        """Whether a piece of work was started and has not ended."""
        return name in self._tasks and not self._tasks[name].done()

    async def _kept(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE
        while not self.stopping.is_set():
            began = monotonic()
            try:
                await work()
                return
            except Fatal as error:
                log.critical("part.fatal", part=name, why=str(error))
                self.fatal()
                return
            except Unavailable as error:
                log.warning("part.waits", part=name, why=str(error))
            except Exception as error:
                log.exception("part.failed", part=name, exc_info=error)
            pause = FIRST_PAUSE if monotonic() - began > LONGEST_PAUSE * 2 else min(pause * 2, LONGEST_PAUSE)
            await self._rest(jittered(pause))

    async def interruptible(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run work that never ends by itself; the stop cancels it."""
        running = asyncio.ensure_future(work())
        stop = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running
        finally:
            stop.cancel()
            running.cancel()
            await asyncio.wait({running})

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()

    async def ended(self, name: str, seconds: float) -> None:
        """Wait for the end of a piece of work that was asked to stop; cancel it after `seconds`."""
        task = self._tasks.get(name)
        if task is None:
            return
        await asyncio.wait([task], timeout=seconds)
        if not task.done():
            log.warning("part.cancelled", part=name)
            task.cancel()
            await asyncio.wait([task], timeout=1.0)

    async def within(self, name: str, ending: Coroutine[None, None, None], seconds: float) -> None:
        """Carry out the end of a part, but not for longer than `seconds`; the log says when it was."""
        try:
            async with asyncio.timeout(seconds):
                await ending
        except TimeoutError:
            log.warning("part.abandoned", part=name)
        except Exception as error:
            log.exception("part.failed", part=name, exc_info=error)


class LoopWatch:
    """How late the event loop runs: CPU work on it would starve heartbeats (reliability 1.4)."""

    def __init__(self) -> None:
        self._longest = 0.0

    async def watch(self, stopping: asyncio.Event) -> None:
        """Measure until stopped."""
        while not stopping.is_set():
            began = monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await stopping.wait()
            self._longest = max(self._longest, monotonic() - began - LOOK)

    def longest(self) -> float:
        """The longest delay since last asked, in seconds."""
        longest, self._longest = self._longest, 0.0
        return max(longest, 0.0)
