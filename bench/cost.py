"""What one case costs: processor time and bytes of a whole loop, from the report to its recorded outcome."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.answers import expect
from bench.city import City, city
from bench.context import Bench
from bench.measure import Sample
from bench.place import Place, run
from bench.requests import EVENTS, LOOP
from bench.site import busy, count
from deploy.local.wait import hold, until

STAGES = ("intake", "dispatch", "mediation", "metrics")
IDLE_SECONDS = 3.0
KEPT = """
SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::float8 FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT IN ('idempotency', 'outbox')
"""
WEEK = """
SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::float8 FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname = 'idempotency'
"""
STORED = "SELECT count(*) FROM events"
ARRIVED = "SELECT count(*) FROM events WHERE kind = 'dispatch.case_received'"
ENDED = "SELECT count(*) FROM events WHERE kind = 'intake.outcome_recorded'"


class NotThere(RuntimeError):
    """A step's effects did not arrive at the next stage."""


@dataclass(frozen=True)
class Meter:
    """Everything that a run of cases moves: seconds of processor time per process, bytes per place."""

    seconds: dict[str, float]
    data: dict[str, float]

    def minus(self, other: "Meter") -> "Meter":
        """What was added since."""
        return Meter(_difference(self.seconds, other.seconds), _difference(self.data, other.data))


def _difference(now: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {name: value - before[name] for name, value in now.items()}


def of_a_case(bench: Bench) -> Sample:
    """Play `few` ordinary cases through all four services; what one of them costs.

    Per process `ms` of processor time beyond what it uses idle, `idle` ms a second, `rss` in MB; per place
    `kept` bytes, and `week` for answers that are kept for seven days.
    """
    cases = bench.sizes.few
    with city(bench.place, STAGES) as live:
        _play(live, max(cases // 10, 20))
        idle = _idle(live)
        before = _read(live)
        seconds = _play(live, cases)
        spent = _read(live).minus(before)
        memory = {f"rss {name}": _rss(live, name) for name in spent.seconds}
    side = {
        f"ms {name}": (used - idle[name] * seconds) / cases * 1000 for name, used in spent.seconds.items()
    }
    side |= {f"idle {name}": value * 1000 for name, value in idle.items()}
    side |= {name: value / cases for name, value in spent.data.items()}
    return Sample(cases, seconds, {**side, **memory})


def _play(live: City, cases: int) -> float:
    """Every case through every step; seconds it took. Checked: all end, and each has all its events."""
    began, before = asyncio.run(_clock(live.place)), _stored(live)
    file = live.place.folder / "matters.json"
    arrived, ended = (count(live.dsn[s], q) for s, q in (("dispatch", ARRIVED), ("intake", ENDED)))
    live.sites["intake"].load("report", cases, connections=16, matters=str(file))
    assert len(set(json.loads(Path(file).read_text()))) == cases
    for number, step in enumerate(LOOP):
        if number == 2:
            _until(live, "dispatch", ARRIVED, arrived + cases)
        live.sites[step.stage].load("step", cases, connections=16, first=number, source=str(file))
    _until(live, "intake", ENDED, ended + cases)
    live.settled()
    expect(_stored(live) - before, cases * EVENTS, "events stored")
    return asyncio.run(_clock(live.place)) - began


def _stored(live: City) -> int:
    return sum(count(live.dsn[stage], STORED) for stage in ("intake", "dispatch", "mediation"))


async def _clock(place: Place) -> float:
    found = await run(place.server, "SELECT extract(epoch FROM clock_timestamp())::float8")
    assert isinstance(found, float)
    return found


def _until(live: City, stage: str, question: str, wanted: int) -> None:
    if not until(lambda: count(live.dsn[stage], question) >= wanted, 120.0):
        raise NotThere(f"{count(live.dsn[stage], question)} of {wanted} at {stage}")


def _idle(live: City) -> dict[str, float]:
    """Seconds of processor time a second that each process uses while nothing happens."""
    before = _read(live).seconds
    hold(IDLE_SECONDS)
    return {name: value / IDLE_SECONDS for name, value in _difference(_read(live).seconds, before).items()}


def _read(live: City) -> Meter:
    children = live.place.children
    seconds = {stage: site.busy() for stage, site in live.sites.items()}
    seconds |= {name: busy(children[name].pid) for name in ("postgres", "kafka")}
    data = {}
    for stage in STAGES:
        data[f"kept {stage}"] = asyncio.run(_size(live.dsn[stage], KEPT))
        data[f"week {stage}"] = asyncio.run(_size(live.dsn[stage], WEEK))
    data["kept Kafka"] = _log_bytes(live)
    data["WAL"] = asyncio.run(_wal(live.place))
    return Meter(seconds, data)


async def _size(dsn: str, question: str) -> float:
    found = await run(dsn, question)
    assert isinstance(found, float)
    return found


def _rss(live: City, name: str) -> float:
    """MB of a process with its children; pages that PostgreSQL shares count once per child."""
    children = live.place.children
    pid = children[live.sites[name].name if name in live.sites else name].pid
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 1e6


async def _wal(place: Place) -> float:
    found = await run(place.server, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8")
    assert isinstance(found, float)
    return found


def _log_bytes(live: City) -> float:
    """Segments of the city's own topics; index files are allocated ahead and do not count."""
    data = live.place.folder / "kafka" / "data"
    return float(sum(f.stat().st_size for f in data.glob(f"{live.prefix}case.*/*.log")))
