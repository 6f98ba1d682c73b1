"""After a notice: compute the deadlines of every open matter again, explicitly (lifecycles C5 rule 3).

Publishing an edition with a calendar revision is the act; this carries it out, in small transactions with
rests between them, so that commands go on meanwhile. It can be stopped and begun again at any moment: what
is done counts by the new calendar and is not found again.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from libs.events.clock import Clock
from libs.events.decider import Decider
from libs.events.errors import ConcurrencyConflict, EditionAwaited, Unavailable
from libs.events.execute import Library, execute_within
from libs.events.store import Transaction
from libs.events.stride import Stride
from libs.events.timers import DueList, cause_of
from libs.events.timing.terms import Recalculate

log = structlog.get_logger("recalculating")

LARGEST = 25
REST = 0.5
"""Rest after each transaction, as a share of the time it took: commands have the process meanwhile."""
LOOK_EVERY, FIRST_PAUSE, LONGEST_PAUSE = 60.0, 5.0, 600.0


@dataclass(frozen=True, slots=True)
class Revision:
    """The edition to compute by, and the calendars that it replaces on open matters."""

    edition: str
    calendars: tuple[str, ...]


def standing_revision(library: Library, clock: Clock) -> Revision | None:
    """The newest calendar revision in force; it replaces the calendars of all editions before its own."""
    revised = {revision.edition: revision.old_calendar for revision in library.revisions()}
    now, found, before = clock(), None, set[str]()
    for edition in library.editions():
        if edition.version in revised and edition.effective_at <= now:
            replaced = (before | {revised[edition.version]}) - {edition.calendar_version}
            found = Revision(edition.version, tuple(sorted(replaced)))
        before.add(edition.calendar_version)
    return found


class Recalculating:
    """One per process. `told` hears how many matters were computed again, and how many could not be."""

    def __init__(
        self,
        store: DueList,
        decider: Decider[Any, Any, Any],
        library: Library,
        clock: Clock,
        told: Callable[[int, int], None] = lambda _done, _failed: None,
    ) -> None:
        self._store, self._decider, self._library, self._clock = store, decider, library, clock
        self._told = told
        self._stride = Stride(LARGEST)
        self._wake, self._stopping = asyncio.Event(), asyncio.Event()

    def wake(self) -> None:
        """The library changed: perhaps there is a revision."""
        self._wake.set()

    def stop(self) -> None:
        """End with the transaction at hand; safe to call twice or early."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Carry out every revision, until stopped. Raises Unavailable: call it again to go on."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            self._wake.clear()
            failed = await self.carry_out()
            pause = min(2 * pause, LONGEST_PAUSE) if failed else FIRST_PAUSE
            await self._rest(pause if failed else LOOK_EVERY, self._wake)

    async def carry_out(self) -> int:
        """Compute everything again that counts by a replaced calendar; how many matters could not be."""
        revision = standing_revision(self._library, self._clock)
        if revision is None:
            return 0
        return sum([await self._pass(revision.edition, calendar) for calendar in revision.calendars])

    async def _pass(self, edition: str, calendar: str) -> int:
        """Go through the open matters of one calendar once, in the order of their streams."""
        after, failures = "", 0
        while not self._stopping.is_set():
            began = time.monotonic()
            streams, failed = await self._some(edition, calendar, after)
            if not streams:
                break
            failures += failed
            after = streams[-1]
            self._told(len(streams) - failed, failed)
            await self._rest((time.monotonic() - began) * REST, self._stopping)
        return failures

    async def _some(self, edition: str, calendar: str, after: str) -> tuple[list[str], int]:
        """One transaction that came to an end: the matters it went through, and how many could not be."""
        while True:
            streams: list[str] = []
            try:
                async with self._store.begin() as tx:
                    streams = await tx.outdated(calendar, after, self._stride.size)
                    await tx.prefetch(streams)
                    failed = sum([not await self._again(tx, stream, edition) for stream in streams])
            except Unavailable:
                raise
            except ConcurrencyConflict:  # a command was faster
                self._stride.shorten()
            except Exception:
                log.exception("recalculation_failed", matters=len(streams))
                if not streams:
                    raise
                if self._stride.shortest:
                    return streams, len(streams)
                self._stride.shorten()
            else:
                self._stride.lengthen()
                return streams, failed

    async def _again(self, tx: Transaction, stream: str, edition: str) -> bool:
        try:
            cause = cause_of(await tx.read(stream), self._clock(), f"{stream}:{edition}")
            await execute_within(tx, self._decider, stream, Recalculate(edition), cause, self._library)
        except ConcurrencyConflict:
            raise
        except Exception as failure:
            if isinstance(failure, Unavailable) and not isinstance(failure, EditionAwaited):
                raise
            log.exception("recalculation_failed", stream=stream, edition=edition)
            return False
        return True

    async def _rest(self, seconds: float, until: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await until.wait()
