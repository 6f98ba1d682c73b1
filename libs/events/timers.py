"""The timers of a stage: a clock whose time has come is an ordinary command, and the decider decides.

Claiming the clock, deciding and storing are one transaction, so a warning and a breach are said once with
any number of replicas and through any restart. A matter that cannot be decided is postponed, and holds up
no other.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid5

import structlog

from libs.events.clock import Clock, rate_of
from libs.events.decider import Decider
from libs.events.envelope import EVENT_NAMESPACE, Actor, Cause, Envelope
from libs.events.errors import ConcurrencyConflict, EditionAwaited, Unavailable
from libs.events.execute import Library, execute_within
from libs.events.store import DueClock, Transaction
from libs.events.stride import Stride
from libs.events.timing.terms import Tick

log = structlog.get_logger("timers")

LARGEST = 100
LONGEST_SLEEP, SHORTEST_SLEEP = 1.0, 0.05
"""Real seconds between two looks at the due list when nothing wakes the timers earlier."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0
"""Real seconds until a clock is looked at again that could not be decided; doubled each time."""


class DueList(Protocol):
    """What the timers need of a store."""

    def begin(self) -> AbstractAsyncContextManager[Transaction]: ...

    async def next_due(self) -> datetime | None: ...


class Timers:
    """Ticks every clock of a stage whose time has come. `told` hears how many real seconds late each was."""

    def __init__(
        self,
        store: DueList,
        decider: Decider[Any, Any, Any],
        library: Library,
        clock: Clock,
        told: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._store, self._decider, self._library = store, decider, library
        self._clock, self._rate, self._told = clock, rate_of(clock), told
        self._stride = Stride(LARGEST)
        self._wake, self._stopping = asyncio.Event(), asyncio.Event()
        self._asleep_until: datetime | None = None

    def stop(self) -> None:
        """End with the transaction at hand; safe to call twice or early."""
        self._stopping.set()
        self._wake.set()

    def due_at(self, instant: datetime) -> None:
        """A clock of this process now asks at `instant`: wake up if that is before the next look."""
        if self._asleep_until is not None and instant < self._asleep_until:
            self._wake.set()

    async def run(self) -> None:
        """Look, tick, sleep; until stopped. Raises Unavailable: call it again to go on."""
        while not self._stopping.is_set():
            now, due = self._clock(), await self._store.next_due()
            if due is not None and due <= now and await self.tick(now):
                continue
            await self._sleep(due)

    async def tick(self, now: datetime) -> int:
        """Tick what is due, as much as one transaction takes on; how many clocks were looked at."""
        claimed: list[DueClock] = []
        try:
            async with self._store.begin() as tx:
                claimed = await tx.due(now, self._stride.size)
                await tx.prefetch(sorted({due.stream for due in claimed}))
                ticked = [due for due in claimed if await self._look(tx, due, now)]
        except Unavailable:
            raise
        except ConcurrencyConflict:  # a command was faster
            self._stride.shorten()
            return len(claimed)
        except Exception:
            log.exception("ticks_failed", clocks=len(claimed))
            if not claimed:
                raise
            await self._failed(claimed, now)
            return len(claimed)
        self._stride.lengthen()
        for due in ticked:
            self._told(max(0.0, (self._clock() - due.due).total_seconds() / self._rate))
        return len(claimed)

    async def _look(self, tx: Transaction, due: DueClock, now: datetime) -> bool:
        """Decide about one clock. What says nothing although it was due is looked at later, and counted."""
        try:
            cause = cause_of(
                await tx.read(due.stream), now, f"{due.stream}:{due.clock}:{due.due.isoformat()}"
            )
            if await execute_within(tx, self._decider, due.stream, Tick(due.clock), cause, self._library):
                return True
        except ConcurrencyConflict:
            raise
        except Unavailable as away:
            if not isinstance(away, EditionAwaited):
                raise
            log.warning("tick_waits", stream=due.stream, clock=due.clock, why=str(away))
        except Exception:
            log.exception("tick_failed", stream=due.stream, clock=due.clock)
        await tx.postpone(due.stream, due.clock, self._later(due, now))
        return False

    async def _failed(self, claimed: Sequence[DueClock], now: datetime) -> None:
        """Try with fewer; a matter that fails alone is postponed."""
        if self._stride.shortest:
            async with self._store.begin() as tx:
                for due in claimed:
                    await tx.postpone(due.stream, due.clock, self._later(due, now))
        self._stride.shorten()

    def _later(self, due: DueClock, now: datetime) -> datetime:
        pause = min(FIRST_PAUSE * 2.0 ** min(due.attempts, 20), LONGEST_PAUSE)
        return now + timedelta(seconds=pause * self._rate)

    async def _sleep(self, due: datetime | None) -> None:
        """Until the next clock asks, a commit brings an earlier one, or it is time to look anyway."""
        now = self._clock()
        self._wake.clear()
        if self._stopping.is_set():
            return
        seconds = LONGEST_SLEEP if due is None else (due - now).total_seconds() / self._rate
        seconds = min(max(seconds, SHORTEST_SLEEP), LONGEST_SLEEP)
        self._asleep_until = now + timedelta(seconds=seconds * self._rate)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._asleep_until = None


def cause_of(history: Sequence[Envelope], at: datetime, why: str) -> Cause:
    """Time itself as the cause: the chain and the place are those of the matter. `why` names it for ever."""
    first, newest = history[0].cause, history[-1].cause
    return Cause(
        Actor("system", newest.actor.org, "SYS"),
        at,
        uuid5(EVENT_NAMESPACE, why),
        first.correlation_id,
        jurisdiction=first.jurisdiction,
    )
