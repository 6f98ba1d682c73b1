"""Rebuild the read model from the log beside the live one, compare, and take its place (reliability R4, R5).

Readers are served by the live table until the swap, which locks for milliseconds. Nothing here can have a
side effect: it reads topics and writes one table.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

from libs.events.errors import BihuanError
from libs.events.postgres.session import Connection, connected
from libs.events.schema import upgrade
from services.metrics import catching_up, comparing, fresh, live, standing
from services.metrics.comparing import Difference
from services.metrics.folding import Log, Source
from services.metrics.standing import Standing
from services.metrics.workers import GUARDS, Job, Workers

LOCK = 0x62696875616E02
"""The advisory lock of the one rebuild that may run on a database."""

Phase = Literal["fold", "index", "compare", "swap"]


class AlreadyRunning(BihuanError):
    """Another rebuild of this database is under way."""


@dataclass(frozen=True, slots=True)
class Options:
    """`accept`: swap although rows differ, for example after the fold itself was corrected."""

    dsn: str
    log: Log
    processes: int = 2
    verify: bool = False
    accept: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Who wants to see it happen: `total` events once known, then each step."""

    phase: Callable[[Phase], None] = lambda _: None
    total: Callable[[int, int], None] = lambda _total, _done: None
    folded: Callable[[int], None] = lambda _: None


@dataclass
class Outcome:
    """What came of it. `seconds` are of folding, copying and indexing; `lock_ms` of the swap."""

    events: int = 0
    resumed: int = 0
    rows: int = 0
    seconds: float = 0.0
    digest: str = ""
    differences: list[Difference] = field(default_factory=list)
    differing: int = 0
    swapped: bool = False
    lock_ms: float = 0.0

    @property
    def identical(self) -> bool:
        """Live and rebuilt have the same rows."""
        return self.differing == 0

    @property
    def rate(self) -> float:
        """Events a second, as far as this run folded them itself."""
        return (self.events - self.resumed) / self.seconds if self.seconds else 0.0


def rebuild(options: Options, watch: Watch = Watch()) -> Outcome:
    """Fold, compare, swap. Call it where no event loop runs.

    Raises UnknownEvent, AlreadyRunning, WorkerFailed, OffsetLost, Unavailable; then the live table is as it
    was, and the next run goes on with the partitions that were finished.
    """
    with Workers(options.processes, options.dsn, options.log).running() as workers:
        return asyncio.run(_rebuild(options, watch, workers))


async def _rebuild(options: Options, watch: Watch, workers: Workers) -> Outcome:
    await upgrade(options.dsn, "services.metrics.migrations")
    async with _alone(options.dsn) as connection, connected(options.dsn, GUARDS) as second:
        began, outcome = monotonic(), Outcome()
        standings = await _fold(watch, workers, connection, outcome)
        watch.phase("index")
        await fresh.build_indexes((connection, second))
        outcome.seconds = monotonic() - began
        watch.phase("compare")
        await _compare(options, connection, standings, outcome)
        if options.verify:
            await fresh.forget(connection)
        elif outcome.identical or options.accept:
            await fresh.gather_statistics(connection)
            watch.phase("swap")
            outcome.lock_ms = await catching_up.swap(options.log, connection, standings)
            outcome.swapped = True
        return outcome


@asynccontextmanager
async def _alone(dsn: str) -> AsyncIterator[Connection]:
    async with connected(dsn, GUARDS) as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            raise AlreadyRunning("another rebuild of this database is under way")
        yield connection


async def _fold(
    watch: Watch, workers: Workers, connection: Connection, outcome: Outcome
) -> dict[int, Standing]:
    """Every partition up to where live is now, except those that an interrupted run has finished."""
    end, decisions = await live.offsets(connection), await live.decisions(connection)
    finished = await _resume(connection, end)
    jobs = [
        Job(partition, part, decisions)
        for partition, part in _by_partition(end).items()
        if partition not in finished
    ]
    jobs.sort(key=Job.size, reverse=True)  # so that at the end nobody waits for a long one
    outcome.resumed = sum(found.events for found in finished.values())
    watch.phase("fold")
    watch.total(sum(end.values()), outcome.resumed)
    await workers.fold(jobs, watch.folded)
    standings = dict(await standing.stored(connection) or {})
    outcome.events = sum(found.events for found in standings.values())
    return standings


async def _resume(connection: Connection, end: Mapping[Source, int]) -> Mapping[int, Standing]:
    """The finished partitions of an interrupted run; none when its table or its log is another one."""
    finished = await standing.stored(connection) if await fresh.exists(connection) else None
    ahead = [
        source
        for found in (finished or {}).values()
        for source, offset in found.next.items()
        if offset > end.get(source, 0)
    ]
    if finished and not ahead:
        return finished
    await fresh.forget(connection)
    await fresh.drop_old(connection)
    await fresh.create(connection)
    return {}


def _by_partition(end: Mapping[Source, int]) -> dict[int, dict[Source, int]]:
    numbers: dict[int, dict[Source, int]] = {}
    for source, offset in end.items():
        numbers.setdefault(source[1], {})[source] = offset
    return numbers


async def _compare(
    options: Options, connection: Connection, standings: dict[int, Standing], outcome: Outcome
) -> None:
    """Live in one snapshot against the fresh table folded to exactly the offsets of that snapshot."""
    async with live.snapshot(options.dsn) as seen:
        await catching_up.catch_up(options.log, connection, standings, await live.standing(seen))
        # One after the other: nobody waits for the figures, and readers keep a processor of the server.
        theirs = await comparing.digests(seen, live.TABLE)
        ours = await comparing.digests(connection, fresh.FRESH)
        outcome.rows = sum(rows for rows, _ in ours.values())
        outcome.digest = comparing.fingerprint(ours)
        buckets = comparing.differing(theirs, ours)
        if buckets:
            await _explain(seen, connection, buckets, outcome)


async def _explain(seen: Connection, connection: Connection, buckets: list[int], outcome: Outcome) -> None:
    theirs = await comparing.hashes(seen, live.TABLE, buckets)
    unlike = comparing.unlike(theirs, await comparing.hashes(connection, fresh.FRESH, buckets))
    outcome.differing = len(unlike)
    shown = unlike[: comparing.SHOWN]
    here = await comparing.full(connection, fresh.FRESH, shown)
    there = await comparing.full(seen, live.TABLE, shown)
    outcome.differences = [
        comparing.difference(matter, there.get(matter), here.get(matter)) for matter in shown
    ]
