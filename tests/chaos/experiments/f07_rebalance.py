"""F7: replicas of dispatch and metrics come and go under load; a frozen one returns as a zombie; a double."""

import asyncio
import os
import signal
import time
from functools import partial

from deploy.local import process, services
from deploy.local.wait import hold, until
from tests.chaos.experiment import Lane, Result, Run, in_town
from tests.chaos.town import another

STAGES = ("dispatch", "metrics")
MORE = (1, 2)
FROZEN_SECONDS = 50.0
"""Longer than a session, 30 s, after which a member has lost its partitions."""
READY_SECONDS = 60.0
ONE_SECONDS = 150.0
"""A member that had trouble itself in the last two sessions (60 s) joins again before it gives way."""


async def run(lane: Lane) -> Result:
    return await in_town("F7", lane, storm)


async def storm(run: Run) -> None:
    async def fault() -> None:
        for _ in range(run.lane.rounds):
            await asyncio.to_thread(scaled, run)
        await asyncio.to_thread(zombie, run)
        await asyncio.to_thread(double, run)

    await run.under_load(fault)
    await run.settle()


def scaled(run: Run) -> None:
    """1 -> 3 -> 1 of both stages, one process at a time; the last one leaves by SIGKILL."""
    for stage in STAGES:
        more = [another(run.town, stage, number) for number in MORE]
        for replica, _ in more:
            ready = until(partial(services.is_ready, replica.port), READY_SECONDS)
            run.result.expect(ready, f"{replica.name} did not become ready")
        process.stop(more[0][1], 30.0)
        process.kill(more[1][1])
    run.result.figures["replicas that came and went"] = int(
        run.result.figures.get("replicas that came and went", 0)
    ) + len(STAGES) * len(MORE)


def zombie(run: Run) -> None:
    """Stopped past its session and woken again: what it does then must leave no effect."""
    replica, child = another(run.town, "metrics", 1)
    run.result.expect(until(lambda: services.is_ready(replica.port), READY_SECONDS), "no second metrics")
    os.kill(child.pid, signal.SIGSTOP)
    hold(FROZEN_SECONDS)
    os.kill(child.pid, signal.SIGCONT)
    back = until(lambda: services.is_ready(replica.port) or not process.alive(child), READY_SECONDS)
    run.result.figures["the zombie afterwards"] = (
        "ended itself" if not process.alive(child) else "a member again"
    )
    run.result.expect(back, "the zombie neither came back nor ended")
    process.stop(child, 30.0)
    refused = said(run, replica.name).count("fenced")
    run.result.figures["batches of the zombie that the fence refused"] = refused


def double(run: Run) -> None:
    """Two processes with one `group_instance_id`: exactly one survives."""
    _, second = another(run.town, "metrics", 0)
    first, began = run.town.city.children["metrics"], time.monotonic()
    one = until(lambda: not (process.alive(first) and process.alive(second)), ONE_SECONDS)
    run.result.figures["seconds until one of two gave way"] = round(time.monotonic() - began, 1)
    run.result.expect(one, "two processes with one membership both go on")
    run.result.expect(process.alive(first) or process.alive(second), "both ended")
    run.result.figures["of two with one membership, survived"] = (
        "the newer" if process.alive(second) else "the older"
    )
    for child in (first, second):
        process.stop(child, 30.0)
    why = "another process is metrics-0 of metrics"
    run.result.expect(why in said(run, "metrics-0"), "the one that gave way did not say why")
    run.town.city.start("metrics")


def said(run: Run, replica: str) -> str:
    """The log of a replica."""
    return (run.town.logs / f"{replica}.log").read_text(errors="replace")
