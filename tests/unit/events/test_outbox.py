import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
import structlog

from libs.events.codec import decode
from libs.events.errors import Unavailable
from libs.events.memory import MemoryStore
from libs.events.outbox import Relay
from libs.events.store import OutboxRecord
from tests.conformance.samples import offers, parked, stream
from tests.waiting import until


class Broker:
    """Keeps what it was given; refuses as often as told, and can hold an answer back."""

    def __init__(self, refusals: int = 0) -> None:
        self.log: list[OutboxRecord] = []
        self.calls = 0
        self.refusals = refusals
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def publish(self, records: Sequence[OutboxRecord]) -> None:
        self.calls += 1
        self.asked.set()
        await self.open.wait()
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("kafka")
        self.log += records

    def versions(self, name: object) -> list[int]:
        """Versions of a stream in the order they were published."""
        events = [decode(record.value) for record in self.log]
        return [event.version for event in events if event.stream == stream(name)]

    async def holds(self, count: int) -> None:
        async def enough() -> bool:
            return len(self.log) >= count

        await until(enough)


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    task = asyncio.create_task(relay.run())
    yield
    relay.stop()
    async with asyncio.timeout(5):
        await task


async def test_every_event_is_published_once_in_order_and_forgotten() -> None:
    store, broker = MemoryStore(), Broker()
    relay = Relay(store, broker.publish, limit=3)
    await store.append([offers("a", count=4), offers("b", count=3)])
    async with running(relay):
        await broker.holds(7)
    assert broker.versions("a") == [1, 2, 3, 4]
    assert broker.versions("b") == [1, 2, 3]
    assert store.outbox == {}
    assert (relay.depth, relay.oldest_age()) == (0, 0.0)


async def test_a_commit_wakes_an_idle_relay() -> None:
    store, broker = MemoryStore(), Broker()
    relay = Relay(store, broker.publish)
    store.on_commit = relay.wake
    async with running(relay):
        for version in range(5):
            await store.append([offers("a", version)])
            await broker.holds(version + 1)
    assert broker.versions("a") == [1, 2, 3, 4, 5]


async def test_a_broker_that_is_away_delays_and_loses_nothing() -> None:
    store, broker = MemoryStore(), Broker(refusals=3)
    relay = Relay(store, broker.publish)
    await store.append([offers("a", count=3)])
    with structlog.testing.capture_logs() as lines:
        async with running(relay):
            await broker.holds(3)
    assert broker.versions("a") == [1, 2, 3]
    assert broker.calls == 4
    assert [line["event"] for line in lines] == ["relay_waits", "relay_goes_on"]


@pytest.mark.parametrize("refusals", [1, 2, 3])
async def test_a_failure_in_a_backlog_never_lets_a_later_version_overtake(refusals: int) -> None:
    store, broker = MemoryStore(), Broker(refusals)
    await store.append([offers("a", count=7)])
    async with running(Relay(store, broker.publish, limit=2)):
        await broker.holds(7)
    assert broker.versions("a") == [1, 2, 3, 4, 5, 6, 7]


async def test_a_relay_that_dies_between_publish_and_forget_publishes_the_same_bytes_again() -> None:
    store, broker = MemoryStore(), Broker()
    await store.append([offers("a")])
    broker.open.clear()
    dying = asyncio.create_task(Relay(store, broker.publish).run())
    await broker.asked.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert len(store.outbox) == 1
    broker.open.set()
    broker.log += store.outbox.values()  # the broker had it, only the answer never arrived
    assert await Relay(store, broker.publish).relay_once() == 1
    assert len({record.value for record in broker.log}) == 1
    assert len(broker.log) == 2
    assert decode(broker.log[0].value).id == decode(broker.log[1].value).id


async def test_stopping_finishes_the_batch_at_hand() -> None:
    store, broker = MemoryStore(), Broker()
    relay = Relay(store, broker.publish)
    await store.append([offers("a", count=3)])
    broker.open.clear()
    task = asyncio.create_task(relay.run())
    await broker.asked.wait()
    relay.stop()
    relay.stop()
    broker.open.set()
    async with asyncio.timeout(5):
        await task
    assert broker.versions("a") == [1, 2, 3]
    assert store.outbox == {}


async def test_stopping_before_the_start_ends_at_once() -> None:
    relay = Relay(MemoryStore(), Broker().publish)
    relay.stop()
    async with asyncio.timeout(1):
        await relay.run()


async def test_one_relay_leads_and_another_takes_over() -> None:
    store, broker = MemoryStore(), Broker()
    first, second = Relay(store, broker.publish), Relay(store, broker.publish)
    async with running(first):
        await until(leads(first))
        async with running(second):
            await store.append([offers("a")])
            await broker.holds(1)
            assert not second.leading
            assert await second.relay_once() == 0
            first.stop()
            await until(leads(second))
            await store.append([offers("a", 1)])
            await broker.holds(2)
    assert broker.versions("a") == [1, 2]


def leads(relay: Relay) -> Callable[[], Awaitable[bool]]:
    async def leading() -> bool:
        return relay.leading

    return leading


async def test_notices_travel_with_the_events() -> None:
    store, broker = MemoryStore(), Broker()
    async with store.begin() as tx:
        await tx.append([offers("a")])
        await tx.park([parked(4)])
    assert await Relay(store, broker.publish).relay_once() == 2
    assert [record.topic for record in broker.log] == ["case.dispatch", "case.dead-letter"]


async def test_the_age_of_the_oldest_row_grows_while_the_broker_is_away() -> None:
    store, broker = MemoryStore(), Broker()
    relay = Relay(store, broker.publish)
    await store.append([offers("a", count=3)])
    broker.open.clear()
    async with running(relay):
        await broker.asked.wait()
        first = relay.oldest_age()
        assert relay.depth == 3
        assert relay.oldest_age() > first
        broker.open.set()
        await broker.holds(3)
