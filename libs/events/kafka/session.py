"""One client's life: claim what the group gives, fetch, hand over, rest when that fails."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    RecordTooLargeError,
)

from libs.events.clock import jittered
from libs.events.effects import Halted
from libs.events.errors import Fenced, Unavailable
from libs.events.kafka.calm import finished
from libs.events.kafka.group import Group, Membership, Receiver, consumer_of, start
from libs.events.kafka.progress import Progress
from libs.events.reading import Partition, Record
from libs.events.safeguards import removed

log = structlog.get_logger("consumer")

POLL = 0.25
START_SECONDS = 30.0
DRAIN_SECONDS = 20.0
LOOK_EVERY, REPLAY_EVERY, COMMIT_EVERY = 5.0, 1.0, 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0

LOST = "offset_out_of_range"

Fetched = Mapping[TopicPartition, Sequence[Any]]


class Silent(Exception):
    """The client fetches nothing although there is something to fetch."""


@dataclass(frozen=True, slots=True)
class Unfetched:
    """Stands for a record that the client cannot fetch: only its place is known."""

    topic: str
    partition: int
    offset: int
    key: bytes | None = None
    value: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()


class Session:
    """A member of the group from `open` to `close`. `halted` says which partitions stand still and why."""

    def __init__(self, group: Group, receiver: Receiver, progress: Progress) -> None:
        self.busy = asyncio.Lock()
        self.consumer = consumer_of(group)
        self.membership = Membership(self.consumer, group, self._drained)
        self.halted: dict[Partition, str] = {}
        self.resting = ""
        self._group, self._receiver, self._progress = group, receiver, progress
        self._adopted = -1
        self._pause, self._until = FIRST_PAUSE, 0.0
        self._due = dict.fromkeys((self._look, self._recover, self._replay, self._commit), 0.0)
        self._committing: asyncio.Task[None] | None = None

    @property
    def adopted(self) -> bool:
        """Whether the partitions of this moment are claimed."""
        return self.membership.assigned is not None and self._adopted == self.membership.epoch

    async def open(self) -> None:
        """Join the group. Raises KafkaError and OSError."""
        self.consumer.subscribe(self._group.topics, listener=self.membership)
        async with asyncio.timeout(START_SECONDS):
            await start(self.consumer)

    async def close(self) -> None:
        """Leave the client; a static member keeps its place for the next process of its name."""
        if self._committing is not None:
            self._committing.cancel()
        await finished("consumer", self.consumer.stop())

    async def turn(self) -> None:
        """Claim, fetch and apply a batch at most. After Silent and KafkaError a new session must begin."""
        self.membership.pulse()
        if time.monotonic() >= self._until:
            await self._adopt()
            self._resume()
        fetched = await self._fetch()
        if fetched:
            await self._hand_over(fetched)
        for chore, due in self._due.items():
            if time.monotonic() >= due:
                self._due[chore] = time.monotonic() + await chore()

    async def _drained(self) -> None:
        """Wait until no batch is being applied, but not for ever: a late one is fenced anyway."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS), self.busy:
                pass
        except TimeoutError:
            log.warning("drain.abandoned")

    async def _adopt(self) -> None:
        """Claim the partitions of this moment and begin where their effects ended."""
        membership = self.membership
        async with self.busy:
            epoch, assigned = membership.epoch, membership.assigned
            if assigned is None or self._adopted == epoch:
                return
            try:
                starts = await self._receiver.claim(assigned, membership.generation)
                if removed("seek-on-assignment"):
                    starts = await self._told_to_the_group(assigned)
            except Unavailable as away:
                self._rest(away.dependency)
                return
            if epoch == membership.epoch:
                self._progress.begin(starts)
                self.halted.clear()
                self._rewind()
                self._adopted = epoch
                log.info("claimed", partitions=len(starts), generation=membership.generation)

    async def _told_to_the_group(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        """Only where a test believes the group's offsets, as consumers without an inbox do."""
        return {it: await self.consumer.committed(TopicPartition(*it)) or 0 for it in partitions}

    async def _fetch(self) -> Fetched:
        try:
            fetched: Fetched = await self.consumer.getmany(
                timeout_ms=int(POLL * 1000), max_records=self._group.max_records
            )
            return fetched
        except NoOffsetForPartitionError:
            pass  # asked for before our own position was set
        except OffsetOutOfRangeError as lost:
            # Going to the earliest or latest offset instead would skip events, or begin again, unseen.
            for place in lost.args[0]:
                self._halt(LOST, (place.topic, place.partition))
        except CorruptRecordException as corrupt:
            self._halt("corrupt_record", self._named_in(str(corrupt)))
        except RecordTooLargeError as large:
            place, offset = large.args[1:3]
            return {place: [Unfetched(place.topic, place.partition, offset)]}
        if self.adopted:
            self._rewind()  # what other partitions had in that fetch is lost with the error
        return {}

    def _named_in(self, message: str) -> Partition | None:
        places = self._progress.partitions()
        return next((place for place in places if str(TopicPartition(*place)) in message), None)

    async def _hand_over(self, fetched: Fetched) -> None:
        """Apply a batch, unless it is no longer ours to apply."""
        records: list[Record] = [record for batch in fetched.values() for record in batch]
        async with self.busy:
            if not self.adopted:
                return
            try:
                await self._receiver.receive(records)
            except Halted as halt:
                self._note(fetched, halt.partition)
                self._halt(halt.reason, halt.partition, halt.offset)
            except Fenced:
                self._fenced()
            except Unavailable as away:
                self._rest(away.dependency)
            except Exception:
                log.exception("receive.failed")
                self._rest("receiver")
            else:
                self._note(fetched)
                self._pause = FIRST_PAUSE

    def _note(self, fetched: Fetched, halted: Partition | None = None) -> None:
        for place, batch in fetched.items():
            partition = (place.topic, place.partition)
            if partition != halted:
                stamp = getattr(batch[-1], "timestamp", 0) / 1000
                self._progress.applied(partition, batch[-1].offset + 1, stamp)

    def _fenced(self) -> None:
        """Another member moved the offset. Claim again only after the group had time to say we are out."""
        log.warning("fenced", generation=self.membership.generation)
        self._adopted = -1
        self._rest("fenced", self._group.session / 10)

    def _halt(self, reason: str, partition: Partition | None, offset: int | None = None) -> None:
        """Stand still, one partition or all, until somebody looks; said loudly once."""
        partitions = [partition] if partition else sorted(self._progress.partitions())
        log.critical("halted", reason=reason, partition=partition, offset=offset)
        for place in partitions:
            self.halted[place] = reason
            self._still([place])

    def _rest(self, why: str, seconds: float | None = None) -> None:
        """Fetch nothing for a while; the client stays a member meanwhile."""
        self.resting = self.resting or why
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self._until = time.monotonic() + (seconds or jittered(self._pause))
        if self.membership.assigned is not None:
            self._still(self.membership.assigned)

    def _still(self, partitions: Iterable[Partition]) -> None:
        for place in partitions:
            if TopicPartition(*place) in self.consumer.assignment():
                self.consumer.pause(TopicPartition(*place))

    def _resume(self) -> None:
        """After a rest: back to where the effects ended, and on."""
        if self.resting and self.adopted:
            self._progress.rested(self._progress.partitions())
            self._rewind()
            self.resting = ""

    def _rewind(self) -> None:
        for place, offset in self._progress.positions().items():
            client_place = TopicPartition(*place)
            if client_place in self.consumer.assignment() and place not in self.halted:
                self.consumer.seek(client_place, offset)
                self.consumer.resume(client_place)

    async def _look(self) -> float:
        """Ask where the logs end; a client that brings nothing from there is replaced."""
        if self.adopted:
            places = [TopicPartition(*place) for place in self._progress.partitions()]
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    ends = await self.consumer.end_offsets(places)
            except (KafkaError, TimeoutError):
                return LOOK_EVERY
            if places or self.membership.coordinated:
                self._progress.ends({(place.topic, place.partition): end for place, end in ends.items()})
            excused = self._progress.partitions() if self.resting else self.halted
            if silent := self._progress.still(self._group.stuck, excused):
                raise Silent(f"nothing came from {silent} for {self._group.stuck} s")
        return LOOK_EVERY

    async def _recover(self) -> float:
        """A halted partition gets no record by which it could be fenced: ask whether its offset was put back.

        Somebody may have filled a lost log again and have every consumer begin at its start.
        """
        async with self.busy:
            assigned = self.membership.assigned
            if assigned is not None and self.adopted and not self.resting and LOST in self.halted.values():
                try:
                    starts = await self._receiver.claim(assigned, self.membership.generation)
                except Unavailable as away:
                    self._rest(away.dependency)
                else:
                    if dict(starts) != self._progress.positions():
                        self._adopted = -1
        return LOOK_EVERY

    async def _replay(self) -> float:
        """Carry out what operators decided about parked records of these partitions."""
        async with self.busy:
            if self.adopted and not self.resting:
                try:
                    await self._receiver.replay()
                except Fenced:
                    self._fenced()
                except Unavailable as away:
                    self._rest(away.dependency)
        return REPLAY_EVERY

    async def _commit(self) -> float:
        """Tell the group how far we are: for lag tools only, so in the background and best effort."""
        changed = self._progress.uncommitted()
        if self.adopted and changed and (self._committing is None or self._committing.done()):
            offsets = {TopicPartition(*place): offset for place, offset in changed.items()}
            self._committing = asyncio.create_task(self._tell(offsets))
        return COMMIT_EVERY

    async def _tell(self, offsets: Mapping[TopicPartition, int]) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self.consumer.commit(offsets)
        except (KafkaError, TimeoutError) as failure:
            log.debug("commit.failed", why=type(failure).__name__)
