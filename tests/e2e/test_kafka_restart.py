"""The broker dies in the middle of the day: the services keep accepting, and catch up when it is back."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.demo.client import Client
from deploy.demo.live import DISPATCH, INTAKE, METRICS, Story
from deploy.local import topics
from deploy.local.services import STAGES, is_ready
from deploy.local.wait import until
from libs.events.clock import system_clock
from tests.conftest import in_own_thread, temporary_database
from tests.e2e.installation import CAST, PLAN, Installation, installation
from tests.e2e.own_broker import OwnBroker, own_broker

MATTERS = 5


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[OwnBroker]:
    made = own_broker(tmp_path)
    yield made
    made.remove()


@pytest.fixture
def lonely_city(broker: OwnBroker, postgres_dsn: str, tmp_path: Path) -> Iterator[Installation]:
    """Four services on the broker that will die."""
    in_own_thread(lambda: topics.ensure(broker.bootstrap, topics.read()))
    with ExitStack() as made:
        databases = {stage: made.enter_context(temporary_database(postgres_dsn)) for stage in STAGES}
        running = installation(tmp_path / "city", broker.bootstrap, databases)
        made.callback(running.stop)
        running.start()
        yield running


async def test_what_was_accepted_while_the_broker_was_dead_arrives_when_it_is_back(
    lonely_city: Installation, broker: OwnBroker
) -> None:
    async with lonely_city.client() as client:
        before = await filed(client)
        await asyncio.to_thread(broker.kill)
        during = await filed(client)
        assert await asyncio.to_thread(until, lambda: not _any_ready(lonely_city), 60.0)
        await asyncio.to_thread(broker.start)
        for told in (*before, *during):
            await told.arrive(DISPATCH, INTAKE)
            await told.dispatch(told.live.unit)
            await told.handle()
        positions = [position for told in (*before, *during) for position in told.positions.values()]
        for start in range(0, len(positions), 8):
            some = positions[start : start + 8]
            await client.read(METRICS, "/v1/matters", CAST.dispatcher, after=some, limit=1)
        answer = await client.read(METRICS, "/v1/indicators/CLOSE_RATE", "indicators-001")
    assert (answer["numerator"], answer["denominator"]) == (2 * MATTERS, 2 * MATTERS)
    assert await asyncio.to_thread(until, lambda: _all_ready(lonely_city), 60.0)


async def filed(client: Client) -> list[Story]:
    """Some matters, accepted by intake."""
    stories = [Story(client, CAST, PLAN.live, system_clock) for _ in range(MATTERS)]
    for told in stories:
        await told.file()
    return stories


def _any_ready(city: Installation) -> bool:
    return any(is_ready(replica.port) for replica in city.replicas.values())


def _all_ready(city: Installation) -> bool:
    return all(is_ready(replica.port) for replica in city.replicas.values())
