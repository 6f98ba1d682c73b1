"""What a member of a consumer group is told, and what it knows about its place in the group."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition, errors
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from libs.events.kafka.fetching import fetch_incrementally
from libs.events.reading import Partition, Record
from libs.events.safeguards import removed

REBALANCE_SECONDS = 30.0


class FencedInstanceIdError(errors.BrokerResponseError):  # type: ignore[misc]  # aiokafka has no types
    """Another process joined the group under this member's name; aiokafka 0.14 does not know the code."""

    errno = 82
    message = "FENCED_INSTANCE_ID"
    retriable = False


errors.kafka_errors.setdefault(FencedInstanceIdError.errno, FencedInstanceIdError)


def fenced_by_name(failure: BaseException) -> bool:
    """Whether a client ended because of that; aiokafka quotes what the broker said."""
    return errors.kafka_errors[FencedInstanceIdError.errno].__name__ in repr(failure)


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group and this member of it.

    `instance` names the member for good (static membership): a restart within `session` seconds moves
    no partitions, and no two processes may have the same.
    """

    bootstrap: str
    name: str
    topics: tuple[str, ...]
    instance: str | None = None
    session: float = 30.0
    max_records: int = 500
    stuck: float = 60.0


class Receiver(Protocol):
    """What a consumer loop feeds; `Inbox` is one."""

    async def claim(self, partitions: Iterable[Partition], generation: int) -> Mapping[Partition, int]:
        """Own exactly these partitions; where to begin in each."""
        ...

    async def receive(self, batch: Sequence[Record]) -> None:
        """Apply a batch, durably."""
        ...

    async def replay(self) -> int:
        """Carry out what operators asked for."""
        ...


def consumer_of(group: Group) -> Any:
    """A client that joins the group when it starts; offsets are ours to keep, never the group's."""
    return AIOKafkaConsumer(
        bootstrap_servers=group.bootstrap,
        client_id=group.instance or group.name,
        group_id=group.name,
        group_instance_id=group.instance,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_uncommitted",
        session_timeout_ms=int(group.session * 1000),
        heartbeat_interval_ms=int(group.session * 100),
        rebalance_timeout_ms=int(REBALANCE_SECONDS * 1000),
        partition_assignment_strategy=(RangePartitionAssignor,),
        max_partition_fetch_bytes=4 * 1024 * 1024,
        retry_backoff_ms=500,
    )


async def start(consumer: Any) -> None:
    """Connect and join; from then on a fetch names only what changed. Raises KafkaError and OSError."""
    await consumer.start()
    fetch_incrementally(consumer)


@dataclass
class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Which partitions the group gave this member, None while it has no place in the group.

    `epoch` changes whenever that does.
    """

    consumer: Any
    group: Group
    drained: Callable[[], Awaitable[None]]
    epoch: int = 0
    assigned: frozenset[Partition] | None = None
    usurped: bool = False
    since: float = 0.0
    _troubled: float = 0.0
    _pulse: float = 0.0

    def __post_init__(self) -> None:
        self._pulse = self._troubled = self.since = time.monotonic()

    @property
    def generation(self) -> int:
        """The generation of the group that this member last joined."""
        return int(self.consumer._coordinator.generation)

    @property
    def coordinated(self) -> bool:
        """Whether this member knows its coordinator; it forgets one that does not answer."""
        coordinator = self.consumer._coordinator
        return coordinator is not None and coordinator.coordinator_id is not None

    def pulse(self) -> None:
        """Notice what explains a lost place: this process stood still, or the coordinator was away."""
        now = time.monotonic()
        if now - self._pulse > self.group.session / 4 or not self.coordinated:
            self._troubled = now
        self._pulse = now

    async def on_partitions_revoked(self, _: Iterable[TopicPartition]) -> None:
        """Finish the batch at hand, drop the rest.

        A static member that lost its place for no reason of its own was replaced by another process of
        the same name. Joining again would throw that one out, and so on without end (aiokafka 0.14 does
        not know FencedInstanceId), so this one ends.
        """
        self.pulse()
        had, self.assigned = bool(self.assigned), None
        self.epoch += 1
        self.since = time.monotonic()
        if not removed("drain"):
            await self.drained()
        lost = self.group.instance is not None and had and not self.consumer._coordinator.member_id
        if lost and self.since - self._troubled > 2 * self.group.session:
            self.usurped = True
            raise asyncio.CancelledError  # ends the client's coordination before it joins again

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Hold the new partitions still until they are claimed in the store.

        The position set here is never read from; without one the client would look for the group's.
        """
        for place in assigned:
            self.consumer.seek(place, 0)
            self.consumer.pause(place)
        self.assigned = frozenset((place.topic, place.partition) for place in assigned)
        self.epoch += 1
        self.since = time.monotonic()
