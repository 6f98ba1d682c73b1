"""What operators decided about parked records, carried out by the service that owns their partition."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic

import structlog

from libs.events.effects import ATTEMPTS, Batches, Effects
from libs.events.errors import ConcurrencyConflict, Fenced, Unavailable
from libs.events.lanes import SYSTEM, E, Lane, read_again
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
        for _ in range(ATTEMPTS):
            try:
                return await self._attempt(row)
            except ConcurrencyConflict:
                continue
        raise Unavailable("database")

    async def _attempt(self, row: Parked) -> int:
        """Apply, or send back what fails. Raises ConcurrencyConflict."""
        if row.stream is None:
            await self._bounce([row], "names no stream; it can only be discarded")
            return 0
        try:
            return await self._apply(row, row.stream)
        except (ConcurrencyConflict, Fenced, Unavailable):
            raise
        except Exception as error:
            log.exception("replay_failed", stream=row.stream)
            await self._bounce([row], f"failed again: {type(error).__name__}")
            return 0

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

    async def _bounce(self, rows: Sequence[Parked], why: str) -> None:
        async with self.store.begin() as tx:
            await tx.settle(rows, "PENDING", SYSTEM, why)


async def settle(tx: Any, rows: Sequence[Parked]) -> None:
    """What an operator asked for stays his decision; the rest went ahead by itself."""
    for row in rows:
        await tx.settle([row], "REPLAYED", row.decided_by or SYSTEM, row.note or "")
