"""Metrics at full backlog: the service's consumer loop, inbox and projection, in a process of its own."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import uvloop

from bench.answers import expect
from bench.measure import Sample
from bench.stopwatch import Stopwatch
from libs.events import logs, serving
from libs.events.inbox import Inbox
from libs.events.kafka import ConsumerLoop, Group
from libs.events.postgres import PostgresStore
from services.metrics.projections import Projection


@dataclass
class Counting:
    """The inbox with a clock: it starts with the first record and stops with the last.

    `whole`: the batch as it came, one transaction; else a transaction per event.
    """

    inbox: Inbox[Any]
    events: int
    whole: bool
    done: asyncio.Event = field(default_factory=asyncio.Event)
    watch: Stopwatch | None = None
    sample: Sample | None = None

    async def claim(self, partitions: Iterable[Any], generation: int) -> Mapping[Any, int]:
        return await self.inbox.claim(partitions, generation)

    async def receive(self, batch: Sequence[Any]) -> None:
        self.watch = self.watch or Stopwatch()
        for piece in [batch] if self.whole else [[record] for record in batch]:
            await self.inbox.receive(piece)
        if self.inbox.tally.received >= self.events:
            self.sample = self.watch.sample(self.events)
            self.done.set()

    async def replay(self) -> int:
        return await self.inbox.replay()


def consume(
    bootstrap: str, topics: Mapping[str, str], events: int, dsn: str, *, whole: bool = True
) -> Sample:
    """Everything from the first offset on, effects and offsets in one transaction per batch.

    In the event loop of every service, and with garbage looked for as rarely as there.
    """
    logs.configure("bench", "ERROR")
    serving.settle()
    return uvloop.run(
        _consume(Group(bootstrap, f"bench-{dsn[-8:]}", tuple(topics)), topics, events, dsn, whole=whole)
    )


async def _consume(
    group: Group,
    topics: Mapping[str, str],
    events: int,
    dsn: str,
    *,
    whole: bool,
) -> Sample:
    store = PostgresStore(dsn, None)
    counting = Counting(Inbox[Any](store, Projection(), topics), events, whole)
    loop = ConsumerLoop(group, counting)
    running = asyncio.create_task(loop.run())
    await counting.done.wait()
    await loop.stop()
    await running
    await store.close()
    expect(counting.inbox.tally.parked, 0, "records set aside")
    assert counting.sample is not None
    return counting.sample
