"""B5 to B7 and C4: rebuild and command path against libraries one would use instead, interleaved."""

from functools import partial

from bench import plain
from bench.context import Bench
from bench.folded import digest, folded
from bench.http import commands, stage_database
from bench.measure import Comparison, Goal, Mode, Result, Sample, compare, interleave
from bench.modes import model, rebuild_mode
from bench.peers import environment
from bench.site import endpoint

TWO, REPLAY, RUNNER = "rebuild, 2 processes", "eventsourcing, replay", "eventsourcing, ProjectionRunner"
STREAM, COMMAND, SAVE = "FastStream, batches", "command", "eventsourcing, save"
SAVERS = 8
"""Threads of app.save; it gives the library the same throughput as one thread, or more."""
COMPARISONS = (
    Comparison("B5", "rebuild 2 processes / eventsourcing replay in memory", TWO, REPLAY, Goal(4, 6, 8)),
    Comparison("B6", "rebuild 2 processes / ProjectionRunner", TWO, RUNNER, Goal(150, 250, 300)),
    Comparison("B7", "rebuild 2 processes / FastStream batches", TWO, STREAM, Goal(5, 8, 10)),
    Comparison("C4", "command path over HTTP / eventsourcing save", COMMAND, SAVE, Goal(1.2, 2, 3)),
)


def run(bench: Bench) -> Result:
    """The peers read as many cases as their speed allows; rates are compared."""
    place, sizes, python = bench.place, bench.sizes, environment.python()
    live, some = model(bench, bench.log(sizes.cases)), bench.log(sizes.some)
    databases = {cases: plain.migrated(place) for cases in (sizes.some, sizes.few)}
    for cases, dsn in databases.items():
        place.task("bench.peers.sourced:fill", python, dsn=dsn, cases=cases)
    rows = digest(folded(sizes.some))
    saves, fresh = place.database(), stage_database(bench)

    def peer(name: str, function: str, **told: object) -> Mode:
        return Mode(name, partial(_measured, bench, python, function, told))

    with endpoint(place, "command", fresh) as command:
        command.load("report", sizes.requests // 8)
        modes = (
            rebuild_mode(bench, TWO, live, 2),
            peer(REPLAY, "sourced:replay", dsn=databases[sizes.some], cases=sizes.some, digest=rows),
            Mode(RUNNER, partial(_projected, bench, python, databases[sizes.few])),
            peer(STREAM, "stream:batches", topics=list(some.topics), events=some.events, digest=rows),
            Mode(COMMAND, lambda: commands(command, fresh, sizes.requests)),
            peer(SAVE, "sourced:save", dsn=saves, count=sizes.requests // 4, callers=SAVERS),
        )
        samples = interleave(modes, bench.repetitions)
    place.drop(live.dsn)
    return Result("peers", samples, compare(samples, COMPARISONS), bench.told())


def _measured(bench: Bench, python: str, function: str, told: dict[str, object]) -> Sample:
    if function.startswith("stream"):
        told = {"bootstrap": bench.place.bootstrap, **told}
    return bench.place.task(f"bench.peers.{function}", python, **told)


def _projected(bench: Bench, python: str, dsn: str) -> Sample:
    """Of the peers only this one has rows in a database, and those PostgreSQL sums up."""
    cases = bench.sizes.few
    sample = bench.place.task("bench.peers.projected:project", python, dsn=dsn, cases=cases)
    plain.check(dsn, bench.digest(bench.log(cases)))
    return sample
