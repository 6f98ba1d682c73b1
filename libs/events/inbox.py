"""Receive once: a consumed batch, its effects and its offsets commit together or not at all (design 11.4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic

import structlog

from libs.events.budget import Budget
from libs.events.clock import Clock, system_clock
from libs.events.effects import ATTEMPTS, Batches, Consumed, Effects, Halted, fence
from libs.events.errors import ConcurrencyConflict, Fenced, Unavailable
from libs.events.lanes import BEHIND, E, Lane, Waiting, blame, read_again
from libs.events.reading import Partition, Read, Reader, Record, before_unknown, partition_of
from libs.events.replay import Replay, settle
from libs.events.swift import Swift, barred, swift_way

log = structlog.get_logger("inbox")


@dataclass
class Tally:
    """What happened so far, for the meters."""

    received: int = 0
    applied: int = 0
    parked: int = 0
    replayed: int = 0


@dataclass
class Owned:
    """A partition this member consumes: where the next batch begins, and its token against zombies."""

    next: int
    token: int


class Inbox(Generic[E]):
    """Applies consumed batches. `prefix_of` says which stream prefix each topic carries."""

    def __init__(
        self,
        store: Batches,
        effects: Effects[E],
        prefix_of: Mapping[str, str],
        *,
        clock: Clock = system_clock,
    ) -> None:
        self._store = store
        self._effects = effects
        self._reader = Reader(effects.decode, prefix_of, clock)
        self._replay = Replay(store, effects, self._stand)
        self._swift: Swift[E] | None = swift_way(store, effects)
        self._budget = Budget()
        self._owned: dict[Partition, Owned] = {}
        self.tally = Tally()

    async def claim(self, partitions: Iterable[Partition], generation: int) -> dict[Partition, int]:
        """Own exactly these partitions from now on; where to begin in each. Raises Unavailable."""
        owned: dict[Partition, Owned] = {}
        async with self._store.begin() as tx:
            for partition in sorted(partitions):
                owned[partition] = Owned(*await tx.claim(*partition, generation))
        self._owned = owned
        return {partition: mine.next for partition, mine in owned.items()}

    async def receive(self, batch: Sequence[Record]) -> None:
        """Apply a batch of claimed partitions: durable, each event once, when it returns.

        Raises Fenced (somebody else owns a partition now), Unavailable (try again later) and Halted.
        """
        reads = [self._reader.read(record) for record in batch if record.offset >= self._next(record)]
        reads, stop = before_unknown(reads) if self._effects.unknown == "stop" else (reads, None)
        if reads:
            await self._apply(reads)
        if stop is not None:
            raise Halted("unknown_kind", partition_of(stop), stop.offset)

    def _next(self, record: Record) -> int:
        mine = self._owned.get(partition_of(record))
        if mine is None:
            raise Fenced(f"{record.topic}/{record.partition} is not claimed")
        return mine.next

    async def _apply(self, reads: Sequence[Read[E]]) -> None:
        """Together if possible; if something goes wrong, one by one, so that only the cause is set aside."""
        try:
            await self._together(reads)
        except (Fenced, Unavailable, Halted):
            raise
        except Exception:
            log.exception("batch_failed")
            for read in reads:
                await self._alone(read)

    async def _alone(self, read: Read[E]) -> None:
        try:
            await self._together([read])
        except (Fenced, Unavailable, Halted):
            raise
        except Exception:
            log.exception("record_failed", stream=read.stream)
            await self._step_by_step(read)

    async def _step_by_step(self, read: Read[E]) -> None:
        """What may go before the record, the record itself, what it lets go: only what fails is blamed."""
        await self._freed(read)
        try:
            await self._together([read], most=1)
        except (Fenced, Unavailable, Halted):
            raise
        except Exception as error:
            reason = blame(error)
            log.exception("effect_failed", stream=read.stream, reason=reason)
            await self._together([replace(read, event=None, reason=reason)], most=0)
        await self._freed(read)

    async def _freed(self, read: Read[E]) -> None:
        if read.stream is not None:
            self.tally.applied += await self._replay.freed(partition_of(read.record), read.stream)

    async def _together(self, reads: Sequence[Read[E]], most: int | None = None) -> None:
        """`most`: how many records of a lane may be released by it; None: all."""
        for _ in range(ATTEMPTS):
            try:
                swiftly = most is None and await self._swiftly(reads)
                causes = 0 if swiftly else await self._transaction(reads, most)
            except ConcurrencyConflict:
                continue
            self._moved(reads)
            if not self._budget.allows(len(reads), causes):
                raise Halted("dead_letter_budget")
            return
        raise Unavailable("database")

    async def _swiftly(self, reads: Sequence[Read[E]]) -> bool:
        """The short way, where it is open; False: nothing was done."""
        if self._swift is None or barred() or not await self._swift.done(reads, self._moves(reads)):
            return False
        self.tally.applied += len(reads)
        return True

    def _moved(self, reads: Sequence[Read[E]]) -> None:
        for read in reads:
            self._owned[partition_of(read.record)].next = read.record.offset + 1
        self.tally.received += len(reads)

    async def _transaction(self, reads: Sequence[Read[E]], most: int | None) -> int:
        """Fence, order, apply, set aside: one transaction. How many have a reason of their own to wait."""
        async with self._store.begin() as tx:
            await fence(tx, self._moves(reads))
            lanes = await self._lanes(tx, reads)
            for lane in lanes.values():
                lane.most = most
            ready = self._ordered(reads, lanes)
            if ready:
                await self._effects.apply(tx, ready)
            rows = [self._reader.row(read) for read in reads if read.stream is None]
            rows += [row for lane in lanes.values() for row in lane.parked()]
            if rows:
                await tx.park(rows)
            await settle(tx, [row for lane in lanes.values() for row in lane.settled])
        self.tally.applied += len(ready)
        self.tally.parked += len(rows)
        return sum(row.reason != BEHIND for row in rows)

    def _moves(self, reads: Sequence[Read[E]]) -> list[Consumed]:
        ends = {partition_of(read.record): read.record.offset + 1 for read in reads}
        owned = [(partition, self._owned[partition], end) for partition, end in ends.items()]
        return [Consumed(*partition, mine.next, end, mine.token) for partition, mine, end in owned]

    async def _lanes(self, tx: Any, reads: Sequence[Read[E]]) -> dict[str, Lane[E]]:
        """The lanes of the batch; those of which something waits or was given up are looked up whole."""
        streams = sorted({read.stream for read in reads if read.stream})
        applied = await self._effects.applied(tx, streams)
        troubled: list[str] = sorted(await tx.troubled(streams))
        # Locks what waits, so that nobody decides meanwhile; what was decided until now is seen after it.
        waiting = {stream: await tx.waiting(stream) for stream in troubled}
        discarded = await tx.discarded(troubled) if troubled else {}
        lanes = {name: Lane[E].of(applied.get(name, 0), discarded.get(name, ())) for name in streams}
        for stream, rows in waiting.items():
            lanes[stream].waiting = [read_again(row, self._effects.decode) for row in rows]
        return lanes

    def _ordered(self, reads: Sequence[Read[E]], lanes: Mapping[str, Lane[E]]) -> list[E]:
        ready: list[E] = []
        for read in reads:
            if read.stream is None:
                continue
            lane = lanes[read.stream]
            if read.event is not None and lane.follows(read.event):
                ready.append(read.event)
            else:
                ready += lane.add(Waiting(self._reader.row(read), read.event))
        return ready

    async def replay(self) -> int:
        """Carry out what operators asked for on partitions owned here; how many records took effect.

        Only the owner of a partition does this, under its fence, so N replicas never do it twice.
        """
        rows = [
            row for row in await self._store.parked("REPLAY_REQUESTED") if partition_of(row) in self._owned
        ]
        lanes = {(partition_of(row), row.stream or row.offset): row for row in rows}
        done = sum([await self._replay.lane(row) for row in lanes.values()])
        self.tally.replayed += done
        return done

    async def _stand(self, tx: Any, partition: Partition) -> None:
        """Fence without moving."""
        mine = self._owned[partition]
        await tx.move([Consumed(*partition, mine.next, mine.next, mine.token)])
