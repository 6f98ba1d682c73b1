"""F9: each record three times on every topic, then everything read again from offset 0."""

import asyncpg
from aiokafka import AIOKafkaProducer

from tests.chaos.evidence import Evidence
from tests.chaos.experiment import Lane, Result, Run, in_town
from tests.chaos.gathering import gather
from tests.chaos.town import real_dsns

COPIES = 3


async def run(lane: Lane) -> Result:
    return await in_town("F9", lane, duplicate)


async def duplicate(run: Run) -> None:
    await run.under_load(nothing)
    await run.quiet()
    before = await gather(run.places())
    await again(run.town.broker.bootstrap, before)
    await run.quiet()
    same_effects(run, before, await gather(run.places()), "three times")
    await from_the_start(run)
    await run.settle()
    same_effects(run, before, await gather(run.places()), "from offset 0")


async def nothing() -> None:
    """The load alone."""


async def again(bootstrap: str, seen: Evidence) -> None:
    """Every record of every stage topic, three times more, in its order."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for _ in range(COPIES):
            for it in seen.topics:
                await producer.send(it.topic, it.record, key=it.key, partition=it.partition)
        await producer.flush()


async def from_the_start(run: Run) -> None:
    """Stop everybody, forget every offset, start everybody."""
    stages = tuple(run.town.city.children)
    run.town.city.stop()
    for dsn in real_dsns(run.town).values():
        connection = await asyncpg.connect(dsn)
        await connection.execute("UPDATE offsets SET next_offset = 0")
        await connection.close()
    run.town.city.start(*stages)


def same_effects(run: Run, before: Evidence, after: Evidence, how: str) -> None:
    """Facts, rows and digest are what they were."""
    run.result.expect(before.events == after.events, f"{how}: the facts changed")
    run.result.expect(rows(before) == rows(after), f"{how}: rows changed")
    same = before.rebuilt_digest == after.rebuilt_digest == after.live_digest
    run.result.expect(same, f"{how}: the digest changed")


def rows(seen: Evidence) -> list[str]:
    return sorted(map(str, seen.rows))
