"""Open cases put into a dispatch database by the store itself, many at a time: what timers work on."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from bench.measure import Sample, timed
from bench.story import matter
from libs.events.contracts import Event
from libs.events.envelope import EVENT_NAMESPACE, Actor, Cause
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.schema import upgrade
from libs.events.store import Append

ORIGIN = Origin("/bihuan/bench/dispatch", "case.dispatch")
UNIT, AT_ONCE = "unit-housing", 500
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""When the timers of the benchmark begin; nine o'clock on a Monday."""

Facts = Callable[[int], tuple[Event, ...]]


def stream(number: int) -> str:
    """The case of a number."""
    return f"case-{matter(number)}"


def matters(first: int, count: int) -> list[str]:
    """The ids of these cases."""
    return [str(matter(first + number)) for number in range(count)]


async def migrated(dsn: str) -> None:
    """The newest schema."""
    await upgrade(dsn)


def put(dsn: str, facts: Facts, numbers: Sequence[int]) -> Sample:
    """Store a case per number."""
    return timed(len(numbers), lambda: asyncio.run(_put(dsn, facts, numbers)))


async def _put(dsn: str, facts: Facts, numbers: Sequence[int]) -> None:
    await migrated(dsn)
    store = PostgresStore(dsn, ORIGIN, clock=lambda: START)
    try:
        for first in range(0, len(numbers), AT_ONCE):
            some = numbers[first : first + AT_ONCE]
            await store.append([Append(stream(n), 0, facts(n), (_cause(n),)) for n in some])
    finally:
        await store.close()


def _cause(number: int) -> Cause:
    command: UUID = uuid5(EVENT_NAMESPACE, f"bench {number}")
    return Cause(Actor("dsp-1", "dwk-centre", "DSP"), START, command, command, jurisdiction="640202")
