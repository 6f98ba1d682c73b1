"""L1, L2, O2 and the cost of a case: the services as processes, from the POST to the row that readers see.

Visible is when the commit of the read model began, by PostgreSQL's own clock, plus a whole durable insert.
So nobody has to poll, and the figure errs against us.
"""

import asyncio
import json
from contextlib import ExitStack
from typing import Any

import asyncpg

from bench import cost
from bench.answers import expect
from bench.calibrate import inserts, round_trips
from bench.city import City, city
from bench.context import Bench
from bench.http import EVENTS, commands, stage_database
from bench.measure import Comparison, Goal, Mode, Result, Sample, compare, interleave, percentile, side
from bench.site import count, endpoint

LOOP, FLOOR, ALONE, WITH = "POST to visible", "floor F", "commands alone", "commands, relay and projector"
CASE = "one case through four services"
EXPLAINED = "one case: ten events, seven commands; ms of processor time, bytes, idle ms a second, rss in MB"
SEEN = "SELECT matter::text, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS at FROM matters"
LONGER = 3
"""For L1 and L2: the first dozen posts meet services that slept, and must be less than a hundredth of all."""
WARM = 10_000
"""Records, one or two at a time, after which the broker's compiler has next to nothing left to do."""
L1, L2 = Goal(3, 1.8, 1.3, at_most=True), Goal(8, 5, 3.5, at_most=True)
COMPARISONS = (
    Comparison("L1", "(visible p50 - POST p50) / F", LOOP, FLOOR, L1, side("later"), side("F")),
    Comparison("L2", "(visible p99 - POST p50) / F", LOOP, FLOOR, L2, side("latest"), side("F")),
    Comparison("O2", "commands with relay and projector / without", WITH, ALONE, Goal(0.5, 0.7, 0.8)),
)


def run(bench: Bench) -> Result:
    """Intake and metrics with their own Kafka topics; intake's path alone beside them."""
    place, sizes = bench.place, bench.sizes
    echo = place.topics(1, "echo") + "echo"
    alone, plain = stage_database(bench), place.database()
    with ExitStack() as stack:
        live = stack.enter_context(city(place, ("intake", "metrics")))
        beside = stack.enter_context(endpoint(place, "command", alone))
        for site, dsn in ((live.sites["intake"], live.dsn["intake"]), (beside, alone)):
            commands(site, dsn, sizes.requests // 8)
        _warm(live, min(WARM, 3 * sizes.requests), sizes.rate)
        modes = (
            Mode(FLOOR, lambda: _floor(plain, place.bootstrap, echo)),
            Mode(LOOP, lambda: _visible(live, plain, sizes.rate, int(LONGER * sizes.rate * sizes.seconds))),
            Mode(ALONE, lambda: commands(beside, alone, sizes.requests)),
            Mode(WITH, lambda: _whole(live, sizes.requests)),
        )
        samples = interleave(modes, bench.repetitions)
    samples[CASE] = [cost.of_a_case(bench)]
    return Result("e2e", samples, compare(samples, COMPARISONS), (EXPLAINED,))


def _warm(live: City, number: int, rate: float) -> None:
    """Single records for a while: a broker that still compiles takes three times the processor of a warm one.

    So all modes, F among them, meet the broker of any but a day's first minute.
    """
    commands(live.sites["intake"], live.dsn["intake"], number, rate=2 * rate)
    live.settled()


def _floor(dsn: str, bootstrap: str, topic: str) -> Sample:
    """F: three durable inserts (event, offsets, rows) and one way through Kafka, in milliseconds."""
    insert, trip = asyncio.run(inserts(dsn)), asyncio.run(round_trips(bootstrap, topic))
    figure = 3 * insert.side["p50"] + trip.side["p50"]
    seconds = insert.seconds + trip.seconds
    return Sample(insert.work, seconds, {"F": figure, "insert": insert.side["p50"], "trip": trip.side["p50"]})


def _whole(live: City, number: int) -> Sample:
    """As many commands as there is time for, while everything they cause goes on."""
    sample = commands(live.sites["intake"], live.dsn["intake"], number)
    live.settled()
    return sample


def _visible(live: City, plain: str, rate: float, number: int) -> Sample:
    """POSTs at fixed times; each must be seen once, and when."""
    record = live.place.folder / "posts.json"
    before = count(live.dsn["intake"], EVENTS)
    sample = live.sites["intake"].load("report", number, rate=rate, record=str(record))
    expect(count(live.dsn["intake"], EVENTS), before + number, "events stored")
    live.settled()
    flush = asyncio.run(inserts(plain)).side["p50"] / 1000
    took = asyncio.run(_delays(live.dsn["metrics"], json.loads(record.read_text()), flush))
    expect(len(took), number, "posts that became visible")
    post = sample.side["p50"]
    visible = [delay * 1000 for delay in took]
    p50, p99 = percentile(visible, 0.5), percentile(visible, 0.99)
    return Sample(
        number,
        sample.seconds,
        {"post": post, "p50": p50, "p99": p99, "later": p50 - post, "latest": p99 - post},
    )


async def _delays(dsn: str, told: Any, flush: float) -> list[float]:
    """Seconds from each POST's first byte to the commit that showed its matter."""
    connection = await asyncpg.connect(dsn)
    seen = {row["matter"]: row["at"] for row in await connection.fetch(SEEN)}
    await connection.close()
    sent = {name: began + told["ahead"] for began, _, name in told["sent"]}
    return [seen[name] - began + flush for name, began in sent.items()]
