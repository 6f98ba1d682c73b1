"""In containers too: what was acknowledged survives a kill (reliability R1, F2, F4)."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from testcontainers.core.docker_client import DockerClient

from deploy.local import kafka_probe, topics
from deploy.local.topics import Topic
from deploy.local.wait import until
from tests import containers

pytestmark = pytest.mark.containers

SECONDS = 30.0
RECORDS = 200


@pytest.fixture
def broker() -> Iterator[tuple[str, str]]:
    """A broker of this test's own, as (address, container id)."""
    started = containers.start_kafka()
    yield started["address"], started["container"]
    containers.remove(started["container"])


@pytest.fixture
def database_server() -> Iterator[tuple[str, str]]:
    """A database server of this test's own, as (address, container id)."""
    started = containers.start_postgres()
    yield started["address"], started["container"]
    containers.remove(started["container"])


def kill_and_start(container: str) -> None:
    client = DockerClient().client
    found = client.containers.get(container)
    found.kill()
    found.start()
    client.close()


def test_a_killed_broker_comes_back_with_every_acknowledged_record(broker: tuple[str, str]) -> None:
    address, container = broker
    topics.ensure(address, (Topic("case.intake", 1, {}),))
    sent = asyncio.run(send(address))
    kill_and_start(container)
    assert until(lambda: kafka_probe.is_ready(address), SECONDS)
    assert asyncio.run(received(address)) == sent


async def send(address: str) -> list[bytes]:
    values = [f"{number}".encode() for number in range(RECORDS)]
    async with AIOKafkaProducer(bootstrap_servers=address, acks="all", enable_idempotence=True) as producer:
        for acknowledged in [await producer.send("case.intake", value) for value in values]:
            await acknowledged
    return values


async def received(address: str) -> list[bytes]:
    consumer = AIOKafkaConsumer("case.intake", bootstrap_servers=address, auto_offset_reset="earliest")
    async with asyncio.timeout(SECONDS), consumer:
        return [(await consumer.getone()).value for _ in range(RECORDS)]


def test_a_killed_database_comes_back_with_every_committed_row(database_server: tuple[str, str]) -> None:
    address, container = database_server
    asyncio.run(run(address, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number"))
    kill_and_start(container)
    assert until(lambda: asyncio.run(answers(rebound(container))), SECONDS)
    assert asyncio.run(run(rebound(container), "SELECT count(*) FROM kept")) == 1000


def rebound(container: str) -> str:
    """The address after a restart: an engine may give the container another free port."""
    client = DockerClient().client
    port = client.containers.get(container).ports["5432/tcp"][0]["HostPort"]
    client.close()
    return f"postgresql://bihuan:bihuan@127.0.0.1:{port}/postgres"


async def answers(address: str) -> bool:
    try:
        return bool(await run(address, "SELECT 1") == 1)
    except (OSError, asyncpg.PostgresError):
        return False


async def run(address: str, statement: str) -> object:
    connection = await asyncpg.connect(address, timeout=5)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
