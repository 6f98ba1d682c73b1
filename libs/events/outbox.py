"""The relay: publish what is on the to-do list, in order, then forget it (reliability 1.3).

It never keeps a cursor: a row that becomes visible late, with a lower position, is found by the next read.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from libs.events.clock import jittered
from libs.events.errors import Unavailable
from libs.events.safeguards import removed
from libs.events.store import Backlog, Outbox, OutboxRecord, Seat
from libs.events.telemetry import tracing

__all__ = ["OutboxRecord", "Publish", "Relay"]

Publish = Callable[[Sequence[OutboxRecord]], Awaitable[None]]
"""Returns when every record is acknowledged, per stream in the order given; raises Unavailable."""

LARGEST_BATCH = 2000
BUSY_PAUSE, IDLE_PAUSE = 0.005, 0.25
"""Seconds until the next look at the list, doubled from the first to the second as nothing comes.

A commit of this process ends the pause; only those of other replicas are found by looking.
"""
FOLLOWER_PAUSE = 0.25
PATIENCE = 30.0
"""Seconds after which a publication without an answer counts as failed."""
FIRST_BACKOFF, LONGEST_BACKOFF = 0.1, 5.0
BACKLOG_EVERY, TIDY_EVERY = 2.0, 600.0

log = structlog.get_logger("outbox")


class Relay:
    """Publishes a stage's events. Of all replicas one leads; another takes over when it is gone.

    `run` survives the absence of PostgreSQL and of Kafka; it ends after `stop`, with the batch at hand.
    `rest` makes a pause a little irregular, so that replicas do not all come back at one moment.
    """

    def __init__(
        self,
        outbox: Outbox,
        publish: Publish,
        *,
        limit: int = LARGEST_BATCH,
        rest: Callable[[float], float] = jittered,
    ) -> None:
        self._outbox = outbox
        self._publish = publish
        self._limit = limit
        self._rest = rest
        self._work = asyncio.Event()
        self._stopping = asyncio.Event()
        self._done: list[int] = []
        self._failures: Counter[str] = Counter()
        self._backlog = Backlog()
        self._measured = self._tidied = time.monotonic()
        self.leading = False
        self._cursor = 0

    def wake(self) -> None:
        """There is work: a commit of this process just ended."""
        self._work.set()

    def stop(self) -> None:
        """Finish the batch at hand and leave; safe to call twice or early."""
        self._stopping.set()
        self._work.set()

    @property
    def depth(self) -> int:
        """Rows that waited when last looked at."""
        return self._backlog.depth

    def oldest_age(self) -> float:
        """Seconds the oldest row has waited; it grows while nobody can publish."""
        waited = time.monotonic() - self._measured
        return self._backlog.age + waited if self._backlog.depth else 0.0

    async def run(self) -> None:
        """Take a seat, lead or wait to lead, publish; again after every loss, until stopped."""
        while not self._stopping.is_set():
            try:
                async with self._outbox.seat() as seat:
                    await self._follow(seat)
                    await self._lead(seat)
            except Unavailable as failure:
                await self._back_off("outbox", failure)
            finally:
                self.leading = False

    async def relay_once(self) -> int:
        """Publish and forget one batch, if no other relay leads; answers how many rows."""
        async with self._outbox.seat() as seat:
            rows = self._rows(await seat.turn([], [], self._limit)) if await seat.claim() else []
            if rows:
                await self._send(rows)
                await seat.turn(_positions(rows), [], 0)
        return len(rows)

    async def _follow(self, seat: Seat) -> None:
        """Look after the lead until it is ours; the age of the list is everybody's business."""
        while not self._stopping.is_set() and not await seat.claim():
            self._well("outbox")
            if time.monotonic() - self._measured > BACKLOG_EVERY:
                self._note(await seat.backlog())
            await _pause(self._stopping, FOLLOWER_PAUSE)
        self._well("outbox")

    async def _lead(self, seat: Seat) -> None:
        self.leading = not self._stopping.is_set()
        pause = BUSY_PAUSE
        rows = await self._turn(seat)
        while rows or self._done or not self._stopping.is_set():
            if rows:
                pause = BUSY_PAUSE
                rows = await self._advance(seat, rows)
            else:
                await _pause(self._work, pause)
                pause = min(2 * pause, IDLE_PAUSE)
                rows = await self._turn(seat)

    async def _advance(self, seat: Seat, rows: list[OutboxRecord]) -> list[OutboxRecord]:
        """Publish a batch, forget it, and answer the next one, in a backlog read meanwhile.

        Two batches are never in flight: were the first to fail, version 2 of a stream would overtake 1.
        """
        if len(rows) < self._limit:
            # Where nobody waits, forgetting these can wait for the turn that reads the next ones.
            waits = not await self._sent(rows) or self._work.is_set()
            return await self._turn(seat) if waits else []
        ahead, sent = await asyncio.gather(
            self._turn(seat, _positions(rows)), self._sent(rows), return_exceptions=True
        )
        for failure in (ahead, sent):
            if isinstance(failure, BaseException):
                raise failure
        return ahead if sent and isinstance(ahead, list) else await self._turn(seat)

    async def _turn(self, seat: Seat, skip: Sequence[int] = ()) -> list[OutboxRecord]:
        """Forget what is done and read what is there; nothing any more when stopping."""
        self._work.clear()
        done = list(self._done)
        rows = self._rows(await seat.turn(done, skip, 0 if self._stopping.is_set() else self._limit))
        del self._done[: len(done)]
        await self._look_after(seat, rows, skip)
        return rows

    def _rows(self, found: list[OutboxRecord]) -> list[OutboxRecord]:
        """All of them; only where a test keeps a cursor instead, those after it."""
        if not removed("to-do-list"):
            return found
        rows = [row for row in found if row.position > self._cursor]
        self._cursor = max([row.position for row in rows], default=self._cursor)
        return rows

    async def _look_after(self, seat: Seat, rows: list[OutboxRecord], skip: Sequence[int]) -> None:
        now = time.monotonic()
        if not skip and len(rows) < self._limit:
            self._note(Backlog(len(rows), rows[0].age if rows else 0.0))
        elif now - self._measured > BACKLOG_EVERY:
            self._note(await seat.backlog())
        if now - self._tidied > TIDY_EVERY:
            self._tidied = now
            await seat.tidy()

    def _note(self, backlog: Backlog) -> None:
        self._backlog, self._measured = backlog, time.monotonic()

    async def _sent(self, rows: Sequence[OutboxRecord]) -> bool:
        """Publish, or wait a growing while before the same rows are read and tried again."""
        try:
            await self._send(rows)
        except (Unavailable, TimeoutError) as failure:
            await self._back_off("broker", failure)
            return False
        self._done += _positions(rows)
        self._well("broker")
        return True

    async def _send(self, rows: Sequence[OutboxRecord]) -> None:
        with tracing.spans("outbox.publish", map(_traceparent, rows)):
            async with asyncio.timeout(PATIENCE):
                await self._publish(rows)

    async def _back_off(self, part: str, failure: Exception) -> None:
        """An outage is logged when it begins and when it ends, however long it lasts."""
        if not self._failures[part]:
            log.warning("relay_waits", part=part, failure=str(failure) or type(failure).__name__)
        pause = min(FIRST_BACKOFF * 2.0 ** self._failures[part], LONGEST_BACKOFF)
        self._failures[part] = min(self._failures[part] + 1, 10)
        await _pause(self._stopping, self._rest(pause))

    def _well(self, part: str) -> None:
        if self._failures[part]:
            log.info("relay_goes_on", part=part)
            self._failures[part] = 0


async def _pause(until: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until.wait()


def _positions(rows: Sequence[OutboxRecord]) -> list[int]:
    return [row.position for row in rows]


def _traceparent(row: OutboxRecord) -> str | None:
    return next((value.decode() for name, value in row.headers if name == "traceparent"), None)
