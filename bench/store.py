"""C3: the store's append with 32 callers against plain autocommit inserts on 8 connections."""

import asyncio
from typing import Any

import asyncpg

from bench.calibrate import ROW, TABLE
from bench.context import Bench
from bench.measure import Comparison, Goal, Mode, Result, compare, interleave
from libs.events.schema import upgrade

CALLERS, CONNECTIONS = 32, 8
COMPARISONS = (
    Comparison(
        "C3", "store append, 32 callers / autocommit INSERT, 8", "append 32", "insert 8", Goal(1, 2, 2.7)
    ),
    Comparison("C3b", "append with answer row / without", "append 32 + answer", "append 32"),
)


def run(bench: Bench) -> Result:
    """Every mode in a process of its own against one server."""
    dsn = bench.place.database()
    asyncio.run(upgrade(dsn))
    asyncio.run(_table(dsn))
    rows = bench.sizes.rows

    def mode(name: str, function: str, callers: int, **more: Any) -> Mode:
        task = f"bench.storing:{function}"
        return Mode(name, lambda: bench.place.task(task, dsn=dsn, count=rows, callers=callers, **more))

    modes = (
        mode("append 32", "append", CALLERS),
        mode("insert 8", "insert", CONNECTIONS, statement=ROW),
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
