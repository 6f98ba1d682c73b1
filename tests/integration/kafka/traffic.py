"""Records on real topics, loops that consume them, and a broker of one's own to break."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from deploy.local import kafka, paths, ports, servers
from deploy.local.process import Child, kill, stop
from libs.events.codec import encode
from libs.events.inbox import Inbox
from libs.events.kafka import ConsumerLoop, Group
from libs.events.store import OutboxRecord
from tests.conformance.arrivals import Offers, effects_of, envelope, key
from tests.waiting import until

SESSION = 6.0
"""The shortest session a broker allows."""


def outgoing(topic: str, name: object, version: int) -> OutboxRecord:
    return OutboxRecord(0, topic, key(name), encode(envelope(name, version)))


def group(bootstrap: str, topic: str, instance: str | None = None) -> Group:
    return Group(bootstrap, f"group-of-{topic}", (topic,), instance, session=SESSION, stuck=3.0)


def loop_on(group: Group, store: Any, effects: Offers | None = None) -> ConsumerLoop:
    inbox: Inbox[Any] = Inbox(store, effects or Offers(), dict.fromkeys(group.topics, "report"))
    return ConsumerLoop(group, inbox)


@asynccontextmanager
async def running(*loops: ConsumerLoop) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The loops consume until the end of the block; one that failed is looked at by its test."""
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield tasks
    finally:
        await asyncio.gather(*(loop.stop() for loop in loops))
        await asyncio.gather(*tasks, return_exceptions=True)


async def reach(store: Any, names: Sequence[str], versions: Sequence[int], seconds: float = 15.0) -> None:
    """Wait until every matter has exactly these effects, in this order."""

    async def reached() -> bool:
        return all([await effects_of(store, name) == list(versions) for name in names])

    try:
        await until(reached, seconds)
    except TimeoutError:
        assert {name: await effects_of(store, name) for name in names} == {n: list(versions) for n in names}


async def send_raw(bootstrap: str, records: Iterable[tuple[str, bytes | None, bytes | None]]) -> None:
    """Whatever somebody may put on a topic, all on partition 0."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=8_000_000)
    await producer.start()
    try:
        for topic, record_key, value in records:
            await producer.send_and_wait(topic, value, record_key, partition=0)
    finally:
        await producer.stop()


@dataclass
class OwnBroker:
    """A broker that a test may stop, kill and start again."""

    broker: kafka.Broker
    child: Child | None = None

    @property
    def bootstrap(self) -> str:
        return self.broker.bootstrap

    def start(self) -> None:
        self.child = kafka.start(self.broker)
        kafka.wait_ready(self.broker, self.child)

    def end(self, how: signal.Signals) -> None:
        if self.child is not None and how == signal.SIGTERM:
            stop(self.child, 20.0, how)
        elif self.child is not None:
            kill(self.child)
        self.child = None


def own_broker(folder: Path) -> OwnBroker:
    places = servers.Folder(folder / "kafka", folder / "logs")
    (folder / "logs").mkdir()
    return OwnBroker(servers.broker(places, (ports.free(), ports.free()), paths.resolve().cache, print))
