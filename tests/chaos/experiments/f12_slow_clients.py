"""F12: slow headers, slow bodies, 2,000 idle connections; everybody else does not notice."""

import asyncio
import statistics
import time
from urllib.parse import urlsplit

from tests.chaos import journal
from tests.chaos.experiment import Lane, Result, Run, in_town
from tests.waiting import hold

IDLE = 2000
DRIPPING = 50
DRIP = 1.0
"""Seconds between two bytes of a slow client."""
MOST_SECONDS = 45.0
HEAD = b"POST /v1/reports HTTP/1.1\r\nhost: a\r\n"
BODY = HEAD + b"content-type: application/json\r\ncontent-length: 100000\r\n\r\n{"

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def run(lane: Lane) -> Result:
    return await in_town("F12", lane, besiege)


async def besiege(run: Run) -> None:
    await run.under_load(_nothing)
    calm = slow_share(run)
    kinds = {"idle": (b"", IDLE), "slow headers": (HEAD, DRIPPING), "slow bodies": (BODY, DRIPPING)}

    async def fault() -> None:
        for name, (first, count) in kinds.items():
            closed, seconds = await siege(run.town.city.url["intake"], first, count)
            run.result.figures[f"{name}: closed by the service"] = f"{closed} of {count}"
            run.result.figures[f"{name}: seconds until the last was closed"] = seconds
            run.result.expect(closed == count, f"{name}: {count - closed} are still open")

    await run.under_load(fault)
    await run.settle()
    run.result.figures["p95 of a command without them, s"] = calm
    run.result.figures["p95 of a command with them, s"] = slow_share(run, 1)


async def _nothing() -> None:
    """The load alone."""


async def siege(url: str, first: bytes, count: int) -> tuple[int, float]:
    """Open so many lines, drip a byte a second into those that have begun; how many were closed, and when."""
    where, began = urlsplit(url), time.monotonic()
    lines = [await asyncio.open_connection(where.hostname, where.port) for _ in range(count)]
    closed = await asyncio.gather(*(_held(line, first) for line in lines))
    seconds = round(time.monotonic() - began, 1)
    for _, writer in lines:
        writer.close()
    return sum(closed), seconds


async def _held(line: Line, first: bytes) -> bool:
    reader, writer = line
    try:
        async with asyncio.timeout(MOST_SECONDS):
            writer.write(first)
            dripping = asyncio.create_task(_drip(writer, first))
            try:
                while await reader.read(1000):
                    continue
            finally:
                dripping.cancel()
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


async def _drip(writer: asyncio.StreamWriter, first: bytes) -> None:
    while first:
        await hold(DRIP)
        writer.write(b"x")


def slow_share(run: Run, number: int = 0) -> float:
    """The 95th percentile of the seconds of accepted commands."""
    found = journal.answers(journal.read([run.journals[number]]))
    return round(statistics.quantiles([it.seconds for it in found if it.accepted], n=20)[-1], 3)
