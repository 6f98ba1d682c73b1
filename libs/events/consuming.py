"""A service's one consumer: its inbox behind its membership of the group."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from libs.events.inbox import Inbox
from libs.events.kafka import ConsumerLoop, Group
from libs.events.postgres import PostgresStore
from libs.events.reading import Partition, Record, traceparent
from libs.events.settings import Settings
from libs.events.stage import TOPIC_PREFIX
from libs.events.telemetry import accepted, tracing


@dataclass(frozen=True, slots=True)
class Traced:
    """An inbox whose batches show in the traces of the commands that caused them."""

    inbox: Inbox[Any]

    async def claim(self, partitions: Iterable[Partition], generation: int) -> Mapping[Partition, int]:
        return await self.inbox.claim(partitions, generation)

    async def receive(self, batch: Sequence[Record]) -> None:
        with tracing.spans("inbox.receive", map(_context, batch)):
            await self.inbox.receive(batch)

    async def replay(self) -> int:
        return await self.inbox.replay()


def _context(record: Record) -> str | None:
    found = traceparent(record)
    return None if found is None else accepted(found.decode("ascii", "replace"))


def consumer(
    name: str, store: PostgresStore, effects: Any, topics: Iterable[str], settings: Settings
) -> ConsumerLoop:
    """Member `<name>-<replica>` of the group `<name>`, reading these topics into the effects."""
    prefix_of = {settings.topic(topic): TOPIC_PREFIX[topic] for topic in sorted(topics)}
    group = settings.topic(name)
    member = Group(settings.kafka_bootstrap, group, tuple(prefix_of), f"{group}-{settings.replica}")
    return ConsumerLoop(member, Traced(Inbox(store, effects, prefix_of)))
