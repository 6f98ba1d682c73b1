"""The log in process: topics, groups and a consumer loop, held to the same suite as Kafka (`log_suite`).

It is harsher than Kafka: partitions change hands at once, without waiting for the batch at hand, so what
keeps effects single is the fence in the database and nothing else.
"""

import asyncio
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from libs.events.effects import Halted
from libs.events.errors import Fenced, Unavailable
from libs.events.kafka.group import Receiver
from libs.events.reading import Partition
from libs.events.store import OutboxRecord
from tests.simulation.chance import Chance

PATIENCE = 30.0


@dataclass(frozen=True)
class Logged:
    """A record on a partition, as aiokafka gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(eq=False)
class FakeGroup:
    """Members in the order they came, and who reads what."""

    topics: Sequence[str]
    partitions: int
    generation: int = 0
    members: list["FakeLoop"] = field(default_factory=list)

    def join(self, member: "FakeLoop") -> None:
        self.members.append(member)
        self.rebalance()

    def leave(self, member: "FakeLoop") -> None:
        if member in self.members:
            self.members.remove(member)
            self.rebalance()

    def rebalance(self) -> None:
        """A partition number of all topics goes to one member, as Kafka's range assignor has it."""
        self.generation += 1
        for index, member in enumerate(self.members):
            mine = [number for number in range(self.partitions) if number % len(self.members) == index]
            member.given([(topic, number) for topic in self.topics for number in mine], self.generation)


class FakeLog:
    """Every partition is a list; an offset is an index."""

    def __init__(self, chance: Chance, partitions: int = 3) -> None:
        self.partitions = partitions
        self._chance = chance
        self._records: dict[Partition, list[Logged]] = {}
        self._groups: dict[str, FakeGroup] = {}
        self._late: set[asyncio.Task[None]] = set()

    def group(self, name: str, topics: Sequence[str]) -> FakeGroup:
        return self._groups.setdefault(name, FakeGroup(sorted(topics), self.partitions))

    def read(self, topic: str, partition: int) -> list[Logged]:
        return self._records.setdefault((topic, partition), [])

    def all(self, topic: str) -> list[Logged]:
        return [record for number in range(self.partitions) for record in self.read(topic, number)]

    def append(self, record: OutboxRecord) -> None:
        number = zlib.crc32(record.key) % self.partitions
        place = self.read(record.topic, number)
        place.append(Logged(record.topic, number, len(place), record.key, record.value, record.headers))
        for group in self._groups.values():
            for member in group.members:
                member.news.set()

    async def publish(self, records: Sequence[OutboxRecord]) -> None:
        """As the producer does: all acknowledged, or Unavailable and any beginning of it in the log."""
        chance, troubles = self._chance, self._chance.troubles
        await chance.pause()
        if chance.happens(troubles.away):
            raise Unavailable("kafka")
        if chance.happens(troubles.partial):
            await self._break_off(records)
        for record in records:
            self.append(record)
        await chance.pause(0.02)
        if chance.happens(troubles.unheard):
            if chance.happens(0.2):
                await asyncio.sleep(2 * PATIENCE)  # the answer never comes
            raise Unavailable("kafka")

    async def _break_off(self, records: Sequence[OutboxRecord]) -> None:
        """A part is there; what is still on its way may arrive long after everybody gave it up."""
        taken = self._chance.between(0, len(records))
        for record in records[:taken]:
            self.append(record)
        if self._chance.happens(0.5):
            late = asyncio.create_task(self._arrive_late(records[taken:]))
            self._late.add(late)
            late.add_done_callback(self._late.discard)
        raise Unavailable("kafka")

    async def _arrive_late(self, records: Sequence[OutboxRecord]) -> None:
        for record in records:
            await self._chance.pause(2.0)
            self.append(record)

    async def landed(self) -> None:
        """Wait until nothing is on its way any more."""
        while self._late:
            await asyncio.wait(set(self._late))


class FakeLoop:
    """A member of a group: claims what it is given, feeds the receiver, rests when that fails."""

    def __init__(self, log: FakeLog, group: FakeGroup, receiver: Receiver, chance: Chance) -> None:
        self.news = asyncio.Event()
        self.halted: Halted | None = None
        self._log, self._group, self._receiver, self._chance = log, group, receiver, chance
        self._assigned: Sequence[Partition] = ()
        self._generation = 0
        self._claimed = 0
        self._next: dict[Partition, int] = {}
        self._stopping = False
        self._busy = asyncio.Lock()

    def given(self, partitions: Sequence[Partition], generation: int) -> None:
        """The group says whose each partition is from now on."""
        self._assigned, self._generation = partitions, generation
        self.news.set()

    async def run(self) -> None:
        """Consume until stopped."""
        self._group.join(self)
        while not self._stopping:
            self.news.clear()
            async with self._busy:
                worked = await self._turn()
            if not worked and not self._stopping:
                with suppress(TimeoutError):  # and not wait_for, which can swallow a cancellation
                    async with asyncio.timeout(1.0):
                        await self.news.wait()

    async def stop(self) -> None:
        """Finish the batch at hand and leave."""
        self._stopping = True
        self.news.set()
        async with self._busy:
            self._group.leave(self)

    async def _turn(self) -> bool:
        """Whether there was anything to do."""
        try:
            if self._claimed != self._generation:
                await self._claim()
            batch = self._fetch()
            if batch:
                await self._receiver.receive(batch)
                for record in batch:
                    self._next[record.topic, record.partition] = record.offset + 1
            else:
                await self._receiver.replay()
        except Fenced:
            self._claimed = 0
            await asyncio.sleep(self._chance.rest(0.5))
        except Unavailable:
            await asyncio.sleep(self._chance.rest(0.2))
        except Halted as halted:
            self.halted, self._stopping = halted, True
        else:
            return bool(batch)
        return True

    async def _claim(self) -> None:
        generation = self._generation
        starts: Mapping[Partition, int] = await self._receiver.claim(self._assigned, generation)
        self._next, self._claimed = dict(starts), generation

    def _fetch(self) -> list[Logged]:
        """Some records of some partitions, each partition in its order; sometimes from further back."""
        if self._claimed != self._generation:
            return []
        batch: list[Logged] = []
        for place in self._chance.shuffled(sorted(self._next)):
            records, start = self._log.read(*place), self._next[place]
            if start < len(records) and self._chance.happens(self._chance.troubles.redelivered):
                start = self._chance.between(0, start)
            batch += records[start : start + self._chance.between(1, 8)]
        return batch
