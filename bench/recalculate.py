"""A calendar notice while the city works: every open case is computed again, and commands go on.

Dispatch is its own process on real servers. The editions are published as intake would: into its database,
and by a relay on to the topic.
"""

import json
import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

from bench import opened
from bench.answers import expect
from bench.city import City, city
from bench.context import Bench
from bench.editions import Editions, drill
from bench.measure import Result, Sample
from bench.site import count
from deploy.local.wait import until

QUIET, MEANWHILE, AGAIN = "commands before the notice", "commands meanwhile", "open cases computed again"
SIGN, RATE, PART, MOST = 3, 20, 80, 100_000
PATIENCE = 3600.0
LEFT = "SELECT count(*) FROM clocks WHERE calendar_version <> 'cn-2026.bench'"
DONE = "SELECT count(*) FROM events WHERE kind = 'dispatch.deadline_recalculated'"
MATTERS = "SELECT count(DISTINCT stream) FROM events WHERE kind = 'dispatch.deadline_recalculated'"
KNOWN = "SELECT count(*) FROM reference"
EXPLAINED = f"commands at {RATE}/s, p50 and p99 in ms; one replica of dispatch on two shared cores"


def run(bench: Bench) -> Result:
    """How fast, and what a command waits meanwhile."""
    cases, signed = min(bench.sizes.cases, MOST), max(40, int(RATE * bench.sizes.seconds))
    with city(bench.place, ("dispatch",), clock=drill()) as live:
        editions = Editions(live)
        try:
            samples = _measured(live, editions, cases, signed)
        finally:
            editions.close()
    return Result("recalculate", samples, (), (f"{cases:,} open cases of two clocks", EXPLAINED))


def _measured(live: City, editions: Editions, cases: int, signed: int) -> dict[str, list[Sample]]:
    dsn = live.dsn["dispatch"]
    _hear(dsn, editions.first)
    facts = editions.facts()
    opened.put(dsn, lambda _: facts, range(cases + 2 * signed))
    until(lambda: not count(dsn, "SELECT count(*) FROM outbox"), PATIENCE)
    quiet = _sign(live, cases, signed)
    with ThreadPoolExecutor(1) as beside:
        _hear(dsn, editions.second)
        began = monotonic()
        meanwhile = beside.submit(_sign, live, cases + signed, signed)
        until(lambda: not count(dsn, LEFT), PATIENCE, pause=0.2)
        seconds = monotonic() - began
        said = meanwhile.result()
    whole = cases + 2 * signed
    expect((count(dsn, DONE), count(dsn, MATTERS)), (whole, whole), "recalculated facts and matters")
    return {QUIET: [quiet], MEANWHILE: [said], AGAIN: [Sample(whole, seconds)]}


def _hear(dsn: str, publish: Callable[[], int]) -> None:
    """Publish, and wait until dispatch has kept it all."""
    wanted = publish()
    until(lambda: count(dsn, KNOWN) >= wanted, PATIENCE, pause=0.02)


def _sign(live: City, first: int, number: int) -> Sample:
    """In parts: a connection that nobody uses for a while is closed by the service. The worst p99 counts."""
    parts = [_part(live, first + at, min(PART, number - at)) for at in range(0, number, PART)]
    p50, p99 = statistics.median(it.side["p50"] for it in parts), max(it.side["p99"] for it in parts)
    return Sample(number, sum(it.seconds for it in parts), {"p50": p50, "p99": p99})


def _part(live: City, first: int, number: int) -> Sample:
    file = Path(live.place.folder) / f"sign-{first}.json"
    file.write_text(json.dumps(opened.matters(first, number)))
    return live.sites["dispatch"].load("step", number, rate=RATE, first=SIGN, source=str(file))
