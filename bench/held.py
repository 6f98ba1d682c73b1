"""What one folded case occupies in a rebuild's process, apart from clients and buffers."""

import gc

import psutil

from bench.measure import Sample
from bench.stopwatch import Stopwatch
from bench.story import records
from bench.written import STAGES
from services.metrics.decisions import Decisions
from services.metrics.folding import Folder, Log

CHUNK = 500
PROCESSES, PARTITIONS = 2, 12


def held(cases: int) -> Sample:
    """Fold at least so many cases; `memory`: MB that two processes hold at once per million cases in all.

    A process folds one partition number at a time and then lets go of it, so of a million cases in twelve
    partitions two processes hold two twelfths.
    """
    folder = Folder(Log("").topics, Decisions({}))
    gc.collect()
    gc.freeze()
    gc.disable()
    process, watch = psutil.Process(), Stopwatch()
    events = _take(folder, 0, CHUNK)
    before = process.memory_info().rss  # the first chunk made room for the records of every later one
    for first in range(CHUNK, cases + CHUNK, CHUNK):
        events += _take(folder, first, CHUNK)
    each = (process.memory_info().rss - before) / (len(folder.matters) - CHUNK)
    return watch.sample(events, memory=each * PROCESSES / PARTITIONS, case=each)


def _take(folder: Folder, first: int, count: int) -> int:
    found = list(records(range(first, first + count)))
    for stage in STAGES:
        folder.take((f"case.{stage}", 0), [(0, one.key, one.value) for one in found if one.stage == stage])
    return len(found)
