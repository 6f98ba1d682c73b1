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
    """Fold so many cases in memory; `memory`: MB that two processes hold at once per million cases in all.

    A process folds one partition number at a time and then lets go of it, so of a million cases in twelve
    partitions two processes hold two twelfths.
    """
    folder = Folder(Log("").topics, Decisions({}))
    gc.collect()
    gc.freeze()
    gc.disable()
    process, watch = psutil.Process(), Stopwatch()
    before, events = process.memory_info().rss, 0
    for first in range(0, cases, CHUNK):
        events += _take(folder, first, min(CHUNK, cases - first))
    each = (process.memory_info().rss - before) / cases
    return watch.sample(events, memory=each * PROCESSES / PARTITIONS, case=each)


def _take(folder: Folder, first: int, count: int) -> int:
    found = list(records(range(first, first + count)))
    for stage in STAGES:
        folder.take((f"case.{stage}", 0), [(0, one.key, one.value) for one in found if one.stage == stage])
    return len(found)
