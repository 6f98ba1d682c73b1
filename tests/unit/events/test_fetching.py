"""Incremental fetches against a broker of a few lines that keeps sessions as KIP-227 says."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest

from libs.events.kafka.fetching import FetchingClient

Places = dict[tuple[str, int], tuple[int, int]]


@dataclass
class Broker:
    """Keeps sessions. `asked`: what each request named and what it forgot, its session and epoch."""

    limit: int = 9
    sessions: dict[int, tuple[int, Places]] = field(default_factory=dict)
    asked: list[tuple[set[int], set[int], int, int]] = field(default_factory=list)
    known: list[Places] = field(default_factory=list)
    failing: bool = False

    async def send(self, _: int, request: Any) -> Any:
        if self.failing:
            raise KafkaConnectionError
        struct = request.prepare({1: (0, 11)})
        named = {(topic, each[0]): (each[2], each[4]) for topic, places in struct.topics for each in places}
        forgotten = {(topic, each) for topic, places in struct.forgotten_topics_data for each in places}
        place = struct.session_id, struct.session_epoch
        self.asked.append(({at[1] for at in named}, {at[1] for at in forgotten}, *place))
        struct.encode()  # what cannot be sent is no request
        return self._answer(named, forgotten, *place)

    def _answer(self, named: Places, forgotten: set[tuple[str, int]], id_: int, epoch: int) -> Any:
        if id_ == 0 and epoch == 0:
            fresh = len(self.asked) if len(self.sessions) < self.limit else 0
            if fresh:
                self.sessions[fresh] = (1, named)
            self.known.append(named)
            return SimpleNamespace(error_code=0, session_id=fresh)
        if id_ not in self.sessions:
            return SimpleNamespace(error_code=70, session_id=0)
        awaited, known = self.sessions[id_]
        if epoch != awaited:
            return SimpleNamespace(error_code=71, session_id=0)
        known = {**{at: place for at, place in known.items() if at not in forgotten}, **named}
        self.sessions[id_] = (epoch + 1, known)
        self.known.append(known)
        return SimpleNamespace(error_code=0, session_id=id_)


def fetch(**offsets: int) -> FetchRequest:
    """A whole fetch of these partitions."""
    return FetchRequest(500, 1, 1000, 0, [("t", [(int(k[1:]), at, 4) for k, at in offsets.items()])])


async def test_only_what_changed_is_named_and_what_is_gone_is_forgotten() -> None:
    broker = Broker()
    client = FetchingClient(broker)
    for wanted in (fetch(p0=5, p1=7), fetch(p0=6, p1=7), fetch(p0=6, p1=7), fetch(p1=8), fetch(p0=6, p1=8)):
        await client.send(1, wanted)
    assert broker.asked == [
        ({0, 1}, set(), 0, 0),
        ({0}, set(), 1, 1),
        (set(), set(), 1, 2),
        ({1}, {0}, 1, 3),
        ({0}, set(), 1, 4),
    ]
    assert broker.known[-1] == {("t", 0): (6, 4), ("t", 1): (8, 4)}


async def test_the_broker_always_knows_what_a_whole_fetch_would_have_said() -> None:
    broker = Broker()
    client = FetchingClient(broker)
    for turn in range(60):
        offsets = {f"p{number}": turn // (number + 1) for number in range(6) if (turn + number) % 4}
        if turn % 13 == 7:
            broker.sessions.clear()
        await client.send(1, fetch(**offsets))
        assert broker.known[-1] == {("t", int(name[1:])): (at, 4) for name, at in offsets.items()}


async def test_a_session_that_the_broker_forgot_begins_again_at_once() -> None:
    broker = Broker()
    client = FetchingClient(broker)
    await client.send(1, fetch(p0=1, p1=1))
    broker.sessions.clear()
    answer = await client.send(1, fetch(p0=2, p1=1))
    assert (answer.error_code, [each[0] for each in broker.asked]) == (0, [{0, 1}, {0}, {0, 1}])


async def test_after_a_failure_everything_is_named_again() -> None:
    broker = Broker()
    client = FetchingClient(broker)
    await client.send(1, fetch(p0=1, p1=1))
    broker.failing = True
    with pytest.raises(KafkaConnectionError):
        await client.send(1, fetch(p0=2, p1=1))
    broker.failing = False
    await client.send(1, fetch(p0=2, p1=1))
    assert broker.asked[-1] == ({0, 1}, set(), 0, 0)


async def test_a_broker_without_room_for_sessions_is_asked_for_everything() -> None:
    broker = Broker(limit=0)
    client = FetchingClient(broker)
    for offset in range(3):
        await client.send(1, fetch(p0=offset, p1=1))
    assert broker.asked == [({0, 1}, set(), 0, 0)] * 3


async def test_brokers_remember_apart() -> None:
    broker = Broker()
    client = FetchingClient(broker)
    await client.send(1, fetch(p0=1))
    await client.send(2, fetch(p1=1))
    await client.send(1, fetch(p0=2))
    assert [each[0] for each in broker.asked] == [{0}, {1}, {0}]


async def test_a_broker_that_knows_no_sessions_is_asked_for_everything() -> None:
    class Old:
        async def send(self, _: int, request: Any) -> Any:
            return SimpleNamespace(topics=request.prepare({1: (0, 4)}).topics)

    client = FetchingClient(Old())
    for offset in range(3):
        answer = await client.send(1, fetch(p0=offset, p1=1))
        assert answer.topics == [("t", [(0, offset, 4), (1, 1, 4)])]


async def test_everything_else_is_the_clients_own() -> None:
    class Plain:
        cluster = "cluster"

        async def send(self, node: int, request: Any, group: str) -> Any:
            return node, request, group

    client, request = FetchingClient(Plain()), MetadataRequest([])
    assert await client.send(3, request, group="g") == (3, request, "g")
    assert client.cluster == "cluster"
