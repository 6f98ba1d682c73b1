"""A log on real Kafka, and the live projector fed from it batch by batch."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from libs.events.fast import Fast
from libs.events.inbox import Inbox
from libs.events.kafka import Producer, end_offsets, read_partition
from libs.events.postgres import PostgresStore
from libs.events.store import OutboxRecord
from services.metrics.folding import Log, Source
from services.metrics.projections import Projection

STAGES = {"intake": "report", "dispatch": "case", "mediation": "dispute"}


@dataclass(frozen=True)
class Delivered:
    """A record as aiokafka gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True)
class Written:
    """The three stage topics under names of their own, so that tests do not meet."""

    log: Log

    def topic(self, stage: str) -> str:
        """The topic of a stage."""
        return next(name for name, prefix in self.log.topics.items() if prefix == STAGES[stage])

    async def publish(self, records: Iterable[tuple[str, bytes, bytes]]) -> None:
        """Append (stage, key, value) in this order, as a relay would."""
        producer = Producer(self.log.bootstrap)
        await producer.start()
        queued = [
            OutboxRecord(position, self.topic(stage), key, value)
            for position, (stage, key, value) in enumerate(records)
        ]
        await producer.publish(queued)
        await producer.stop()


def written(bootstrap: str, topics: Callable[..., str], partitions: int = 2) -> Written:
    """Three fresh topics."""
    names = {topics(f"case.{stage}", partitions=partitions): prefix for stage, prefix in STAGES.items()}
    return Written(Log(bootstrap, names))


class LiveProjector:
    """The inbox of metrics as the service runs it, without the group."""

    def __init__(self, store: PostgresStore, log: Log) -> None:
        self.log = log
        self.inbox = Inbox[Fast](store, Projection(), log.topics)
        self.next: dict[Source, int] = {}

    async def consume(self, batch: int = 200) -> None:
        """Everything that is in the log now."""
        ends = await end_offsets(self.log.bootstrap, self.log.topics)
        self.next = dict(await self.inbox.claim(ends, 1))
        for (topic, partition), end in sorted(ends.items()):
            start = self.next[topic, partition]
            async for page in read_partition(self.log.bootstrap, topic, partition, start, end):
                records = [Delivered(topic, partition, *row) for row in page]
                for first in range(0, len(records), batch):
                    await self.inbox.receive(records[first : first + batch])
