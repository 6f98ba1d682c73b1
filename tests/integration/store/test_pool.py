"""The few connections of a purpose: never more than they should be, used again, replaced when they broke."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from libs.events.errors import Unavailable
from libs.events.postgres.session import Guards, Pool
from tests.waiting import until

PID = "SELECT pg_backend_pid()"


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    pool = Pool(database, 2, Guards("reads"))
    yield pool
    await pool.close()


async def pid(pool: Pool) -> int:
    async with pool.use() as connection:
        found: int = await connection.fetchval(PID)
    return found


async def test_many_callers_share_as_many_connections_as_there_are_places(pool: Pool) -> None:
    found = await asyncio.gather(*(pid(pool) for _ in range(20)))
    assert len(set(found)) == 2


async def test_one_caller_after_another_uses_one_connection_also_after_a_failure(pool: Pool) -> None:
    first = await pid(pool)
    with pytest.raises(asyncpg.UndefinedColumnError):
        async with pool.use() as connection:
            await connection.fetchval("SELECT nothing_of_that_name")
    assert {await pid(pool) for _ in range(5)} == {first}


async def test_an_idle_connection_that_was_ended_is_replaced_without_an_error(pool: Pool) -> None:
    async with pool.use() as mine, pool.use() as other:
        ended = await other.fetchval(PID)
        await mine.fetchval("SELECT pg_terminate_backend($1, 2000)", ended)

        async def noticed() -> bool:
            return other.is_closed()

        await until(noticed)
    found = await asyncio.gather(*(pid(pool) for _ in range(8)))
    assert ended not in found


async def test_a_caller_who_gives_up_takes_the_connection_along_and_leaves_the_place(pool: Pool) -> None:
    abandoned: list[int] = []

    async def waits_for_ever(begun: asyncio.Event) -> None:
        async with pool.use() as connection:
            abandoned.append(await connection.fetchval(PID))
            begun.set()
            await connection.fetchval("SELECT pg_sleep(60)")

    for _ in range(3):
        begun = asyncio.Event()
        waiting = asyncio.create_task(waits_for_ever(begun))
        await begun.wait()
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    found = await asyncio.gather(*(pid(pool) for _ in range(8)))
    assert len(set(abandoned)) == 3
    assert not set(found) & set(abandoned)


async def test_closing_waits_for_whoever_is_at_work_and_nobody_comes_after(pool: Pool) -> None:
    begun = asyncio.Event()

    async def works() -> int:
        async with pool.use() as connection:
            begun.set()
            found: int = await connection.fetchval("SELECT 7 FROM pg_sleep(0.2)")
        return found

    working = asyncio.create_task(works())
    await begun.wait()
    await pool.close()
    assert working.done()
    assert await working == 7
    with pytest.raises(Unavailable):
        await pid(pool)
