"""F3: PostgreSQL stands still (SIGSTOP) under load: 503 within three seconds, and clean after SIGCONT."""

import asyncio

import psutil

from tests.chaos import journal
from tests.chaos.experiment import CALM, Lane, Result, Run, in_town, timed
from tests.chaos.experiments.f02_postgres_restart import only_503
from tests.waiting import hold

MOST_SECONDS = 3.0
"""As the client sees it (reliability R10); a request has 2.2 s for all that it asks of the database."""


async def run(lane: Lane) -> Result:
    return await in_town("F3", lane, freeze)


async def freeze(run: Run) -> None:
    grown = back = 0.0

    async def fault() -> None:
        nonlocal grown, back
        for _ in range(run.lane.rounds):
            await hold(CALM)
            before = memory(run)
            await asyncio.to_thread(run.town.freeze_postgres, frozen=True)
            await hold(run.lane.outage)
            grown = max(grown, memory(run) - before)
            await asyncio.to_thread(run.town.freeze_postgres, frozen=False)
            back = max(back, await timed(run.town.until_ready))

    await run.under_load(fault)
    await run.settle()
    run.result.figures |= {
        "seconds frozen": run.lane.outage,
        "seconds from SIGCONT until all are ready": back,
        "memory grown while frozen, MB": round(grown, 1),
    }
    run.result.expect(slowest_503(run) > 0, "nobody was told 503")
    told_in_time(run)
    run.result.expect(grown < 20, f"memory grew by {grown:.0f} MB")
    only_503(run)


def slowest_503(run: Run) -> float:
    """Seconds from the question to the latest "try again"; 0 when nobody was told so."""
    found = journal.answers(journal.read(run.journals))
    return max((it.seconds for it in found if it.status == 503), default=0.0)


def told_in_time(run: Run) -> None:
    """Every 503 within the promise."""
    slowest = slowest_503(run)
    run.result.expect(slowest < MOST_SECONDS, f"a 503 took {slowest:.2f} s")


def memory(run: Run) -> float:
    """Resident megabytes of the four services."""
    stages = run.town.city.children
    return sum(psutil.Process(child.pid).memory_info().rss for child in stages.values()) / 1e6
