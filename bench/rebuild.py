"""B1 to B4 and B10 to B12: the whole read model from the topics."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from bench import plain
from bench.context import Bench
from bench.load import latencies
from bench.measure import Comparison, Goal, Mode, Result, Sample, compare, interleave, side
from bench.modes import Model, model, reader_mode, rebuild_mode, rebuilt
from bench.site import Site, serving
from bench.written import Written

TWO, ONE = "rebuild, 2 processes", "rebuild, 1 process"
HELD = "fold, held in memory"
NAIVE, IDLE, BUSY = "naive projector", "reads, idle", "reads, during a rebuild"
READS = 100
"""Reads a second; each looks up one matter."""
MOST = 60_000
MILLION_CASES = 10_000_000
"""Events. Below it what buffers need hides what cases need, so B10 is taken from the folded cases alone."""


def _at_most(floor: float, goal: float, stretch: float) -> Goal:
    return Goal(floor, goal, stretch, at_most=True)


MEMORY = _at_most(600, 360, 180)


def comparisons(events: int) -> tuple[Comparison, ...]:
    """B1 and B2 are one ratio, at a million and at ten million events."""
    name, goal = ("B2", Goal(0.60, 0.85, 1.00)) if events >= MILLION_CASES else ("B1", Goal(0.70, 0.95, 1.25))
    decoded, memory = "getmany + decode", side("memory")
    whole = name == "B2"
    return (
        Comparison(name, "rebuild 2 processes / getmany drain", TWO, "getmany", goal),
        Comparison("B3", "rebuild 1 process / drain + decode", ONE, decoded, Goal(0.55, 0.70, 0.85)),
        Comparison("B4", "rebuild 2 processes / naive projector", TWO, NAIVE, Goal(40, 60, 85)),
        Comparison("B10", "memory, MB a million cases", TWO if whole else HELD, None, MEMORY, memory),
        Comparison("B10b", "growth between two logs, MB a million", TWO, None, Goal(), memory),
        Comparison("B11", "read p99 during a rebuild / idle", BUSY, IDLE, _at_most(3, 1.5, 1.2), side("p99")),
        Comparison("B11b", "lock of the swap, ms", TWO, None, _at_most(100, 20, 10), side("lock")),
        Comparison("B12", "rebuild 2 processes / drain + decode", TWO, decoded, Goal(0.90, 1.1, 1.5)),
    )


def run(bench: Bench) -> Result:
    """Every rebuild must reproduce the plain path's rows, digest for digest."""
    whole, few = bench.log(bench.sizes.cases), bench.log(bench.sizes.few)
    live, other = model(bench, whole), model(bench, few)
    naive = plain.migrated(bench.place)
    with _metrics(bench, live) as site:
        _idle(bench, site, whole)  # a service's first reads are slow, and would make the second look fast
        modes = (
            reader_mode(bench, "getmany", whole),
            rebuild_mode(bench, TWO, live, 2, beside=other),
            reader_mode(bench, "getmany + decode", whole),
            rebuild_mode(bench, ONE, live, 1),
            Mode(HELD, partial(bench.place.task, "bench.held:held", cases=bench.sizes.some)),
            Mode(NAIVE, partial(_naive, bench, other, naive)),
            Mode(IDLE, partial(_idle, bench, site, whole)),
            Mode(BUSY, partial(_beside, bench, site, live)),
        )
        samples = interleave(modes, bench.repetitions)
    for dsn in (live.dsn, other.dsn, naive):
        bench.place.drop(dsn)
    return Result("rebuild", samples, compare(samples, comparisons(whole.events)), bench.told())


def _naive(bench: Bench, of: Model, dsn: str) -> Sample:
    log = of.log
    told = {"topics": list(log.topics), "events": log.events, "dsn": dsn, "digest": of.digest}
    return bench.place.task("bench.naive:naive", None, bootstrap=log.bootstrap, **told)


def _metrics(bench: Bench, live: Model) -> AbstractContextManager[Site]:
    """The service that readers ask; its consumer has nothing left to do."""
    told = {
        "postgres_dsn": live.dsn,
        "kafka_bootstrap": live.log.bootstrap,
        "kafka_prefix": live.log.prefix,
    }
    return serving(bench.place, "metrics", ["services.metrics"], **told)


def _idle(bench: Bench, site: Site, log: Written) -> Sample:
    count = int(bench.sizes.seconds * READS)
    return _sample(_reads(bench, site, log, count))


def _beside(bench: Bench, site: Site, live: Model) -> Sample:
    """Reads for as long as a rebuild takes; those count that were sent while it worked."""
    over = bench.place.folder / "over"
    over.unlink(missing_ok=True)
    with ThreadPoolExecutor(1) as pool:
        rebuilding = pool.submit(rebuilt, bench, live, 2)
        rebuilding.add_done_callback(lambda _: over.touch())
        reads = _reads(bench, site, live.log, MOST, until=str(over))
        worked = rebuilding.result().side
    return _sample([read for read in reads if worked["began"] <= read[0] <= worked["ended"]])


def _sample(reads: list[tuple[float, float]]) -> Sample:
    assert reads, "the rebuild was over before a read was sent"
    took = [latency for _, latency in reads]
    return Sample(len(reads), len(reads) / READS, latencies(took))


def _reads(bench: Bench, site: Site, log: Written, count: int, until: str = "") -> list[tuple[float, float]]:
    """When each read was sent, and the seconds until its answer."""
    record = bench.place.folder / "reads.json"
    keys = str(bench.place.folder)
    what: dict[str, Any] = {
        "kind": "read",
        "keys": keys,
        "first": min(log.cases, 5000),
        "count": count,
        "until": until,
    }
    bench.place.task("bench.load:open_loop", port=site.port, rate=READS, record=str(record), **what)
    return [(began, latency) for began, latency, _ in json.loads(record.read_text())["sent"]]
