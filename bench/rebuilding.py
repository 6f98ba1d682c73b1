"""The rebuild in the process of a task, with all its own checks, against rows of the plain path."""

from collections.abc import Mapping
from time import monotonic

from bench.answers import expect
from bench.measure import Sample
from services.metrics.folding import Log
from services.metrics.rebuild import Options, rebuild


def rebuilt(
    bootstrap: str, topics: Mapping[str, str], events: int, dsn: str, processes: int, digest: str
) -> Sample:
    """Decode, fold, COPY, index, compare with live, swap. `lock` in milliseconds.

    The sample's time is that of folding, copying, indexing and the lock of the swap. Comparing row by row
    with the live table is our own addition; it counts in `whole` (seconds) only.
    """
    began = monotonic()
    outcome = rebuild(Options(dsn, Log(bootstrap, topics), processes))
    ended = monotonic()
    expect((outcome.events, outcome.identical, outcome.swapped), (events, True, True), "the rebuild")
    expect(outcome.digest, digest, "digest")
    times = {"lock": outcome.lock_ms, "whole": ended - began, "began": began, "ended": ended}
    return Sample(events, outcome.seconds + outcome.lock_ms / 1000, times)
