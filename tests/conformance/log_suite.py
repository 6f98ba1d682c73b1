"""What a log and its consumer loop promise a receiver: Kafka with `ConsumerLoop`, and the simulation's."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from libs.events.errors import BihuanError, Fenced, Unavailable
from libs.events.kafka.group import Receiver
from libs.events.reading import Partition, Record
from libs.events.store import OutboxRecord
from tests.conformance.arrivals import key
from tests.waiting import until

NAMES = [f"matter-{number}" for number in range(12)]


class Loop(Protocol):
    """A member of a group, not started."""

    async def run(self) -> None: ...
    async def stop(self) -> None: ...


class Log(Protocol):
    """A topic of four partitions, and members of one group that reads it."""

    topic: str

    async def publish(self, records: Sequence[OutboxRecord]) -> None: ...
    def loop(self, receiver: Receiver) -> Loop: ...


@dataclass
class Notebook:
    """A receiver that writes down what it was given. `refusals` are raised first, one per batch.

    `shared` are the stored offsets, which several members of a group have in common.
    """

    shared: dict[Partition, int] = field(default_factory=dict)
    refusals: list[BihuanError] = field(default_factory=list)
    seen: list[tuple[Partition, int, bytes | None, bytes | None]] = field(default_factory=list)
    mine: set[Partition] = field(default_factory=set)
    generations: list[int] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def claim(self, partitions: Iterable[Partition], generation: int) -> Mapping[Partition, int]:
        self.mine = set(partitions)
        self.generations.append(generation)
        return {partition: self.shared.get(partition, 0) for partition in self.mine}

    async def receive(self, batch: Sequence[Record]) -> None:
        self.asked.set()
        await self.gate.wait()
        if self.refusals:
            raise self.refusals.pop(0)
        for record in batch:
            place = record.topic, record.partition
            if record.offset == self.shared.get(place, 0):  # else delivered before
                self.seen.append((place, record.offset, record.key, record.value))
                self.shared[place] = record.offset + 1

    async def replay(self) -> int:
        return 0

    def values(self, name: object) -> list[bytes | None]:
        return [value for _, _, record_key, value in self.seen if record_key == key(name)]


def batch(log: Log, numbers: Iterable[int]) -> list[OutboxRecord]:
    """One record per name and number, numbers ascending."""
    return [OutboxRecord(0, log.topic, key(name), b"%d" % number) for number in numbers for name in NAMES]


@asynccontextmanager
async def running(*loops: Loop) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        await asyncio.gather(*(loop.stop() for loop in loops))
        await asyncio.gather(*tasks)


async def count(notebooks: Sequence[Notebook], wanted: int) -> None:
    async def enough() -> bool:
        return sum(len(notebook.seen) for notebook in notebooks) >= wanted

    await until(enough, 30.0)


class LogSuite:
    async def test_every_record_arrives_once_and_each_key_in_its_order(self, log: Any) -> None:
        notebook = Notebook()
        await log.publish(batch(log, range(3)))
        async with running(log.loop(notebook)):
            await count([notebook], 36)
            await log.publish(batch(log, range(3, 5)))
            await count([notebook], 60)
        assert all(notebook.values(name) == [b"0", b"1", b"2", b"3", b"4"] for name in NAMES)

    async def test_a_key_stays_on_its_partition_and_offsets_have_no_holes(self, log: Any) -> None:
        notebook = Notebook()
        await log.publish(batch(log, range(4)))
        async with running(log.loop(notebook)):
            await count([notebook], 48)
        assert len({(place, record_key) for place, _, record_key, _ in notebook.seen}) == len(NAMES)
        assert len({place for place, *_ in notebook.seen}) > 1
        for place in notebook.mine:
            offsets = [offset for where, offset, *_ in notebook.seen if where == place]
            assert offsets == list(range(len(offsets)))

    async def test_a_member_begins_where_its_claim_says(self, log: Any) -> None:
        await log.publish(batch(log, range(2)))
        first = Notebook()
        async with running(log.loop(first)):
            await count([first], 24)
        await log.publish(batch(log, [2]))
        second = Notebook(shared=first.shared)
        async with running(log.loop(second)):
            await count([second], 12)
        assert all(second.values(name) == [b"2"] for name in NAMES)

    async def test_after_a_refusal_the_same_records_come_again(self, log: Any) -> None:
        notebook = Notebook(refusals=[Unavailable("database"), Unavailable("database")])
        await log.publish(batch(log, range(2)))
        async with running(log.loop(notebook)):
            await count([notebook], 24)
        assert all(notebook.values(name) == [b"0", b"1"] for name in NAMES)

    async def test_whoever_is_fenced_claims_again(self, log: Any) -> None:
        notebook = Notebook(refusals=[Fenced("elsewhere")])
        await log.publish(batch(log, range(2)))
        async with running(log.loop(notebook)):
            await count([notebook], 24)
        assert len(notebook.generations) >= 2
        assert all(notebook.values(name) == [b"0", b"1"] for name in NAMES)

    async def test_members_share_the_partitions_and_inherit_them(self, log: Any) -> None:
        first = Notebook()
        second = Notebook(shared=first.shared)

        async def shared() -> bool:
            return len(first.mine) == len(second.mine) == 2 and not first.mine & second.mine

        async def inherited() -> bool:
            return len(first.mine) == 4

        async with running(log.loop(first)):
            await until(inherited, 30.0)
            async with running(log.loop(second)):
                await until(shared, 30.0)
                await log.publish(batch(log, range(2)))
                await count([first, second], 24)
            await until(inherited, 30.0)
            await log.publish(batch(log, [2]))
            await count([first, second], 36)
        assert first.generations == sorted(first.generations)
        assert first.seen
        assert second.seen

    async def test_stopping_finishes_the_batch_at_hand(self, log: Any) -> None:
        notebook = Notebook()
        notebook.gate.clear()
        await log.publish(batch(log, [0]))
        loop: Loop = log.loop(notebook)
        working = asyncio.create_task(loop.run())
        await notebook.asked.wait()
        stopping = asyncio.create_task(loop.stop())
        await asyncio.sleep(0)
        notebook.gate.set()
        await stopping
        await working
        assert notebook.seen
