"""Time as a part of a stage's process: its timers, and what it computes again after a calendar notice."""

from collections.abc import Mapping, Sequence
from typing import Any

from libs.events.background import Background
from libs.events.front import Front
from libs.events.health import Health
from libs.events.postgres import PostgresStore
from libs.events.recalculating import Recalculating
from libs.events.referring import Editions, Referring
from libs.events.stage import Stage
from libs.events.timers import Timers

END_SECONDS = 3.0


class Timekeeping:
    """Timers and recalculation over the stage's store."""

    def __init__(self, stage: Stage, front: Front, store: PostgresStore) -> None:
        given = (store, stage.decider, front.library, front.clock)
        self.timers = Timers(*given, front.meters.ticked)
        self.recalculating = Recalculating(*given, front.meters.recalculated)
        self._store, self._clock = store, front.clock
        store.on_due = self.timers.due_at

    async def prepare(self) -> None:
        """Nothing: the due list is in the database."""

    async def begin(self, background: Background) -> None:
        """Both go on until the process ends."""
        background.keep("timers", self.timers.run)
        background.keep("recalculating", self.recalculating.run)

    async def end(self, background: Background) -> None:
        """Finish the transactions at hand."""
        self.timers.stop()
        self.recalculating.stop()
        await background.ended("timers", END_SECONDS)
        await background.ended("recalculating", END_SECONDS)

    def observe(self, health: Health) -> None:
        """A late timer is a matter for meters: it says nothing about whether requests are served."""

    async def vitals(self) -> Mapping[str, Any]:
        """What waits to be looked at, and what could not be decided."""
        pressure = await self._store.pressure(self._clock())
        return {"due": pressure.due, "postponed": pressure.postponed}


def beside_a_stage(
    stage: Stage, front: Front, store: PostgresStore
) -> tuple[Editions, Sequence[Referring | Timekeeping]]:
    """Its time and its reference data. Time begins first: while Kafka is away it goes by what is known."""
    time = Timekeeping(stage, front, store) if stage.decider.timing is not None else None
    known = Referring(front, store, time.recalculating.wake if time else lambda: None)
    return known.editions, [time, known] if time else [known]


def beside_a_reader(front: Front) -> Sequence[Referring]:
    """A read-only service looks things up, and decides nothing by them."""
    return [Referring(front, None, lambda: None)]
