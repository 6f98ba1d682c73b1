"""F2: PostgreSQL restarted, stopped `-m immediate`, and its sessions terminated, under load."""

import asyncio
import signal

import asyncpg

from tests.chaos import journal
from tests.chaos.experiment import CALM, Lane, Result, Run, in_town, timed
from tests.waiting import hold

TERMINATE = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'bihuan%'"
)
STOPS = {"restart": signal.SIGINT, "immediate": signal.SIGQUIT}


async def run(lane: Lane) -> Result:
    return await in_town("F2", lane, restart)


async def restart(run: Run) -> None:
    slowest = dict.fromkeys(STOPS, 0.0)
    ended = 0

    async def fault() -> None:
        nonlocal ended
        for _ in range(run.lane.rounds):
            for name, how in STOPS.items():
                await hold(CALM / 2)
                await asyncio.to_thread(run.town.stop_postgres, how)
                seconds = await timed(run.town.revive_postgres)
                slowest[name] = max(slowest[name], seconds)
            await hold(CALM / 2)
            ended += await terminated(run.town.superuser())

    await run.under_load(fault)
    await run.settle()
    run.result.figures["sessions terminated"] = ended
    for name, seconds in slowest.items():
        run.result.figures[f"{name}: seconds from start until all are ready"] = seconds
    only_503(run)


async def terminated(dsn: str) -> int:
    """End every session of every service; how many there were."""
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval(TERMINATE))
    finally:
        await connection.close()


def only_503(run: Run) -> None:
    """While the database is away clients hear 503 and nothing else."""
    no_other_refusal(run)
    lost = [it for it in journal.answers(journal.read(run.journals)) if it.status == journal.LOST]
    run.result.expect(not lost, f"{len(lost)} requests got no answer")


def no_other_refusal(run: Run) -> None:
    """Nobody was told anything but yes and 503."""
    found = journal.answers(journal.read(run.journals))
    strange = sorted(
        {f"{it.status} {it.code}" for it in found if not it.accepted and it.status not in {0, 503}}
    )
    run.result.expect(not strange, f"clients heard {', '.join(strange)}")
