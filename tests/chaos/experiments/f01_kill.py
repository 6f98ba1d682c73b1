"""F1: kill -9 of every process at random, under load."""

import signal
from collections.abc import Callable

from tests.chaos.experiment import CALM, Lane, Result, Run, in_town, timed
from tests.chaos.town import Town
from tests.simulation.chance import Chance
from tests.waiting import hold

VICTIMS = ("intake", "dispatch", "mediation", "metrics", "kafka", "postgres")
MOST_SECONDS = 15.0
SEED = 4


async def run(lane: Lane) -> Result:
    return await in_town("F1", lane, kill_everybody)


async def kill_everybody(run: Run) -> None:
    """Each once per round, in an order of its own; the next dies when everybody is ready again."""
    chance, slowest = Chance(SEED), dict.fromkeys(VICTIMS, 0.0)

    async def fault() -> None:
        for victim in [one for _ in range(run.lane.rounds) for one in chance.shuffled(VICTIMS)]:
            await hold(CALM / 2)
            seconds = await timed(killed(run.town, victim))
            run.result.expect(run.town.ready(), f"{victim} was killed and not everybody became ready")
            slowest[victim] = max(slowest[victim], seconds)

    await run.under_load(fault)
    await run.settle()
    run.result.figures["kills"] = run.lane.rounds * len(VICTIMS)
    for victim, seconds in slowest.items():
        run.result.figures[f"{victim}: seconds from kill -9 until all are ready"] = seconds
        run.result.expect(seconds < MOST_SECONDS, f"{victim} took {seconds} s")


def killed(here: Town, victim: str) -> Callable[[], None]:
    """What kills and starts it again, and returns when all services are ready."""

    def work() -> None:
        if victim == "kafka":
            here.stop_kafka(kindly=False)
            here.start_kafka()
        elif victim == "postgres":
            here.stop_postgres(signal.SIGKILL)
            here.start_postgres()
        else:
            here.kill(victim)
            here.restart(victim)
        here.until_ready()

    return work
