"""What every experiment is: a fault on the real stack under load, then quiet, then the ledger."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from deploy.demo.client import Stages
from deploy.demo.production import people
from libs.events.clock import new_id
from libs.events.errors import Unavailable
from libs.events.kafka.topics import end_offsets
from tests.chaos import journal, ledger
from tests.chaos.evidence import HEARS, TOPIC, Evidence
from tests.chaos.gathering import Places, consumers, gather
from tests.chaos.journal import Journal
from tests.chaos.load import Load, Tally, Witness, drive
from tests.chaos.town import Terrain, Town, real_dsns, town
from tests.e2e.installation import CAST, CITY, PLAN
from tests.waiting import until

QUIET_SECONDS = 90.0
CALM = 1.0
"""Seconds of plain load before a fault."""
LATE = "longest the load itself stood still, s"
STRAIGHT = Terrain()
"""No proxy anywhere."""


@dataclass(frozen=True)
class Lane:
    """How long and how hard: `short` for a look, `long` for the record."""

    name: str
    load: Load
    rounds: int
    outage: float


@dataclass
class Result:
    """What came of one experiment. `figures` are measured values by name, `findings` broken promises."""

    id: str
    lane: str
    figures: dict[str, float | int | str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.findings

    def expect(self, fact: object, otherwise: str) -> None:
        """A promise of this experiment beyond the ledger."""
        if not fact:
            self.findings.append(otherwise)


@dataclass
class Run:
    """One installation under one experiment."""

    town: Town
    lane: Lane
    result: Result
    journals: list[Path] = field(default_factory=list)
    doors: dict[str, str] = field(default_factory=dict)
    """Where clients find services that stand behind a proxy."""

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Witness]:
        """A journalling client with a token for everybody who plays."""
        file = self.town.folder / f"journal-{len(self.journals)}"
        self.journals.append(file)
        written = Journal(file)
        players = {*people(CITY, PLAN), CITY.person("STR").user}
        tokens = {user: self.town.city.token(user) for user in players}
        stages = Stages({**self.town.city.url, **self.doors}, tokens)
        try:
            async with Witness(stages, f"chaos/{new_id()}", written, self.lane.load.patience) as client:
                yield client
        finally:
            written.close()

    async def under_load(self, fault: Callable[[], Awaitable[None]], load: Load | None = None) -> Tally:
        """Let the load run while the fault does its work; both end before this returns."""
        async with self.client() as client, asyncio.TaskGroup() as both:
            failing = both.create_task(_once(fault))
            driven = both.create_task(drive(client, load or self.lane.load, lambda: not failing.done()))
        tally = driven.result()
        told = {"matters": tally.told + len(tally.abandoned), "told to the end": tally.told}
        for name, number in told.items():
            self.result.figures[name] = int(self.result.figures.get(name, 0)) + number
        late = max(float(self.result.figures.get(LATE, 0.0)), round(tally.late, 2))
        self.result.figures[LATE] = late
        self.result.expect(tally.last >= failing.result(), "the load ended before the fault did")
        self.result.findings += [f"abandoned: {why}" for why in tally.abandoned[:5]]
        return tally

    async def quiet(self, seconds: float = QUIET_SECONDS) -> float:
        """Seconds until everything was heard everywhere."""
        began = time.monotonic()
        try:
            await until(self._still, seconds, pause=0.2)
        except TimeoutError:
            self.result.findings.append(f"not quiet within {seconds:.0f} s")
        return round(time.monotonic() - began, 1)

    async def _still(self) -> bool:
        """Twice in a row: a reaction may have been on its way at the first look."""
        return await self._nothing_waits() and await self._nothing_waits()

    async def _nothing_waits(self) -> bool:
        try:
            found = await consumers(real_dsns(self.town))
            ends = await end_offsets(self.town.broker.bootstrap, TOPIC.values())
        except (OSError, Unavailable):
            return False
        heard = all(
            found[name].offsets.get(place, 0) == end
            for name in HEARS
            for place, end in ends.items()
            if end and place[0] in {TOPIC[stage] for stage in HEARS[name]}
        )
        return heard and not any(consumer.queued for consumer in found.values())

    async def settle(self, allow: Callable[[Evidence], Evidence] = lambda seen: seen) -> None:
        """Quiet, then the ledger; every finding becomes one of the result.

        `allow` puts into the evidence what the experiment itself did behind the services' backs.
        """
        figures, result = self.result.figures, self.result
        figures["seconds until quiet"] = await self.quiet()
        seen = allow(await gather(self.places()))
        result.findings += ledger.told(ledger.check(seen))
        figures |= {"events": len(seen.events), "records on topics": len(seen.topics)}
        figures["published more than once"] = len(seen.topics) - len({it.record for it in seen.topics})
        figures |= answers(journal.answers(seen.entries))
        figures["digest"] = seen.rebuilt_digest

    def places(self) -> Places:
        city = self.town.city
        token, url = city.token(CAST.dispatcher), city.url["metrics"]
        return Places(self.town.broker.bootstrap, real_dsns(self.town), url, token, tuple(self.journals))


def answers(found: list[journal.Answered]) -> dict[str, float | int | str]:
    """How the services answered: counts per kind, the slowest refusal, the longest time without a yes."""
    accepted = sorted(it.at for it in found if it.accepted)
    refused = [it.seconds for it in found if it.status == 503]
    other = [it for it in found if it.status not in {0, 503} and not it.accepted]
    gaps = [later - earlier for earlier, later in pairwise(accepted)]
    figures: dict[str, float | int | str] = {
        "accepted": len(accepted),
        "answered again under the same key": sum(it.replayed for it in found),
        "503": len(refused),
        "lost": sum(it.status == journal.LOST for it in found),
        "other refusals": len(other),
        "longest pause between accepted commands, s": round(max(gaps, default=0.0), 1),
    }
    if how := Counter(it.code for it in found if it.status == journal.LOST):
        figures["lost, by what the client saw"] = ", ".join(f"{code} {n}" for code, n in sorted(how.items()))
    if refused:
        figures["slowest 503, s"] = round(max(refused), 2)
    return figures


async def _once(fault: Callable[[], Awaitable[None]]) -> float:
    """The instant, by the monotonic clock, at which the fault was over."""
    await fault()
    return time.monotonic()


async def timed(work: Callable[[], object]) -> float:
    """Seconds that blocking work took, in a thread."""
    began = time.monotonic()
    await asyncio.to_thread(work)
    return round(time.monotonic() - began, 1)


async def in_town(
    name: str, lane: Lane, work: Callable[[Run], Awaitable[None]], terrain: Terrain = STRAIGHT
) -> Result:
    """The experiment on an installation of its own, which is gone afterwards."""
    result, began = Result(name, lane.name), time.monotonic()
    before = os.getloadavg()[0]
    async with AsyncExitStack() as opened:
        built = town(terrain)
        here = await asyncio.to_thread(built.__enter__)
        opened.push_async_callback(asyncio.to_thread, built.__exit__, None, None, None)
        await work(Run(here, lane, result))
    result.figures["load average, before and after"] = f"{before:.1f}, {os.getloadavg()[0]:.1f}"
    result.seconds = round(time.monotonic() - began, 1)
    return result
