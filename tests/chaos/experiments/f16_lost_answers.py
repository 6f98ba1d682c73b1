"""F16: the answer is lost after the commit; the client asks again under the same key."""

from contextlib import AsyncExitStack

from deploy.local import ports
from deploy.local.ports import LOOPBACK
from tests.chaos import journal
from tests.chaos.experiment import CALM, Lane, Result, Run, in_town
from tests.chaos.proxy import Fault, proxied
from tests.waiting import hold

STAGES = ("intake", "dispatch", "mediation")
SILENCE = 0.4


async def run(lane: Lane) -> Result:
    return await in_town("F16", lane, lose)


async def lose(run: Run) -> None:
    """Every second the answers of all stages vanish for a moment, and the connections end in a reset."""
    async with AsyncExitStack() as opened:
        doors = []
        for stage in STAGES:
            target = (LOOPBACK, run.town.city.replicas[stage].port)
            doors.append(await opened.enter_async_context(proxied(target, ports.free())))
            run.doors[stage] = f"http://{LOOPBACK}:{doors[-1].port}"

        async def fault() -> None:
            for _ in range(6 * run.lane.rounds):
                await hold(CALM)
                for door in doors:
                    await door.set(Fault.DROP_DOWN)
                await hold(SILENCE)
                for door in doors:
                    await door.heal()

        await run.under_load(fault)
    run.doors.clear()
    await run.settle()
    found = journal.answers(journal.read(run.journals))
    lost = {it.key for it in found if it.status == journal.LOST}
    replayed = {it.key for it in found if it.replayed}
    run.result.figures["commands whose answer was lost at least once"] = len(lost)
    run.result.figures["of these, already stored when asked again"] = len(lost & replayed)
    run.result.expect(bool(lost & replayed), "no answer was lost after its commit: nothing was shown")
