"""F5: the broker is away for long: memory flat, no busy waiting, a quiet log, and everybody resumes alone."""

import asyncio
import time

import psutil

from tests.chaos.experiment import Lane, Result, Run, in_town, timed
from tests.chaos.load import Load
from tests.waiting import hold

WARM_SECONDS = 10.0
MOST_CPU = 5.0
MOST_GROWTH = 8.0
AWAY = Load(matters=9, rate=1.0)


async def run(lane: Lane) -> Result:
    return await in_town("F5", lane, away)


async def away(run: Run) -> None:
    await run.under_load(_nothing)
    for kindly in (True, False):
        await asyncio.to_thread(run.town.stop_kafka, kindly=kindly)
        await hold(WARM_SECONDS)
        await watched(run, "after SIGTERM" if kindly else "after SIGKILL")
        seconds = await timed(run.town.revive_kafka)
        run.result.figures[
            f"{'SIGTERM' if kindly else 'SIGKILL'}: seconds from start until all are ready"
        ] = seconds
        run.result.expect(run.town.ready(), "not everybody resumed alone")
    await run.under_load(_nothing, AWAY)
    await run.settle()


async def _nothing() -> None:
    """The load alone."""


async def watched(run: Run, when: str) -> None:
    """Processor time, memory and log lines of each service while there is no broker."""
    stages = {stage: psutil.Process(run.town.pid(stage)) for stage in run.town.city.children}
    cpu = {stage: _cpu(one) for stage, one in stages.items()}
    memory = {stage: one.memory_info().rss for stage, one in stages.items()}
    lines, began = run.town.log_lines(), time.monotonic()
    await hold(run.lane.outage)
    seconds = time.monotonic() - began
    for stage, one in stages.items():
        share = round(100 * (_cpu(one) - cpu[stage]) / seconds, 1)
        grown = round((one.memory_info().rss - memory[stage]) / 1e6, 1)
        said = round((run.town.log_lines()[stage] - lines[stage]) / seconds, 2)
        run.result.figures[f"{when}, {stage}"] = f"{share} % of a core, {grown} MB grown, {said} lines/s"
        run.result.expect(share < MOST_CPU, f"{when} {stage} takes {share} % of a core")
        run.result.expect(grown < MOST_GROWTH, f"{when} {stage} grew by {grown} MB")
        run.result.expect(said < 1.0, f"{when} {stage} writes {said} lines a second")


def _cpu(one: psutil.Process) -> float:
    spent = one.cpu_times()
    return spent.user + spent.system
