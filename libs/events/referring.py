"""Reference data as a part of a process: the feed that fills its library, and what readiness says of it."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from libs.events.awaiting import Editions
from libs.events.background import Background
from libs.events.feed import Memory, ReferenceFeed, Tailed
from libs.events.front import Front
from libs.events.health import Health, Part
from libs.events.kafka import tail
from libs.events.stage import REFERENCE_TOPIC

__all__ = ["Editions", "Referring"]

NAME = "reference"
END_SECONDS = 2.0


class Referring:
    """The feed with its readiness. `memory` None: a process that begins with nothing and holds nobody up."""

    def __init__(self, front: Front, memory: Memory | None, changed: Callable[[], None]) -> None:
        bootstrap, topic = front.settings.kafka_bootstrap, front.settings.topic(REFERENCE_TOPIC)

        def read(start: int) -> AsyncIterator[Tailed]:
            return tail(bootstrap, topic, start)

        self._library = front.library
        self.editions = Editions(front.library, front.settings.reference_wait)
        self._feed = ReferenceFeed(front.library, read, memory)
        self._feed.changed = changed
        self._holds_up = memory is not None

    async def prepare(self) -> None:
        """What the stage heard before."""
        await self._feed.recall()

    async def begin(self, background: Background) -> None:
        """Read on; a consumer begins when all is known that was there already."""
        background.keep(NAME, lambda: background.interruptible(self._feed.run))
        if self._holds_up:
            await self._feed.reached()

    async def end(self, background: Background) -> None:
        """Reading ends when the process is asked to."""
        await background.ended(NAME, END_SECONDS)

    def observe(self, health: Health) -> None:
        """Ready once all that was there at the start is known; Kafka may go away after that."""
        health.checks[NAME] = self._part

    async def _part(self) -> Part:
        if not self._feed.caught_up:
            return Part(ok=False, why="the reference data was not read yet")
        awaited = self.editions.awaited()
        return Part(ok=not awaited, why=f"waits for the edition {awaited[0]}" if awaited else None)

    async def vitals(self) -> Mapping[str, Any]:
        """How many editions something waits for, and how many are known."""
        known = len(self._library.editions())
        return {"editions_awaited": len(self.editions.awaited()), "editions_known": known}
