"""A member that stood still while another took its partitions leaves no trace when it wakes (F7)."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from libs.events.kafka import ConsumerLoop, Producer
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.schema import upgrade
from tests.conformance.arrivals import effects_of
from tests.conftest import TopicFactory
from tests.integration.kafka.member import AT_THE_DOOR, CLOSED, REFUSED
from tests.integration.kafka.traffic import group, loop_on, outgoing, reach, running
from tests.waiting import until

NAMES = [f"matter-{number}" for number in range(20)]
VERSIONS = 40


async def test_a_member_that_was_frozen_past_its_session_is_fenced(
    kafka_bootstrap: str, topics: TopicFactory, database: str, tmp_path: Path
) -> None:
    await upgrade(database)
    store = PostgresStore(database, Origin("/bihuan/test/mediation", "case.mediation"))
    topic, producer = topics("frozen", 4), Producer(kafka_bootstrap)
    async with member(kafka_bootstrap, topic, database, tmp_path) as zombie:
        for version in range(1, VERSIONS // 2):
            await producer.publish([outgoing(topic, name, version) for name in NAMES])
        await until_some(store)
        zombie.send_signal(signal.SIGSTOP)  # most likely in the middle of a batch
        heir = loop_on(group(kafka_bootstrap, topic), store)
        async with running(heir):
            for version in range(VERSIONS // 2, VERSIONS + 1):
                await producer.publish([outgoing(topic, name, version) for name in NAMES])
            await reach(store, NAMES, range(1, VERSIONS + 1), 30.0)
            zombie.send_signal(signal.SIGCONT)
            await until_shared(heir)
            await producer.publish([outgoing(topic, name, VERSIONS + 1) for name in NAMES])
            await reach(store, NAMES, range(1, VERSIONS + 2), 30.0)
    await producer.stop()
    assert await store.parked("PENDING") == []
    await store.close()


async def test_a_member_that_wakes_in_the_middle_of_a_batch_is_refused_its_write(
    kafka_bootstrap: str, topics: TopicFactory, database: str, tmp_path: Path
) -> None:
    """It has the records, it still believes in its partitions, and only the fence in the database says no."""
    await upgrade(database)
    store = PostgresStore(database, Origin("/bihuan/test/mediation", "case.mediation"))
    topic, producer = topics("refused", 2), Producer(kafka_bootstrap)
    async with member(kafka_bootstrap, topic, database, tmp_path) as zombie:
        await producer.publish([outgoing(topic, name, 1) for name in NAMES])
        await reach(store, NAMES, [1], 30.0)
        (tmp_path / CLOSED).touch()
        await producer.publish([outgoing(topic, name, 2) for name in NAMES])
        await until_there(tmp_path / AT_THE_DOOR)
        zombie.send_signal(signal.SIGSTOP)
        async with running(loop_on(group(kafka_bootstrap, topic), store)):
            await reach(store, NAMES, [1, 2], 30.0)
            (tmp_path / CLOSED).unlink()
            zombie.send_signal(signal.SIGCONT)
            await until_there(tmp_path / REFUSED)
            await producer.publish([outgoing(topic, name, 3) for name in NAMES])
            await reach(store, NAMES, [1, 2, 3], 30.0)
    await producer.stop()
    assert (tmp_path / REFUSED).read_text().startswith(topic)
    assert await store.parked("PENDING") == []
    await store.close()


async def until_there(file: Path) -> None:
    async def there() -> bool:
        return await asyncio.to_thread(file.exists)

    await until(there, 30.0)


async def until_some(store: PostgresStore) -> None:
    async def some() -> bool:
        return bool(await effects_of(store, NAMES[0]))

    await until(some, 30.0)


async def until_shared(heir: ConsumerLoop) -> None:
    async def shared() -> bool:
        return len(heir.lag()) == 2

    await until(shared, 30.0)


@asynccontextmanager
async def member(bootstrap: str, topic: str, dsn: str, folder: Path) -> AsyncIterator[Process]:
    arguments = ["-m", "tests.integration.kafka.member", bootstrap, topic, dsn, str(folder)]
    with (folder / "zombie.log").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.kill()
            await process.wait()
