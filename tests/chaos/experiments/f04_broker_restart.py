"""F4: the broker ends under load, by SIGTERM and by SIGKILL, and comes back: the API does not notice."""

import asyncio

from tests.chaos import journal
from tests.chaos.experiment import CALM, Lane, Result, Run, in_town, timed
from tests.waiting import hold


async def run(lane: Lane) -> Result:
    return await in_town("F4", lane, restart)


async def restart(run: Run) -> None:
    slowest = {True: 0.0, False: 0.0}

    async def fault() -> None:
        for _ in range(run.lane.rounds):
            for kindly in (True, False):
                await hold(CALM)
                await asyncio.to_thread(run.town.stop_kafka, kindly=kindly)
                await hold(run.lane.outage)
                seconds = await timed(run.town.revive_kafka)
                slowest[kindly] = max(slowest[kindly], seconds)

    await run.under_load(fault)
    await run.settle()
    run.result.figures |= {
        "seconds away": run.lane.outage,
        "SIGTERM: seconds from start until all are ready": slowest[True],
        "SIGKILL: seconds from start until all are ready": slowest[False],
    }
    found = journal.answers(journal.read(run.journals))
    refused = [it for it in found if not it.accepted]
    run.result.expect(not refused, f"{len(refused)} commands were refused although the database was there")
