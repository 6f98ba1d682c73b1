"""Curves, not points: how rebuild, command path and backlog behave as the numbers grow."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from operator import attrgetter

from bench.backlog import drained
from bench.context import Bench
from bench.http import approvals, commands, stage_database
from bench.measure import Mode, Result, Sample, interleave
from bench.modes import Model, model, rebuilt
from bench.plot import Curve, Point, svg
from bench.site import Site, endpoint
from bench.written import Written, write

Read = Callable[[Sample], float]
Points = dict[float, list[Sample]]
RATE: Read = attrgetter("rate")
SECONDS: Read = attrgetter("seconds")
CONNECTIONS = 32
PARTITIONS = (1, 2, 3, 6, 12)


def run(bench: Bench) -> Result:
    """All curves; drawn where the run was given a folder for plots."""
    samples: dict[str, list[Sample]] = {}
    curves: list[Curve] = []
    for part in (_by_events, _by_processes, _by_partitions, _by_stored, _by_replicas, _by_members):
        found, drawn = part(bench)
        samples |= found
        curves += drawn
    if bench.plots is not None:
        bench.plots.mkdir(parents=True, exist_ok=True)
        for curve in curves:
            (bench.plots / f"{curve.name}.svg").write_text(svg(curve), encoding="utf-8")
    return Result("scale", samples, (), bench.told())


Found = tuple[dict[str, list[Sample]], list[Curve]]


def _by_events(bench: Bench) -> Found:
    """The rebuild from ten thousand events to the largest log of the size asked for."""
    modes: dict[float, Mode] = {}
    for cases in bench.sizes.curve:
        of = model(bench, bench.log(cases))
        modes[of.log.events] = Mode(f"rebuild, {of.log.events:,} events", partial(_measured, bench, of))
    samples = _interleaved(bench, modes)
    x, two = "events in the log", "Rebuild, two processes"
    return _named(modes, samples), [
        _curve("rebuild-rate", two, (x, "events a second"), samples, RATE, log=True),
        _curve("rebuild-time", two, (x, "seconds"), samples, SECONDS, log=True),
        _curve("rebuild-memory", f"{two}: growth", (x, "MB"), samples, _side("growth"), log=True),
        _curve("log-size", "The log on disk, zstd", (x, "bytes an event"), samples, _side("bytes"), log=True),
    ]


def _measured(bench: Bench, of: Model) -> Sample:
    sample = rebuilt(bench, of, 2)
    size = _bytes(bench, of.log) / of.log.events
    return Sample(sample.work, sample.seconds, {**sample.side, "bytes": size})


def _bytes(bench: Bench, log: Written) -> float:
    data = bench.place.folder / "kafka" / "data"
    return float(sum(file.stat().st_size for file in data.glob(f"{log.prefix}case.*/*.log")))


def _by_processes(bench: Bench) -> Found:
    of = model(bench, bench.log(bench.sizes.cases))
    modes = {
        float(number): Mode(f"rebuild, {number} processes", partial(rebuilt, bench, of, number))
        for number in (1, 2, 3, 4)
    }
    samples = _interleaved(bench, modes)
    told = ("processes", "events a second")
    return _named(modes, samples), [_curve("rebuild-processes", "Rebuild by processes", told, samples, RATE)]


def _by_partitions(bench: Bench) -> Found:
    modes: dict[float, Mode] = {}
    for number in PARTITIONS:
        of = model(bench, write(bench.place, bench.sizes.some, number))
        modes[number] = Mode(f"rebuild, {number} partitions", partial(rebuilt, bench, of, 2))
    samples = _interleaved(bench, modes)
    told = ("partitions a topic", "events a second")
    return _named(modes, samples), [
        _curve("rebuild-partitions", "Rebuild by partitions", told, samples, RATE)
    ]


def _by_stored(bench: Bench) -> Found:
    """Approvals of stored reports: read a stream, decide, append."""
    with ExitStack() as stack:
        modes: dict[float, Mode] = {
            float(cases): Mode(f"commands at {cases:,} stored", approvals(bench, stack, cases))
            for cases in bench.sizes.stored_curve
        }
        samples = _interleaved(bench, modes)
    x = "stored cases"
    return _named(modes, samples), [
        _curve("commands-stored", "Command throughput", (x, "commands a second"), samples, RATE, log=True),
        _curve("commands-stored-p99", "Command p99", (x, "ms"), samples, _side("p99"), log=True),
    ]


def _by_replicas(bench: Bench) -> Found:
    """One database, one to three processes of the stage, the same number of connections in all."""
    dsn = stage_database(bench)
    with ExitStack() as stack:
        sites = [stack.enter_context(endpoint(bench.place, "command", dsn, number)) for number in range(3)]
        for site in sites:
            commands(site, dsn, bench.sizes.requests // 8)
        modes = {
            float(number): Mode(f"commands, {number} replicas", partial(_spread, bench, sites[:number]))
            for number in (1, 2, 3)
        }
        samples = _interleaved(bench, modes)
    told = ("replicas of intake", "commands a second")
    return _named(modes, samples), [_curve("commands-replicas", "Replicas of one stage", told, samples, RATE)]


def _spread(bench: Bench, sites: list[Site]) -> Sample:
    each, connections = bench.sizes.requests // len(sites), CONNECTIONS // len(sites)
    with ThreadPoolExecutor(len(sites)) as pool:
        asked = [pool.submit(site.load, "report", each, connections=connections) for site in sites]
        found = [future.result() for future in asked]
    side = {"p99": max(sample.side["p99"] for sample in found)}
    return Sample(each * len(sites), max(sample.seconds for sample in found), side)


def _by_members(bench: Bench) -> Found:
    """A backlog of metrics, drained by one to three members of its group."""
    modes = {
        float(number): Mode(
            f"backlog, {number} members", partial(drained, bench, bench.sizes.backlog, number)
        )
        for number in (1, 2, 3)
    }
    samples = _interleaved(bench, modes)
    told = ("members of the group", "events a second")
    return _named(modes, samples), [_curve("backlog-members", "Backlog of metrics", told, samples, RATE)]


def _interleaved(bench: Bench, modes: dict[float, Mode]) -> Points:
    found = interleave(list(modes.values()), bench.repetitions)
    return {x: found[mode.name] for x, mode in modes.items()}


def _named(modes: dict[float, Mode], samples: Points) -> dict[str, list[Sample]]:
    return {modes[x].name: found for x, found in samples.items()}


def _curve(
    name: str, title: str, labels: tuple[str, str], samples: Points, read: Read, *, log: bool = False
) -> Curve:
    points = tuple(Point(x, tuple(read(sample) for sample in found)) for x, found in samples.items())
    return Curve(name, title, *labels, points, log)


def _side(name: str) -> Read:
    return lambda sample: sample.side[name]
