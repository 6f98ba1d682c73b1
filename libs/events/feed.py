"""How a process comes to know reference data: it reads `case.reference` from the start and goes on reading.

No group and no offsets: the topic is compacted and small, and every process needs all of it. A stage keeps
what it heard in its own database, so that it knows the same when it starts while Kafka is away.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from libs.events.codec import decode
from libs.events.contracts import Event
from libs.events.errors import Undecodable
from libs.events.reference import learn
from libs.reference import Library

log = structlog.get_logger("reference")


@dataclass(frozen=True, slots=True)
class Tailed:
    """Records of the topic in their order. `following` is where to go on, `end` where the log ended."""

    records: Sequence[bytes]
    following: int
    end: int


Tail = Callable[[int], AsyncIterator[Tailed]]
"""Reads from an offset on, without end; from the start where the offset is not there any more."""


class Memory(Protocol):
    """Where a stage keeps what it heard."""

    def begin(self) -> AbstractAsyncContextManager[Any]: ...

    async def remembered(self) -> list[bytes]: ...


class ReferenceFeed:
    """Fills a library. `changed` is called whenever something new was put into it."""

    def __init__(self, library: Library, tail: Tail, memory: Memory | None = None) -> None:
        self._library = library
        self._tail = tail
        self._memory = memory
        self._next = 0
        self._known: set[str] = set()
        self._unkept: list[tuple[str, bytes]] = []
        self._caught_up = asyncio.Event()
        self.refused = 0
        self.changed: Callable[[], None] = lambda: None

    @property
    def caught_up(self) -> bool:
        """Whether the log was read up to where it ended when this process began."""
        return self._caught_up.is_set()

    async def reached(self) -> None:
        """Wait until then."""
        await self._caught_up.wait()

    async def recall(self) -> None:
        """Begin with what the stage heard before. Raises Unavailable."""
        if self._memory is not None:
            self._take(await self._memory.remembered())
            self._unkept.clear()

    async def run(self) -> None:
        """Read until cancelled. Raises Unavailable when Kafka is away; call it again to go on."""
        async for heard in self._tail(self._next):
            self._take(heard.records)
            await self._keep()
            self._next = heard.following
            if heard.following >= heard.end:
                self._caught_up.set()

    async def _keep(self) -> None:
        if self._unkept and self._memory is not None:
            async with self._memory.begin() as tx:
                await tx.remember(self._unkept)
        self._unkept.clear()

    def _take(self, records: Sequence[bytes]) -> None:
        """Put these on the shelf."""
        fresh = [(stream, record) for record in records if (stream := self._learned(record))]
        self._unkept += fresh
        if fresh:
            self.changed()

    def _learned(self, record: bytes) -> str | None:
        try:
            event = decode(record)
            if event.stream in self._known:
                return None
            self._learn(event.data)
        except (Undecodable, TypeError, ValueError) as refusal:
            # What nobody can read holds nobody up; an edition that needs it stays incomplete.
            self.refused += 1
            log.critical("reference_refused", why=str(refusal))
            return None
        self._known.add(event.stream)
        return event.stream

    def _learn(self, fact: Event) -> None:
        learn(self._library, fact)
        log.info("reference_heard", kind=fact.kind, edition=getattr(fact, "edition", None))
