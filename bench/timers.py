"""Time in bulk: two replicas of the timers on one database, one of them killed in the middle.

First clocks fall due one after the other, then all that are left at one instant, as at the end of a day.
Every clock must speak once, none twice, none too early; how late is read off the facts themselves.
"""

import asyncio
from time import monotonic

import asyncpg

from bench.answers import expect
from bench.assigned import warning_at
from bench.context import Bench
from bench.measure import Result, Sample
from bench.opened import put
from bench.replicas import PATIENCE, Replicas, after
from bench.site import count
from deploy.local.wait import until

STEADY, BURST = "due one after the other", "due at one instant"
RATE, LEAD, MOST = 200, 15.0, 100_000
WARNED = "SELECT count(*) FROM events WHERE kind = 'dispatch.sla_warned'"
OTHERS = "SELECT count(*) FROM events WHERE kind LIKE 'dispatch.sla%' AND kind <> 'dispatch.sla_warned'"
MATTERS = "SELECT count(DISTINCT stream) FROM events WHERE kind = 'dispatch.sla_warned'"
OPEN = "SELECT count(*) FROM clocks"
LATE = """
WITH said AS (
  SELECT recorded_at, (convert_from(record, 'UTF8')::jsonb #>> '{data,clocks,0,warn_at}')::timestamptz AS due
  FROM events WHERE kind = 'dispatch.sla_warned')
SELECT percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM recorded_at - due))
FROM said WHERE due < $1
"""
EARLY = """
SELECT count(*) FROM events WHERE kind = 'dispatch.sla_warned'
AND recorded_at < (convert_from(record, 'UTF8')::jsonb #>> '{data,clocks,0,warn_at}')::timestamptz
"""
EXPLAINED = "two clocks a case; late: seconds from due to recorded; a replica was killed half-way"


def run(bench: Bench) -> Result:
    """One case has two open timers."""
    cases, window = min(bench.sizes.cases, MOST), 2 * bench.sizes.seconds + 2
    steady = min(int(RATE * window), cases // 2)
    dsn = bench.place.database()
    filled = put(dsn, lambda number: warning_at(after(_due(number, steady))), range(cases))
    timers = count(dsn, OPEN)
    expect(timers, 2 * cases, "open timers")
    samples = _ticked(Replicas(bench.place, dsn), dsn, cases, steady)
    bench.place.drop(dsn)
    notes = (f"{timers:,} open timers, stored at {filled.rate:,.0f} cases/s", EXPLAINED)
    return Result("timers", {STEADY: [samples[0]], BURST: [samples[1]]}, (), notes)


def _due(number: int, steady: int) -> float:
    """Seconds from the start: one after the other, then all at one instant."""
    return LEAD + number / RATE if number < steady else _burst(steady)


def _burst(steady: int) -> float:
    return 2 * LEAD + steady / RATE


def _ticked(replicas: Replicas, dsn: str, cases: int, steady: int) -> tuple[Sample, Sample]:
    window = steady / RATE
    replicas.start(0)
    replicas.start(1)
    replicas.wait(LEAD + window / 2)
    replicas.kill(0)
    replicas.start(2)
    replicas.wait(_burst(steady))
    began, before = monotonic(), count(dsn, WARNED)
    until(lambda: count(dsn, WARNED) >= cases, PATIENCE, pause=0.2)
    seconds = monotonic() - began
    replicas.end(1)
    replicas.end(2)
    _check(dsn, cases)
    p50, p99, longest = asyncio.run(_late(dsn, steady))
    late = {"late p50": p50, "late p99": p99, "late max": longest}
    return Sample(steady, window, late), Sample(cases - before, seconds)


def _check(dsn: str, cases: int) -> None:
    """None lost, none twice, none too early, and nobody else spoke."""
    expect(count(dsn, WARNED), cases, "warnings")
    expect(count(dsn, MATTERS), cases, "matters that warned")
    expect(count(dsn, OTHERS), 0, "facts of other clocks")
    expect(count(dsn, EARLY), 0, "warnings before their time")


async def _late(dsn: str, steady: int) -> list[float]:
    connection = await asyncpg.connect(dsn)
    try:
        found: list[float] = await connection.fetchval(LATE, after(_burst(steady)))
    finally:
        await connection.close()
    return found
