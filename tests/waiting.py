"""Time in the tests: `until` waits for a fact, `hold` lets time pass that is the experiment itself."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 10.0, pause: float = 0.01) -> None:
    """Ask until the fact holds. Raises TimeoutError when it does not within so many seconds."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return
            await asyncio.sleep(pause)


async def hold(seconds: float) -> None:
    """Leave everything as it is for so long, because the span is part of what is tried.

    How long a server is away, how fast a client drips, how long a client rests before it asks again. Who
    waits for something to have happened asks for it with `until`.
    """
    await asyncio.sleep(seconds)
