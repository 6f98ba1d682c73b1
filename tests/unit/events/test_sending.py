"""Publishing in one step, against a broker of a few lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, OutOfOrderSequenceNumber
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.producer.transaction_manager import TransactionManager

from libs.events.kafka.sending import DOUBTS, send

A, B = TopicPartition("t", 0), TopicPartition("t", 1)
OK, NOT_LEADER, OUT_OF_ORDER, DUPLICATE = 0, 6, 45, 46


@dataclass
class Broker:
    """Answers requests by `codes`, one list per request; and leads what `leaders` says."""

    codes: list[dict[TopicPartition, int]] = field(default_factory=list)
    leaders: dict[TopicPartition, int | None] = field(default_factory=dict)
    asked: list[tuple[int, dict[TopicPartition, bytes]]] = field(default_factory=list)
    updates: int = 0
    on_update: Callable[[], None] = lambda: None

    @property
    def cluster(self) -> Any:
        return SimpleNamespace(leader_for_partition=lambda place: self.leaders.get(place, 1))

    async def force_metadata_update(self) -> None:
        self.updates += 1
        self.on_update()

    async def send(self, node: int, request: Any) -> Any:
        struct = request.prepare({0: (0, 8)})
        asked = {TopicPartition(topic, at): bytes(it) for topic, each in struct.topics for at, it in each}
        self.asked.append((node, asked))
        codes = self.codes.pop(0) if self.codes else {}
        answers: list[Any] = [(place.partition, codes.get(place, OK), 0, -1, 0, [], None) for place in asked]
        return SimpleNamespace(topics=[("t", answers)])


@dataclass
class Client:
    """What `send` uses of a started producer."""

    client: Broker
    _txn_manager: Any
    _request_timeout_ms: int = 1000


async def producer(broker: Broker) -> Any:
    numbers = TransactionManager(None, 1000)
    numbers.set_pid_and_epoch(7, 0)
    return Client(broker, numbers)


def batch(*values: bytes) -> Any:
    made = BatchBuilder(1000, 0)
    for value in values:
        made.append(timestamp=1, key=b"k", value=value)
    return made


def sequence(content: bytes) -> int:
    """The number of the first record, where message format 2 has it."""
    return int.from_bytes(content[53:57], "big")


def places(broker: Broker) -> Sequence[tuple[int, set[TopicPartition]]]:
    return [(node, set(asked)) for node, asked in broker.asked]


async def test_all_partitions_of_a_leader_go_in_one_request_and_numbers_go_on() -> None:
    broker = Broker(leaders={A: 1, B: 1})
    sender = await producer(broker)
    await send(sender, {A: batch(b"1", b"2"), B: batch(b"3")})
    await send(sender, {A: batch(b"4")})
    assert places(broker) == [(1, {A, B}), (1, {A})]
    assert sequence(broker.asked[1][1][A]) == 2


async def test_every_leader_is_sent_its_own() -> None:
    broker = Broker(leaders={A: 1, B: 2})
    await send(await producer(broker), {A: batch(b"1"), B: batch(b"2")})
    assert sorted(places(broker)) == [(1, {A}), (2, {B})]


async def test_what_is_refused_for_the_moment_is_sent_again_as_it_was_to_who_leads_then() -> None:
    broker = Broker(codes=[{A: NOT_LEADER}], leaders={A: 1, B: 1})
    broker.on_update = lambda: broker.leaders.update({A: 2})
    await send(await producer(broker), {A: batch(b"1"), B: batch(b"2")})
    assert places(broker) == [(1, {A, B}), (2, {A})]
    assert broker.asked[0][1][A] == broker.asked[1][1][A]


async def test_a_batch_that_the_log_has_already_counts_as_sent() -> None:
    broker = Broker(codes=[{A: DUPLICATE}])
    await send(await producer(broker), {A: batch(b"1")})
    assert len(broker.asked) == 1


async def test_a_refusal_for_good_is_raised() -> None:
    with pytest.raises(OutOfOrderSequenceNumber):
        await send(await producer(Broker(codes=[{A: OUT_OF_ORDER}])), {A: batch(b"1")})


async def test_a_lost_connection_is_raised_and_nothing_is_tried_again() -> None:
    class Away(Broker):
        async def send(self, node: int, request: Any) -> Any:
            self.asked.append((node, {}))
            raise KafkaConnectionError

    broker = Away()
    with pytest.raises(KafkaConnectionError):
        await send(await producer(broker), {A: batch(b"1")})
    assert len(broker.asked) == 1


@pytest.mark.parametrize("leader", [None, -1])
async def test_without_a_leader_the_wait_ends_and_metadata_is_asked_for_rarely(leader: int | None) -> None:
    broker = Broker(leaders={A: leader})
    with pytest.raises(ConnectionError, match="leader"):
        await send(await producer(broker), {A: batch(b"1")})
    assert (broker.asked, broker.updates) == ([], DOUBTS)
