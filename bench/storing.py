"""The tasks of `bench.store`: appends and inserts, each durable before its caller goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import asyncpg

from bench.answers import expect
from bench.measure import Sample
from bench.stopwatch import Stopwatch
from bench.story import matter, records
from libs.events.codec import decode
from libs.events.postgres import PostgresStore
from libs.events.recording import Origin
from libs.events.store import Answer, Append

ORIGIN = Origin("/bihuan/local/intake", "case.intake")
BODY = b"{" + b'"a":1,' * 60 + b'"b":2}'


def append(dsn: str, count: int, callers: int, *, answered: bool = False) -> Sample:
    """New reports, one event each, each durable before its caller goes on."""
    count = count if callers > 1 else count // 10
    return asyncio.run(_append(dsn, count, callers, answered=answered))


async def _append(dsn: str, count: int, callers: int, *, answered: bool) -> Sample:
    store = PostgresStore(dsn, ORIGIN)
    event = decode(next(records([0])).value)
    first = await _first(dsn)
    streams = iter([f"report-{matter(first + number)}" for number in range(count)])
    answer = Answer("grid-worker-7", "", "POST /v1/reports", b"0" * 32, 201, BODY)

    async def one(stream: str) -> None:
        kept = Answer(answer.caller, stream, *_rest(answer)) if answered else None
        await store.append([Append(stream, 0, (event.data,), (event.cause,))], kept)

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


def insert(dsn: str, count: int, callers: int, statement: str) -> Sample:
    """The same bytes in a table with nothing but a number, one commit each."""
    return asyncio.run(_insert(dsn, count, callers, statement))


async def _insert(dsn: str, count: int, callers: int, statement: str) -> Sample:
    before = await _count(dsn, "SELECT count(*) FROM plain")
    value = next(records([0])).value
    async with asyncpg.create_pool(dsn, min_size=callers, max_size=callers) as pool:

        async def one(_: str) -> None:
            await pool.execute(statement, value)

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
