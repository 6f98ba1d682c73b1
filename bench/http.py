"""C1, C2, C5 and C6: the command path over HTTP, every safeguard on, durable before each answer."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

import asyncpg

from bench.answers import expect
from bench.context import Bench
from bench.measure import Comparison, Goal, Mode, Result, Sample, compare, interleave, side
from bench.site import Site, count, endpoint
from bench.story import START, first_record, matter
from libs.events.schema import upgrade

EVENTS = "SELECT count(*) FROM events"
ANSWERS = "SELECT count(*) FROM idempotency"
SMALL, LARGE = "approve, few stored", "approve, many stored"
HALF = "half load"
LONGER = 2
"""For C1, C2 and C6 alike: one second of a mode holds one stall of the machine or none, so ratios jump."""
COMPARISONS = (
    Comparison("C1", "command path / FastAPI + model alone", "command", "echo", Goal(0.45, 0.65, 0.80)),
    Comparison("C2", "command path / FastAPI + one INSERT", "command", "insert", Goal(1.0, 1.35, 1.6)),
    Comparison("C1b", "the same by the servers' processor time", "echo", "command", Goal(), side("server")),
    Comparison("C2b", "the same by the servers' processor time", "insert", "command", Goal(), side("server")),
    Comparison("C5", "commands with many / with few stored cases", LARGE, SMALL, Goal(0.8, 0.95, 1.0)),
    Comparison("C6", "p99 / p50 at half load", HALF, HALF, Goal(4, at_most=True), side("p99"), side("p50")),
    Comparison(
        "C6b", "the same while no processor stood still", HALF, HALF, Goal(), side("calm"), side("p50")
    ),
)
COLUMNS = ["position", "recorded_at", "matter", "version", "stream", "kind", "record"]


def run(bench: Bench) -> Result:
    """One server process per mode, all up for the whole run; the database is shared, the tables are not."""
    place, sizes = bench.place, bench.sizes
    number = LONGER * sizes.requests
    with ExitStack() as stack:
        fresh = stage_database(bench)
        command = stack.enter_context(endpoint(place, "command", fresh))
        plain = [stack.enter_context(endpoint(place, name, place.database())) for name in ("echo", "insert")]
        few, many = (approvals(bench, stack, number) for number in sizes.stored)
        modes = (
            Mode("command", lambda: commands(command, fresh, number)),
            Mode("echo", lambda: plain[0].load("report", number)),
            Mode("insert", lambda: plain[1].load("report", number)),
            Mode(SMALL, few),
            Mode(LARGE, many),
        )
        for site in (command, *plain):
            site.load("report", sizes.requests // 8)
        samples = interleave(modes, bench.repetitions)
        half = min(sample.rate for sample in samples["command"]) / 2
        asked = int(half * sizes.seconds * LONGER)
        gentle = Mode(HALF, lambda: commands(command, fresh, asked, rate=half))
        samples |= interleave([gentle], bench.repetitions)
    stored = f"stored cases of C5: {sizes.stored[0]:,} and {sizes.stored[1]:,}"
    return Result("http", samples, compare(samples, COMPARISONS), (stored,))


def stage_database(bench: Bench) -> str:
    """A stage's empty database."""
    dsn = bench.place.database()
    asyncio.run(upgrade(dsn))
    return dsn


def commands(site: Site, dsn: str, number: int, *, rate: float = 0) -> Sample:
    """New reports; every one is stored once, with its answer."""
    before = count(dsn, EVENTS)
    sample = site.load("report", number, rate=rate)
    expect(count(dsn, EVENTS), before + number, "events stored")
    expect(count(dsn, ANSWERS), before + number, "answers stored")
    return sample


class _Approvals:
    """Approvals of stored reports, each of another one."""

    def __init__(self, site: Site, dsn: str, number: int) -> None:
        self._site, self._dsn, self._number, self._next = site, dsn, number, 0

    def __call__(self) -> Sample:
        before = count(self._dsn, EVENTS)
        sample = self._site.load("approval", self._number, first=self._next)
        self._next += self._number
        expect(count(self._dsn, EVENTS), before + self._number, "events stored")
        return sample


def approvals(bench: Bench, stack: ExitStack, cases: int) -> Callable[[], Sample]:
    """Approvals against so many stored reports, by a server of their own."""
    dsn = stage_database(bench)
    asyncio.run(seed(dsn, cases))
    site = stack.enter_context(endpoint(bench.place, "command", dsn))
    each = min(bench.sizes.requests, cases // bench.repetitions)
    return _Approvals(site, dsn, each)


async def seed(dsn: str, cases: int) -> None:
    """So many reports, published long ago, as the stage itself would have stored them."""
    connection = await asyncpg.connect(dsn)
    for first in range(0, cases, 20_000):
        rows = [_row(case) for case in range(first, min(first + 20_000, cases))]
        await connection.copy_records_to_table("events", records=rows, columns=COLUMNS)
    await connection.execute("SELECT setval('positions', $1)", cases)
    await connection.execute("VACUUM ANALYZE events")
    await connection.close()


def _row(case: int) -> tuple[object, ...]:
    record = first_record(case)
    return case + 1, START, matter(case), 1, f"report-{matter(case)}", "intake.report_submitted", record.value
