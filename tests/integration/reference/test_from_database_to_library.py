"""Reference data from intake's database over a compacted topic into the library of another process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest_asyncio

from libs.events.feed import ReferenceFeed, Tailed
from libs.events.kafka import Producer, tail
from libs.events.outbox import Relay
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.reference import Notice, publish
from libs.events.republishing import refill
from libs.events.schema import upgrade
from libs.events.verification import verify_stage
from libs.reference import Library
from tests.conftest import TopicFactory
from tests.unit.reference.packs import header, tables
from tests.waiting import until

NOTICE = Notice("adm-001", datetime(2026, 2, 1, 8, 0, tzinfo=UTC))
FIRST, SECOND = header()["version"], "640202-2026.2"


@dataclass
class Backbone:
    """Intake with its relay, and the topic that every process reads."""

    dsn: str
    bootstrap: str
    topic: str
    store: PostgresStore
    producer: Producer

    async def publish(self, version: str = FIRST) -> None:
        await publish(self.store, tables(), header(version=version), NOTICE)
        await self.relay()

    async def relay(self) -> None:
        while await Relay(self.store, self.producer.publish).relay_once():
            pass

    def read(self, start: int) -> AsyncIterator[Tailed]:
        return tail(self.bootstrap, self.topic, start)


@pytest_asyncio.fixture
async def backbone(database: str, kafka_bootstrap: str, topics: TopicFactory) -> AsyncIterator[Backbone]:
    await upgrade(database)
    topic = topics("case.reference", cleanup_policy="compact")
    origin = Origin("/bihuan/test/intake", "case.intake", branch=("reference-", topic))
    made = Backbone(
        database, kafka_bootstrap, topic, PostgresStore(database, origin), Producer(kafka_bootstrap)
    )
    yield made
    await made.producer.stop()
    await made.store.close()


async def knows(library: Library, *names: str) -> None:
    async def so() -> bool:
        return all(library.knows(name) for name in names)

    await until(so, 20)


async def test_what_is_published_is_known_whole_and_what_comes_later_too(backbone: Backbone) -> None:
    await backbone.publish()
    library = Library()
    feed = ReferenceFeed(library, backbone.read, backbone.store)
    reading = asyncio.create_task(feed.run())
    await asyncio.wait_for(feed.reached(), 20)
    await knows(library, FIRST)
    await backbone.publish(SECOND)
    await knows(library, SECOND)
    reading.cancel()
    await asyncio.wait([reading])
    assert library.tables(FIRST) == library.tables(SECOND)


async def test_an_empty_topic_is_known_to_be_empty(backbone: Backbone) -> None:
    feed = ReferenceFeed(Library(), backbone.read)
    reading = asyncio.create_task(feed.run())
    await asyncio.wait_for(feed.reached(), 20)
    reading.cancel()
    await asyncio.wait([reading])


async def test_a_stage_remembers_in_its_own_database_what_it_heard_and_in_which_order(
    backbone: Backbone,
) -> None:
    await backbone.publish()
    await backbone.publish(SECOND)
    feed = ReferenceFeed(Library(), backbone.read, backbone.store)
    reading = asyncio.create_task(feed.run())
    await asyncio.wait_for(feed.reached(), 20)

    async def kept() -> bool:
        return len(await backbone.store.remembered()) >= 2 and feed.caught_up

    await until(kept, 20)
    reading.cancel()
    await asyncio.wait([reading])
    library = Library()
    await ReferenceFeed(library, backbone.read, backbone.store).recall()
    assert [edition.version for edition in library.editions()] == [FIRST, SECOND]
    in_force = library.in_force(datetime(2026, 3, 2, tzinfo=UTC))
    assert in_force is not None
    assert in_force.version == SECOND  # both begin at one instant: the later published one rules


async def test_after_a_loss_of_the_topic_it_is_filled_again_and_verify_proves_it(backbone: Backbone) -> None:
    await backbone.publish()
    found = await verify_stage("intake", backbone.dsn, backbone.bootstrap, backbone.topic, "reference")
    assert found.proven, found.shown
    assert found.checked["events"] == found.checked["records"] > 1
    await refill(backbone.dsn)
    await backbone.relay()
    again = await verify_stage("intake", backbone.dsn, backbone.bootstrap, backbone.topic, "reference")
    assert again.proven, again.shown
    assert again.checked["records"] == 2 * found.checked["records"]
    library = Library()
    reading = asyncio.create_task(ReferenceFeed(library, backbone.read).run())
    await knows(library, FIRST)
    reading.cancel()
    await asyncio.wait([reading])
