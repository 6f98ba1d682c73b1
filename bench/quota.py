"""What is left of the processors when all of them are busy at once: a host may hand out less than it shows.

`python -m bench calibrate` says it. Whoever reaches such a limit stands still until the next period of the
host begins, mostly a tenth of a second, and every latency that is measured meanwhile tells of that.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import monotonic

from bench.measure import Sample

SECONDS = 2.0
GAP = 0.003
"""Seconds between two looks at the clock in which this program did not run."""


def all_busy(seconds: float = SECONDS) -> Sample:
    """`lost`: ms a second that a processor was away; `longest`: ms of the longest pause."""
    processors = sorted(os.sched_getaffinity(0))
    with ProcessPoolExecutor(len(processors), get_context("spawn")) as pool:
        list(pool.map(pinned, processors, [0.0] * len(processors)))  # all are there before it counts
        found = [gap for gaps in pool.map(pinned, processors, [seconds] * len(processors)) for gap in gaps]
    work = seconds * len(processors)
    side = {"lost": sum(found) / work * 1000, "longest": max(found, default=0.0) * 1000}
    return Sample(work, work, side)


def pinned(processor: int, seconds: float) -> list[float]:
    """Look at the clock on this processor for so long; the pauses."""
    os.sched_setaffinity(0, {processor})
    return list(pauses(monotonic() + seconds))


def pauses(until: float) -> Iterator[float]:
    """The seconds of each stretch without a look."""
    before = monotonic()
    while before < until:
        now = monotonic()
        if now - before > GAP:
            yield now - before
        before = now
