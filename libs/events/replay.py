"""What operators decided about parked records, carried out by the service that owns their partition."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic

import structlog

from libs.events.effects import ATTEMPTS, Batches, Effects
from libs.events.errors import ConcurrencyConflict, Fenced, Unavailable
from libs.events.lanes import SOFT, SYSTEM, E, Lane, blame, read_again
from libs.events.reading import Partition, partition_of
from libs.events.store import Parked

log = structlog.get_logger("replay")


@dataclass(frozen=True, slots=True)
class Replay(Generic[E]):
    """Replays lanes. `stand` fences a partition without moving it, so only its owner gets through."""

    store: Batches
    effects: Effects[E]
    stand: Callable[[Any, Partition], Awaitable[None]]

    async def lane(self, row: Parked) -> int:
        """Apply the requested records of the row's stream and what waits for them; how many took effect.

        What fails again goes back to waiting for a decision; what somebody overtook has not failed, and
        stays requested. Raises Fenced and Unavailable.
        """
        return await _persistently(lambda: self._attempt(row))

    async def freed(self, partition: Partition, stream: str, asked: Sequence[Parked] = ()) -> int:
        """Apply what waits and may go ahead, record by record; how many were released.

        The one that fails waits for a decision from now on; if not even one can be looked at, those
        `asked` for do. Raises Fenced and Unavailable.
        """
        done = 0
        while await _persistently(lambda: self._step(partition, stream, asked)):
            done += 1
        return done

    async def _attempt(self, row: Parked) -> int:
        """Apply, or send back what fails. Raises ConcurrencyConflict."""
        if row.stream is None:
            async with self.store.begin() as tx:
                await tx.settle([row], "PENDING", SYSTEM, "names no stream; it can only be discarded")
            return 0
        try:
            return await self._apply(row, row.stream)
        except (ConcurrencyConflict, Fenced, Unavailable):
            raise
        except Exception:
            log.exception("replay_failed", stream=row.stream)
            return await self.freed(partition_of(row), row.stream, [row])

    async def _step(self, partition: Partition, stream: str, asked: Sequence[Parked]) -> int:
        """Release one record: 1, or 0 if none may go ahead, or the one that may fails."""
        settled = asked
        try:
            async with self.store.begin() as tx:
                await self.stand(tx, partition)
                lane = await self._load(tx, stream)
                lane.most = 1
                ready, settled = lane.release(), lane.settled
                if ready:
                    await self.effects.apply(tx, ready)
                await settle(tx, settled)
        except (ConcurrencyConflict, Fenced, Unavailable):
            raise
        except Exception as error:
            if not settled:
                raise
            log.exception("effect_failed", stream=stream, reason=blame(error))
            await self._bounce(settled, error)
            return 0
        return len(settled)

    async def _apply(self, row: Parked, stream: str) -> int:
        async with self.store.begin() as tx:
            await self.stand(tx, partition_of(row))
            lane = await self._load(tx, stream)
            ready = lane.release()
            if ready:
                await self.effects.apply(tx, ready)
            await settle(tx, lane.settled)
            for left in lane.waiting:
                if left.row.state == "REPLAY_REQUESTED" and not (left.requested and left.event):
                    why = "waits for the record before it" if left.event else "still cannot be read"
                    await tx.settle([left.row], "PENDING", SYSTEM, why)
        return len(ready)

    async def _load(self, tx: Any, stream: str) -> Lane[E]:
        applied = await self.effects.applied(tx, [stream])
        rows = await tx.waiting(stream)  # locked first, as in the inbox
        discarded = await tx.discarded([stream])
        lane = Lane[E].of(applied.get(stream, 0), discarded.get(stream, ()))
        lane.waiting = [read_again(row, self.effects.decode) for row in rows]
        return lane

    async def _bounce(self, rows: Sequence[Parked], error: Exception) -> None:
        """What only waited its turn has a reason of its own now, so no later record releases it again."""
        held = [replace(row, reason=blame(error)) if row.reason in SOFT else row for row in rows]
        async with self.store.begin() as tx:
            await tx.settle(held, "PENDING", SYSTEM, f"failed again: {type(error).__name__}")


async def _persistently(attempt: Callable[[], Awaitable[int]]) -> int:
    """Raises Unavailable when somebody is faster again and again."""
    for _ in range(ATTEMPTS):
        try:
            return await attempt()
        except ConcurrencyConflict:
            continue
    raise Unavailable("database")


async def settle(tx: Any, rows: Sequence[Parked]) -> None:
    """What an operator asked for stays his decision; the rest went ahead by itself."""
    for row in rows:
        await tx.settle([row], "REPLAYED", row.decided_by or SYSTEM, row.note or "")
