"""The broker goes away and comes back: everything resumes by itself, and meanwhile all is calm (F4, F5)."""

import asyncio
import logging
import resource
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from deploy.local import topics as kafka_topics
from deploy.local.topics import Topic
from libs.events.errors import Unavailable
from libs.events.kafka import Producer
from libs.events.memory import MemoryStore
from libs.events.store import OutboxRecord
from tests.conformance.arrivals import effects_of
from tests.conftest import in_own_thread
from tests.integration.kafka.traffic import OwnBroker, group, loop_on, outgoing, own_broker, reach, running
from tests.waiting import hold, until

NAMES = [f"matter-{number}" for number in range(20)]
AWAY = 5.0
CPU = 0.05
"""Of one core, while the broker is away (reliability 1.5)."""
BEGINNING = 1.0
"""Seconds of an outage in which what was in flight fails; they are not measured."""
LINES = 1.0
"""Log lines a second while the broker is away."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnBroker]:
    broker = own_broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    made = tuple(Topic(how.name, 3, {}) for how in (signal.SIGTERM, signal.SIGKILL))
    in_own_thread(lambda: kafka_topics.ensure(broker.bootstrap, made))
    yield broker
    broker.end(signal.SIGKILL)


@pytest.fixture(autouse=True)
def fresh_minute() -> None:
    """No throttle of an earlier test: the first lines of its next minute would come while we count."""
    logging.getLogger("aiokafka").handlers.clear()


async def insist(producer: Producer, records: list[OutboxRecord]) -> None:
    """Publish as the relay does: all of it again after each failure, with a pause."""
    while True:
        try:
            await producer.publish(records)
        except Unavailable:
            await hold(0.5)
        else:
            return


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["graceful", "killed"])
async def test_after_an_outage_every_record_takes_effect_once_and_the_outage_is_calm(
    broker: OwnBroker, how: signal.Signals
) -> None:
    store, traffic = MemoryStore(), Traffic(Producer(broker.bootstrap), how.name)
    async with running(loop_on(group(broker.bootstrap, how.name), store)), traffic.flowing() as sending:
        await until_some(store)
        await asyncio.to_thread(broker.end, how)
        await hold(BEGINNING)
        used, began = cpu_seconds(), time.monotonic()
        with capture_logs() as lines:
            await hold(AWAY)
        seconds = time.monotonic() - began
        assert (cpu_seconds() - used) / seconds < CPU
        assert len(lines) / seconds < LINES, lines
        await asyncio.to_thread(broker.start)
        traffic.enough = True
        await sending
        await reach(store, NAMES, list(range(1, traffic.version + 1)), 30.0)
    assert await store.parked("PENDING") == []
    assert logging.getLogger("aiokafka").propagate is False


async def until_some(store: MemoryStore) -> None:
    async def some() -> bool:
        return bool(await effects_of(store, NAMES[0]))

    await until(some, 30.0)


@dataclass
class Traffic:
    """Version after version of every matter, until it is enough."""

    producer: Producer
    topic: str
    version: int = 0
    enough: bool = False

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.producer.stop()

    async def run(self) -> None:
        while not self.enough:
            self.version += 1
            await insist(self.producer, [outgoing(self.topic, name, self.version) for name in NAMES])
            await hold(0.05)
