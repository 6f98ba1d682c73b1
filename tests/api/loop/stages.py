"""The three stages in one process, and the records that go from each to the others."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from libs.events.awaiting import Editions
from libs.events.clock import Clock, system_clock
from libs.events.codec import decode
from libs.events.envelope import Actor, Cause
from libs.events.execute import execute_within
from libs.events.memory import MemoryStore
from libs.events.reactions import Reactions
from libs.events.runtime import Stage
from libs.events.timing import Tick
from libs.reference import Library
from services.dispatch.app import stage as dispatch
from services.intake.app import stage as intake
from services.mediation.app import stage as mediation
from tests.api import city

STAGES = (intake, dispatch, mediation)
TICKED = UUID("0190a8f2-7c3e-7c11-9a52-000000000001")


@dataclass
class Loop:
    """The counters of the three stages, and what of each stage's outbox was already carried to the others."""

    counters: dict[str, city.Counter]
    library: Library
    clock: Clock
    carried: dict[str, int] = field(default_factory=dict)

    async def settle(self, *, times: int = 1) -> None:
        """Carry every new record to the stages that listen, until nothing new happens."""
        while any([await self.carry(source, times) for source in STAGES]):
            pass

    async def carry(self, source: Stage, times: int) -> bool:
        """Whether the stage had something new; each record is delivered `times` times."""
        fresh = self.fresh(source)
        for listener in STAGES:
            if source.topic in listener.listens_to:
                editions = Editions(self.library)
                reactions = Reactions(listener.decider, listener.listens_to, editions=editions)
                async with self.counters[listener.name].store.begin() as tx:
                    await reactions.apply(tx, [decode(record) for record in fresh] * times)
        return bool(fresh)

    def fresh(self, source: Stage) -> list[bytes]:
        store: MemoryStore = self.counters[source.name].store
        seen = self.carried.get(source.name, 0)
        waiting = {at: record.value for at, record in store.outbox.items() if at > seen}
        self.carried[source.name] = max(waiting, default=seen)
        return [waiting[position] for position in sorted(waiting)]

    async def tick(self) -> None:
        """What the timers of every stage do about the clocks whose time has come."""
        for stage in STAGES:
            async with self.counters[stage.name].store.begin() as tx:
                for due in await tx.due(self.clock(), 100):
                    tick = Tick(due.clock)
                    await execute_within(tx, stage.decider, due.stream, tick, self._cause(), self.library)

    def _cause(self) -> Cause:
        return Cause(Actor("system", "640202", "SYS"), self.clock(), TICKED, TICKED)

    async def state(self, stage: str, matter: str) -> dict[str, Any]:
        answer = await self.counters[stage].get(city.REVIEWER, matter)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()["state"]
        return state

    async def does(self, stage: str, clerk: city.Clerk, command: str, matter: str, body: object) -> None:
        await self.counters[stage].done(clerk, command, matter, body)


@asynccontextmanager
async def standing(
    folder: Path, *, clock: Clock = system_clock, library: Library | None = None
) -> AsyncIterator[Loop]:
    """All three, each with a store of its own; one clock and one library for all."""
    known = library if library is not None else Library()
    async with AsyncExitStack() as stack:
        counters = {}
        for stage in STAGES:
            (folder / stage.name).mkdir()
            made = city.counter(stage, folder / stage.name, clock=clock, library=known)
            counters[stage.name] = await stack.enter_async_context(made)
        yield Loop(counters, known, clock)
