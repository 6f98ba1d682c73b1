"""F6, F6b: cut, one-way drop, half-open, latency and reset under load.

F6 between the services and PostgreSQL, F6b between the services and Kafka.
"""

import asyncio

from deploy.local import ports
from deploy.local.ports import LOOPBACK
from tests.chaos.experiment import CALM, Lane, Result, Run, in_town, timed
from tests.chaos.experiments.f02_postgres_restart import no_other_refusal
from tests.chaos.experiments.f03_postgres_frozen import told_in_time
from tests.chaos.proxy import Fault, Proxy
from tests.chaos.town import Terrain
from tests.waiting import hold

FAULTS = (Fault.CUT, Fault.DROP_UP, Fault.DROP_DOWN, Fault.HALF_OPEN, Fault.SLOW)
DELAY = 0.1
"""Seconds per chunk and direction."""


async def run(lane: Lane) -> Result:
    """Between the services and PostgreSQL."""
    terrain = Terrain(postgres=ports.free(), server=ports.free())
    proxy = Proxy((LOOPBACK, terrain.server or 0), terrain.postgres or 0)
    return await behind(proxy, "F6", lane, terrain)


async def run_kafka(lane: Lane) -> Result:
    """Between everybody and the broker."""
    terrain = Terrain(kafka=ports.free(), broker=ports.free())
    return await behind(Proxy((LOOPBACK, terrain.broker), terrain.kafka), "F6b", lane, terrain)


async def behind(proxy: Proxy, name: str, lane: Lane, terrain: Terrain) -> Result:
    """The experiment with this proxy on the way."""
    await proxy.start()
    try:
        return await in_town(name, lane, lambda run: storm(run, proxy), terrain)
    finally:
        await proxy.stop()


async def storm(run: Run, proxy: Proxy) -> None:
    back: dict[str, float] = {}

    async def fault() -> None:
        for _ in range(run.lane.rounds):
            for one in FAULTS:
                await hold(CALM)
                await proxy.set(one, DELAY)
                await hold(run.lane.outage)
                await proxy.heal()
                back[one.value] = max(back.get(one.value, 0.0), await timed(run.town.until_ready))
            await hold(CALM)
            proxy.reset()
            back["reset"] = max(back.get("reset", 0.0), await timed(run.town.until_ready))

    await run.under_load(fault)
    await run.settle()
    run.result.figures["seconds of each fault"] = run.lane.outage
    for name, seconds in back.items():
        run.result.figures[f"{name}: seconds from its end until all are ready"] = seconds
    run.result.expect(await asyncio.to_thread(run.town.ready), "not everybody became ready again")
    no_other_refusal(run)
    told_in_time(run)
