"""A read that needs an edition waits for it, bounded: there is no answer that guesses."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from libs.events.errors import EditionAwaited
from libs.reference import EditionMissing

_FIRST_PAUSE, _LONGEST_PAUSE = 0.004, 0.05
Result = TypeVar("Result")


async def once_known(work: Callable[[], Result], seconds: float) -> Result:
    """The result once every edition that the work needs is here; EditionAwaited when one is not in time."""
    pause, missed = _FIRST_PAUSE, ""
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    return work()
                except EditionMissing as missing:
                    missed = missing.name
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE)
    except TimeoutError:
        raise EditionAwaited(missed) from None
