"""Timers on a real database: replicas, one of them killed in its work, and commands at the same moment."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest_asyncio

from bench.opened import ORIGIN
from deploy.local.paths import PROJECT
from libs.events.clock import DrillClock, system_clock
from libs.events.decider import Decider
from libs.events.postgres import PostgresStore
from libs.events.recalculating import Recalculating
from libs.events.schema import upgrade
from libs.events.store import Pressure
from libs.events.timers import Timers
from libs.reference import Library
from services.dispatch.decider import dispatch
from tests.unit.timing.editions import usual
from tests.unit.timing.open_cases import HANDLE_ENDS, SIGN_WARNS, Hands, command, open_cases
from tests.unit.timing.story import SIGN
from tests.unit.timing.test_recalculating import noticed
from tests.waiting import until

CASES = 600
SPOKEN = """
SELECT stream, kind, convert_from(record, 'UTF8')::jsonb #>> '{data,clock}' AS clock FROM events
WHERE kind LIKE 'dispatch.sla%' OR kind = 'dispatch.deadline_recalculated'
"""
STAGE: Decider[Any, Any, Any] = dispatch


@pytest_asyncio.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    await upgrade(database)
    made = PostgresStore(database, ORIGIN, clock=Hands())
    yield made
    await made.close()


async def spoken(store: PostgresStore) -> Counter[tuple[str, str, str | None]]:
    async with store.use() as connection:
        rows = await connection.fetch(SPOKEN)
    return Counter((row["stream"], row["kind"], row["clock"]) for row in rows)


@contextmanager
def killed_at_the_end(database: str, drill: DrillClock) -> Iterator[None]:
    """A replica as a process, which never gets to finish."""
    program = [sys.executable, "-m", "bench.replica", database, str(drill)]
    victim = subprocess.Popen(program, cwd=PROJECT, start_new_session=True)
    try:
        yield
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.wait()


async def test_replicas_and_a_killed_one_say_everything_exactly_once(
    store: PostgresStore, database: str
) -> None:
    cases = await open_cases(store, usual(), range(CASES))
    drill = DrillClock(HANDLE_ENDS + timedelta(hours=1), system_clock())

    async def at_work() -> bool:
        return bool(await spoken(store))

    with killed_at_the_end(database, drill):
        await until(at_work, 60)
    replicas = [Timers(store, STAGE, Library(), drill) for _ in range(2)]
    going = [asyncio.create_task(replica.run()) for replica in replicas]

    async def done() -> bool:
        return await store.next_due() is None

    await until(done, 120)
    for replica in replicas:
        replica.stop()
    await asyncio.wait_for(asyncio.gather(*going), 10)
    said = await spoken(store)
    assert set(said.values()) == {1}
    assert len(said) == 4 * len(cases)
    assert await store.pressure(drill()) == Pressure()


async def test_commands_and_ticks_of_the_same_matters_at_the_same_moment_lose_nothing(
    store: PostgresStore,
) -> None:
    library, hands = usual(), Hands(SIGN_WARNS + timedelta(minutes=1))
    cases = await open_cases(store, library, range(60))
    ticking = Timers(store, STAGE, library, hands)

    async def tick() -> None:
        while (await store.pressure(hands.now)).due:
            await ticking.tick(hands.now)

    signing = (command(store, library, case, SIGN, hands.now) for case in cases)
    await asyncio.gather(tick(), *signing)
    said = await spoken(store)
    assert set(said.values()) == {1}
    assert {case for case, _, clock in said if clock == "SIGN"} == set(cases)
    async with store.use() as connection:
        left = await connection.fetchval("SELECT count(*) FROM clocks WHERE clock = 'SIGN'")
    assert left == 0


async def test_a_notice_reaches_every_open_matter_once_while_commands_go_on(store: PostgresStore) -> None:
    cases = await open_cases(store, usual(), range(120))
    library = noticed()
    work = [Recalculating(store, STAGE, library, Hands(), lambda *_: None) for _ in range(2)]
    signing = (command(store, library, case, SIGN, SIGN_WARNS) for case in cases[::4])
    await asyncio.gather(*(each.carry_out() for each in work), *signing)
    await work[0].carry_out()
    again = {key: times for key, times in (await spoken(store)).items() if "recalculated" in key[1]}
    assert set(again.values()) == {1}
    assert {stream for stream, _, _ in again} == set(cases)
