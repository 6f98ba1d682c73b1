"""F8: the disk is full under PostgreSQL, under Kafka, under the logs; then there is room again."""

import asyncio
import errno
import os
from functools import partial
from pathlib import Path

from deploy.local import process
from tests.chaos.experiment import CALM, Lane, Result, Run, in_town, timed
from tests.chaos.experiments.f02_postgres_restart import no_other_refusal
from tests.chaos.town import Terrain, Town
from tests.waiting import hold

ROOM = {"postgres": 300, "kafka": 120, "logs": 8}
"""Megabytes of each little disk."""
BLOCK = b"\0" * 65536


async def run(lane: Lane) -> Result:
    if os.geteuid() != 0:
        return Result("F8", lane.name, findings=["not run: making small disks needs root"])
    return await in_town("F8", lane, fill, Terrain(room=ROOM))


async def fill(run: Run) -> None:
    back = dict.fromkeys(ROOM, 0.0)

    async def fault() -> None:
        for _ in range(run.lane.rounds):
            for place in ROOM:
                await hold(CALM)
                filler = run.town.folder / place / "filler"
                await asyncio.to_thread(filled, filler)
                await hold(run.lane.outage)
                died = ended(run.town)
                filler.unlink()
                run.result.figures[f"{place} full: ended by it"] = ", ".join(died) or "nobody"
                back[place] = max(back[place], await timed(partial(revived, run.town, died)))

    await run.under_load(fault)
    await run.settle()
    for place, seconds in back.items():
        run.result.figures[f"{place} full: seconds from room until all are ready"] = seconds
    run.result.expect(await asyncio.to_thread(run.town.ready), "not everybody became ready again")
    no_other_refusal(run)


def filled(filler: Path) -> None:
    """Take all the room there is."""
    try:
        with filler.open("wb", buffering=0) as file:
            while True:
                file.write(BLOCK)
    except OSError as full:
        if full.errno != errno.ENOSPC:
            raise


def ended(here: Town) -> list[str]:
    """Who did not survive; a supervisor starts such a process again, with its files as they are."""
    servers = {"postgres": here.postgres, "kafka": here.kafka}
    found = [name for name, child in servers.items() if not process.alive(child)]
    return found + [stage for stage, child in here.city.children.items() if not process.alive(child)]


def revived(here: Town, died: list[str]) -> None:
    """Start again what ended, and return when all services are ready."""
    if "postgres" in died:
        here.start_postgres()
    if "kafka" in died:
        here.start_kafka()
    for stage in died:
        if stage in here.city.children:
            here.restart(stage)
    here.until_ready()
