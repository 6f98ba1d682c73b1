"""C3: the store's append with 32 callers against plain autocommit inserts on 8 connections."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asyncpg

from bench.calibrate import ROW, TABLE
from bench.context import Bench
from bench.measure import Comparison, Goal, Mode, Result, Sample, compare, interleave
from bench.plain import expect
from bench.stopwatch import Stopwatch
from bench.story import START, matter, records
from libs.events.codec import decode
from libs.events.envelope import Actor, Cause
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.schema import upgrade
from libs.events.store import Answer, Append

CALLERS, CONNECTIONS = 32, 8
COMPARISONS = (
    Comparison(
        "C3", "store append, 32 callers / autocommit INSERT, 8", "append 32", "insert 8", Goal(1, 2, 2.7)
    ),
    Comparison("C3b", "append with answer row / without", "append 32 + answer", "append 32"),
)
ORIGIN = Origin("/bihuan/local/intake", "case.intake")
BODY = b"{" + b'"a":1,' * 60 + b'"b":2}'


def run(bench: Bench) -> Result:
    """Every mode in a process of its own against one server."""
    dsn = bench.place.database()
    asyncio.run(upgrade(dsn))
    asyncio.run(_table(dsn))
    rows = bench.sizes.rows

    def mode(name: str, function: str, callers: int, **more: Any) -> Mode:
        task = f"bench.store:{function}"
        return Mode(name, lambda: bench.place.task(task, dsn=dsn, count=rows, callers=callers, **more))

    modes = (
        mode("append 32", "append", CALLERS),
        mode("insert 8", "insert", CONNECTIONS),
        mode("append 32 + answer", "append", CALLERS, answered=True),
        mode("append 1", "append", 1),
    )
    samples = interleave(modes, bench.repetitions)
    bench.place.drop(dsn)
    return Result("store", samples, compare(samples, COMPARISONS))


async def _table(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    await connection.close()


def append(dsn: str, count: int, callers: int, *, answered: bool = False) -> Sample:
    """New reports, one event each, each durable before its caller goes on."""
    count = count if callers > 1 else count // 10
    return asyncio.run(_append(dsn, count, callers, answered=answered))


async def _append(dsn: str, count: int, callers: int, *, answered: bool) -> Sample:
    store = PostgresStore(dsn, ORIGIN)
    fact = decode(next(records([0])).value).data
    cause = Cause(Actor("grid-worker-7", "640202001", "GRD"), START, matter(0), matter(0))
    first = await _first(dsn)
    streams = iter([f"report-{matter(first + number)}" for number in range(count)])
    answer = Answer("grid-worker-7", "", "POST /v1/reports", b"0" * 32, 201, BODY)

    async def one(stream: str) -> None:
        kept = Answer(answer.caller, stream, *_rest(answer)) if answered else None
        await store.append([Append(stream, 0, (fact,), (cause,))], kept)

    sample = await _each(streams, one, callers, count)
    await store.close()
    expect(await _first(dsn), first + count, "events stored")
    return sample


def _rest(answer: Answer) -> tuple[str, bytes, int, bytes]:
    return answer.route, answer.body_sha256, answer.status, answer.body


async def _first(dsn: str) -> int:
    return await _count(dsn, "SELECT count(*) FROM events")


async def _count(dsn: str, statement: str) -> int:
    connection = await asyncpg.connect(dsn)
    found: int = await connection.fetchval(statement)
    await connection.close()
    return found


def insert(dsn: str, count: int, callers: int) -> Sample:
    """The same bytes in a table with nothing but a number, one commit each."""
    return asyncio.run(_insert(dsn, count, callers))


async def _insert(dsn: str, count: int, callers: int) -> Sample:
    before = await _count(dsn, "SELECT count(*) FROM plain")
    value = next(records([0])).value
    async with asyncpg.create_pool(dsn, min_size=callers, max_size=callers) as pool:

        async def one(_: str) -> None:
            await pool.execute(ROW, value)

        sample = await _each(iter([""] * count), one, callers, count)
    expect(await _count(dsn, "SELECT count(*) FROM plain"), before + count, "rows stored")
    return sample


async def _each(
    work: Iterator[str], act: Callable[[str], Awaitable[None]], callers: int, count: int
) -> Sample:
    async def caller() -> None:
        for piece in work:
            await act(piece)

    watch = Stopwatch()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return watch.sample(count)
