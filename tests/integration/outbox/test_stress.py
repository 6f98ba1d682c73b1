"""The stress test of reliability 1.3: the consumer sees exactly the events table, in stream order.

Eight seconds in `make test`; `OUTBOX_STRESS_SECONDS=60` is the long lane. `OUTBOX_STRESS_KEEP` names a folder
for the figures.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import asyncpg
import pytest

from libs.events.codec import decode
from libs.events.errors import BihuanError
from libs.events.kafka import Producer, end_offsets, read_partition
from libs.events.outbox import Relay
from libs.events.postgres import PostgresStore
from libs.events.postgres.store import Sizes
from libs.events.recording import Origin
from libs.events.schema import upgrade
from tests.conformance.samples import offers, stream
from tests.conftest import TopicFactory
from tests.simulation.chance import Chance
from tests.simulation.tally import commit
from tests.waiting import until

KEEP = os.environ.get("OUTBOX_STRESS_KEEP")
SECONDS = float(os.environ.get("OUTBOX_STRESS_SECONDS", "8"))
WRITERS, STREAMS = 16, 24
LEAST = 200
"""Commits below which a run proves nothing."""
ROOT = Path(__file__).resolve().parents[3]
TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
AND application_name IN ('bihuan-batches', 'bihuan-writes', 'bihuan-relay') ORDER BY random() LIMIT 1
"""


@dataclass
class Scene:
    """One stage under sixteen writers."""

    dsn: str
    bootstrap: str
    topic: str
    chance: Chance
    stores: list[PostgresStore]
    began: float = field(default_factory=monotonic)
    committed: int = 0
    rolled_back: int = 0
    terminated: int = 0
    killed: int = 0
    records: int = 0

    @property
    def over(self) -> bool:
        """Long enough, and enough was written; a busy machine gets more time, but not for ever."""
        lasted = monotonic() - self.began
        return lasted > SECONDS and (self.committed >= LEAST or lasted > 6 * SECONDS)

    async def fetch(self, statement: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()


@pytest.fixture
async def scene(database: str, kafka_bootstrap: str, topics: TopicFactory) -> AsyncIterator[Scene]:
    await upgrade(database)
    topic = topics("case.mediation", 4)
    origin = Origin("/bihuan/test/mediation", topic)
    stores = [PostgresStore(database, origin, sizes=Sizes(reads=2, batches=4)) for _ in range(4)]
    yield Scene(database, kafka_bootstrap, topic, Chance(1), stores)
    for store in stores:
        await store.close()


async def writer(scene: Scene, number: int) -> None:
    """Appends and slow transactions on any stream; some are rolled back, some lose a race or a session."""
    store = scene.stores[number % len(scene.stores)]
    while not scene.over:
        name = scene.chance.between(1, STREAMS)
        try:
            head = (await store.versions([stream(name)])).get(stream(name), 0)
            if scene.chance.happens(0.5):
                await store.append([offers(name, head)])
            else:
                await slow_transaction(scene, store, name, head)
            scene.committed += 1
        except (BihuanError, LookupError):
            scene.rolled_back += 1


async def slow_transaction(scene: Scene, store: PostgresStore, name: int, head: int) -> None:
    """The position is taken, and a while later it becomes visible, or never."""
    async with store.begin() as tx:
        await tx.append([offers(name, head)])
        await tx.flush()
        await scene.chance.pause(0.05)
        if scene.chance.happens(0.3):
            raise LookupError


async def executioner(scene: Scene) -> None:
    """Some session or other ends, about every half second."""
    while not scene.over:
        await scene.chance.pause(1.0)
        scene.terminated += len(await scene.fetch(TERMINATE))


@asynccontextmanager
async def relays_killed_every_second(scene: Scene) -> AsyncIterator[None]:
    """Relays as processes: always another one, a second after its predecessor got to work, by SIGKILL."""
    deaths = asyncio.create_task(_kill_and_replace(scene))
    yield
    await deaths


async def _kill_and_replace(scene: Scene) -> None:
    while True:
        line = [sys.executable, "-m", "tests.integration.outbox.relay_process"]
        relay = await asyncio.create_subprocess_exec(
            *line, scene.dsn, scene.bootstrap, scene.topic, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
        )
        await until(leader_of(scene), 20.0)
        if scene.over:
            await until(nothing_left(scene), 30.0)
        else:
            await scene.chance.pause(2.0)
        relay.kill()
        await relay.wait()
        scene.killed += 1
        if scene.over and await nothing_left(scene)():
            return


def leader_of(scene: Scene) -> Callable[[], Awaitable[bool]]:
    async def somebody_leads() -> bool:
        held = (
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM"
        )
        return bool(await scene.fetch(f"{held} pg_database WHERE datname = current_database())"))

    return somebody_leads


def nothing_left(scene: Scene) -> Callable[[], Awaitable[bool]]:
    async def empty() -> bool:
        return not await scene.fetch("SELECT 1 FROM outbox LIMIT 1")

    return empty


@asynccontextmanager
async def one_relay(scene: Scene) -> AsyncIterator[None]:
    """A relay that lives from beginning to end, whatever happens to its sessions."""
    producer = Producer(scene.bootstrap)
    relay = Relay(scene.stores[0], producer.publish, limit=50)
    running = asyncio.create_task(relay.run())
    yield
    try:
        await until(nothing_left(scene), 20.0)
    finally:
        relay.stop()
        await running
        await producer.stop()


@pytest.mark.parametrize("relays", [relays_killed_every_second, one_relay], ids=["killed", "alive"])
async def test_the_consumer_sees_exactly_the_events_table(
    scene: Scene, relays: Callable[[Scene], AbstractAsyncContextManager[None]]
) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(relays(scene))
        await asyncio.gather(executioner(scene), *(writer(scene, number) for number in range(WRITERS)))
    stored = await scene.fetch("SELECT stream, version, record FROM events ORDER BY stream, version")
    published = await first_appearances(scene)
    assert sorted(published) == [(row["stream"], row["version"]) for row in stored]
    assert [published[row["stream"], row["version"]] for row in stored] == [row["record"] for row in stored]
    for name in {row["stream"] for row in stored}:
        mine = [version for stream_name, version in published if stream_name == name]
        assert mine == list(range(1, len(mine) + 1))
    assert len(stored) >= LEAST
    assert scene.rolled_back > LEAST / 10
    keep(scene, relays.__name__, len(stored))


def keep(scene: Scene, name: str, events: int) -> None:
    """Write down what was survived; only a run that passed comes here."""
    if KEEP:
        figures = {
            "relays": name.replace("_", " "),
            "writers": WRITERS,
            "seconds": round(monotonic() - scene.began),
            "events": events,
            "records on the topic": scene.records,
            "rolled back or refused": scene.rolled_back,
            "sessions terminated": scene.terminated,
            "relays killed": scene.killed,
            "commit": commit(),
        }
        (Path(KEEP) / f"outbox-stress.{name}.json").write_text(json.dumps(figures, indent=2) + "\n")


async def first_appearances(scene: Scene) -> dict[tuple[str, int], bytes]:
    """What a consumer applies, in the order in which each partition shows it."""
    seen: dict[tuple[str, int], bytes] = {}
    for (topic, partition), end in (await end_offsets(scene.bootstrap, [scene.topic])).items():
        async for page in read_partition(scene.bootstrap, topic, partition, 0, end):
            scene.records += len(page)
            for _, _, value in page:
                event = decode(value or b"")
                seen.setdefault((event.stream, event.version), value or b"")
    return seen
