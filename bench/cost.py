"""What one case costs: processor time and bytes of a whole loop, from the report to its recorded outcome."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from bench.city import City, city
from bench.context import Bench
from bench.place import Place, run
from bench.requests import LOOP
from bench.site import busy, count
from deploy.local.wait import until

STAGES = ("intake", "dispatch", "mediation", "metrics")
WRITERS = ("intake", "dispatch", "mediation")
EVENTS, COMMANDS = 9, 7
IDLE_SECONDS = 3.0
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


def told(bench: Bench) -> tuple[str, ...]:
    """Play `few` ordinary cases through all four services and tell what they cost."""
    cases = bench.sizes.few
    with city(bench.place, STAGES) as live:
        _play(live, max(cases // 10, 20))
        idle = _idle(live)
        before = _read(live)
        seconds = _play(live, cases)
        spent = _read(live).minus(before)
    lines = [f"cost of a case ({EVENTS} events, {COMMANDS} commands), over {cases:,} cases:"]
    total = 0.0
    for name, used in spent.seconds.items():
        each = max(0.0, used - idle[name] * seconds) / cases * 1000
        total += each
        lines.append(f"  processor, {name}: {each:.2f} ms (idle {idle[name] * 1000:.1f} ms a second)")
    lines.append(f"  processor, all: {total:.2f} ms")
    lines += [f"  bytes, {name}: {value / cases:,.0f}" for name, value in spent.data.items()]
    return tuple(lines)


def _play(live: City, cases: int) -> float:
    """Every case through every step; seconds it took. Checked: each case ends with a recorded outcome."""
    began = asyncio.run(_clock(live.place))
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
    return asyncio.run(_clock(live.place)) - began


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
    until(lambda: False, IDLE_SECONDS)
    return {name: value / IDLE_SECONDS for name, value in _difference(_read(live).seconds, before).items()}


def _read(live: City) -> Meter:
    children = live.place.children
    seconds = {stage: site.busy() for stage, site in live.sites.items()}
    seconds |= {name: busy(children[name].pid) for name in ("postgres", "kafka")}
    data = {f"PostgreSQL {stage}": asyncio.run(_size(live.dsn[stage])) for stage in STAGES}
    data["WAL"] = asyncio.run(_wal(live.place))
    data["Kafka"] = _log_bytes(live)
    return Meter(seconds, data)


async def _size(dsn: str) -> float:
    found = await run(dsn, "SELECT pg_database_size(current_database())::float8")
    assert isinstance(found, float)
    return found


async def _wal(place: Place) -> float:
    found = await run(place.server, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8")
    assert isinstance(found, float)
    return found


def _log_bytes(live: City) -> float:
    """Segments of the city's own topics; index files are allocated ahead and do not count."""
    data = live.place.folder / "kafka" / "data"
    return float(sum(f.stat().st_size for f in data.glob(f"{live.prefix}case.*/*.log")))
