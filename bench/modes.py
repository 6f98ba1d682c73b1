"""Modes that several benchmarks share: reading a log, and rebuilding from it."""

from dataclasses import dataclass, replace
from functools import partial

from bench import plain
from bench.context import Bench
from bench.measure import Mode, Sample
from bench.written import Written


@dataclass(frozen=True)
class Model:
    """A log with a read model that has seen all of it by the plain path."""

    log: Written
    dsn: str
    digest: str


def model(bench: Bench, log: Written) -> Model:
    """A fresh read model of the log."""
    return Model(log, *plain.read_model(bench.place, log))


def reader_mode(bench: Bench, name: str, log: Written) -> Mode:
    """One of the readers of `bench.reading`."""
    function = "partitions" if name.startswith("read") else "getmany"
    task = partial(
        bench.place.task,
        f"bench.reading:{function}",
        bootstrap=log.bootstrap,
        topics=list(log.topics),
        events=log.events,
        decoded=name.endswith("decode"),
    )
    return Mode(name, task)


def rebuild_mode(bench: Bench, name: str, of: Model, processes: int, beside: Model | None = None) -> Mode:
    """A rebuild that must reproduce the live rows.

    With a smaller log `beside` it, `memory` is the slope between the two: MB a million cases, so that what a
    process needs whatever it folds (clients, buffers) does not count.
    """

    def act() -> Sample:
        smaller = rebuilt(bench, beside, processes).side.get("growth", 0.0) if beside else 0.0
        cases = of.log.cases - (beside.log.cases if beside else 0)
        sample = rebuilt(bench, of, processes)
        memory = (sample.side.get("growth", 0.0) - smaller) / cases * 1e6
        return replace(sample, side={**sample.side, "memory": memory})

    return Mode(name, act)


def rebuilt(bench: Bench, of: Model, processes: int) -> Sample:
    """One rebuild."""
    return bench.place.task(
        "bench.rebuilding:rebuilt",
        bootstrap=of.log.bootstrap,
        topics=of.log.topics,
        events=of.log.events,
        dsn=of.dsn,
        processes=processes,
        digest=of.digest,
    )
