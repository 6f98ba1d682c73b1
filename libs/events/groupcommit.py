"""Concurrent appends of one process share one commit; each caller still waits until its own is durable."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from libs.events.errors import Unavailable

Work = TypeVar("Work")

LARGEST_GROUP = 500
"""Pieces of work that share one commit at most (performance, section 3)."""
HEAVIEST_GROUP = 4000
"""Weight (events) that shares one commit at most, one heavy piece excepted."""
TURNS = 3
"""Turns of the loop between two groups: those of the last one answer and what has arrived is read, the tasks
of new requests begin, and their work is in the queue. Without them half of it would just miss the group."""
LONGEST_QUEUE = 4000
"""Pieces that may wait; beyond it callers are sent away at once instead of piling up."""


@dataclass(eq=False, slots=True)
class _Waiting(Generic[Work]):
    work: Work
    claims: frozenset[Hashable]
    weight: int
    done: asyncio.Future[None] = field(repr=False)
    until: float


class GroupCommit(Generic[Work]):
    """Collects work while a commit is on its way, and writes what has gathered as the next group.

    Pieces that claim the same thing (stream, key) never share a group, so a group fails only for what is
    already stored. Then it is written in halves, down to the guilty piece: nobody fails for a neighbour.
    """

    def __init__(self, write: Callable[[Sequence[Work]], Awaitable[None]], deadline: float = 2.0) -> None:
        self._write = write
        self._deadline = deadline
        self._queue: deque[_Waiting[Work]] = deque()
        self._patient: deque[_Waiting[Work]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._worker: asyncio.Task[None] | None = None

    async def do(self, work: Work, claims: frozenset[Hashable], weight: int = 1) -> None:
        """Write the work; durable when this returns. Raises what `write` raised for it, or Unavailable."""
        if len(self._queue) >= LONGEST_QUEUE:
            raise Unavailable("database")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(work, claims, weight, loop.create_future(), loop.time() + self._deadline)
        self._queue.append(waiting)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._drain())
        self._watch(waiting, loop)
        await waiting.done

    def _watch(self, waiting: _Waiting[Work], loop: asyncio.AbstractEventLoop) -> None:
        """Everybody waits equally long, so whoever came first is late first: one timer serves all."""
        patient = self._patient
        while patient and patient[0].done.done():
            patient.popleft()
        patient.append(waiting)
        if self._timer is None:
            self._timer = loop.call_at(patient[0].until, self._give_up, loop)

    def _give_up(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send away whoever has waited too long; the timer goes on for the next who may have to."""
        self._timer, now = None, loop.time()
        while self._patient and (self._patient[0].done.done() or self._patient[0].until <= now):
            _fail([self._patient.popleft()], Unavailable("database"))
        if self._patient:
            self._timer = loop.call_at(self._patient[0].until, self._give_up, loop)

    async def close(self) -> None:
        """Wait until everything accepted so far is written or refused."""
        if self._worker is not None:
            await self._worker

    async def _drain(self) -> None:
        while self._queue:
            if group := self._next_group():
                await self._settle(group)
                busy = len(group) > 1 or bool(self._queue)  # a caller alone is followed by nobody
                for _ in range(TURNS if busy else 0):
                    await asyncio.sleep(0)

    def _next_group(self) -> list[_Waiting[Work]]:
        group: list[_Waiting[Work]] = []
        later: deque[_Waiting[Work]] = deque()
        claimed: set[Hashable] = set()
        weight = 0
        while self._queue and len(group) < LARGEST_GROUP:
            waiting = self._queue.popleft()
            if waiting.done.done():  # its caller has given up
                continue
            too_heavy = bool(group) and weight + waiting.weight > HEAVIEST_GROUP
            if too_heavy or not claimed.isdisjoint(waiting.claims):
                # Whoever comes later for the same thing must not overtake this one.
                claimed |= waiting.claims
                later.append(waiting)
                continue
            claimed |= waiting.claims
            weight += waiting.weight
            group.append(waiting)
        self._queue.extendleft(reversed(later))
        return group

    async def _settle(self, group: Sequence[_Waiting[Work]]) -> None:
        try:
            await self._write([waiting.work for waiting in group])
        except Unavailable as failure:
            _fail(group, failure)
        except Exception as failure:  # noqa: BLE001 - handed to the caller that caused it
            if len(group) > 1:
                middle = len(group) // 2
                await self._settle(group[:middle])
                await self._settle(group[middle:])
            else:
                _fail(group, failure)
        else:
            for waiting in group:
                if not waiting.done.done():
                    waiting.done.set_result(None)


def _fail(group: Sequence[_Waiting[Work]], failure: Exception) -> None:
    for waiting in group:
        if not waiting.done.done():
            waiting.done.set_exception(failure)
