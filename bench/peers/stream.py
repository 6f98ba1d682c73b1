"""FastStream's batch subscriber, folding our log into a dictionary: a read model in memory."""

import asyncio
import secrets
from typing import Any

import uvloop
from faststream.kafka import KafkaBroker

from bench.answers import expect
from bench.measure import Sample
from bench.rival import Matters, Seen
from bench.stopwatch import Stopwatch
from libs.events.codec import decode

BATCH = 5000


class Reader:
    """Folds batches; timed from the end of the first one: joining the group does not count."""

    def __init__(self, events: int) -> None:
        self.matters = Matters[str]()
        self.done = asyncio.Event()
        self.seen = 0
        self._events, self._untimed, self._watch = events, 0, Stopwatch()

    async def decode(self, message: Any) -> list[Seen]:
        """The library's place for it; by itself it decodes `application/json`, and ours is `cloudevents`."""
        if not self.seen:
            self._watch = Stopwatch()  # counts where the first batch is the only one
        return [Seen(decode(body)) for body in message.body]

    async def handle(self, batch: list[Any]) -> None:
        """The subscriber."""
        for event in batch:
            self.matters.take(event.subject, event)
        if not self.seen and len(batch) < self._events:
            self._untimed, self._watch = len(batch), Stopwatch()
        self.seen += len(batch)
        if self.seen >= self._events:
            self.sample = self._watch.sample(self.seen - self._untimed)
            self.done.set()


def batches(bootstrap: str, topics: list[str], events: int, digest: str) -> Sample:
    """Consume the log, on the loop that the library's own command takes; `digest` is of the plain rows."""
    return uvloop.run(_batches(bootstrap, topics, events, digest))


async def _batches(bootstrap: str, topics: list[str], events: int, digest: str) -> Sample:
    broker, reader = KafkaBroker(bootstrap, logger=None), Reader(events)
    subscriber = broker.subscriber(
        *topics,
        batch=True,
        max_records=BATCH,
        group_id=secrets.token_hex(4),
        auto_offset_reset="earliest",
        decoder=reader.decode,
    )
    subscriber(reader.handle)
    await broker.start()
    await asyncio.wait_for(reader.done.wait(), 600)
    await broker.stop()
    expect(reader.seen, events, "events folded")
    reader.matters.check(digest)
    return reader.sample
