"""Decode and fold from memory: what a rebuild's process does between the broker and PostgreSQL."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from bench.answers import expect
from bench.context import Bench
from bench.folded import folded, rows
from bench.measure import Comparison, Mode, Result, compare, interleave, timed
from bench.story import Record, records
from libs.events.codec import decode, decode_fast
from services.metrics.decisions import Decisions
from services.metrics.folding import Folder, Log

CASES = 1000
TOPICS = Log("").topics
COMPARISONS = (
    Comparison("F1", "decode + fold / decode", "decode + fold", "decode"),
    Comparison("F2", "decode + fold + rows / decode", "decode + fold + rows", "decode"),
)


def run(bench: Bench) -> Result:
    """The folded rows equal the plain path's before anything is timed."""
    cases = min(CASES, bench.sizes.cases)
    found = list(records(range(cases)))
    expect(set(_rows(found)), set(rows(folded(cases))), "folded rows")
    modes = tuple(Mode(name, partial(timed, len(found), partial(act, found))) for name, act in ACTS.items())
    with _without_collections():
        samples = interleave(modes, bench.repetitions)
    return Result("fold", samples, compare(samples, COMPARISONS))


@contextmanager
def _without_collections() -> Iterator[None]:
    """As in a process of a rebuild: folding makes no cycles, and looking for some takes its time."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _decoded(found: list[Record]) -> None:
    for record in found:
        decode_fast(record.value)


def _contracts(found: list[Record]) -> None:
    for record in found:
        decode(record.value)


def _folded(found: list[Record]) -> Folder:
    folder = Folder(TOPICS, Decisions({}))
    for topic in TOPICS:
        mine = [(n, one.key, one.value) for n, one in enumerate(found) if topic == f"case.{one.stage}"]
        folder.take((topic, 0), mine)
    return folder


def _rows(found: list[Record]) -> list[tuple[str | None, ...]]:
    matters, left = _folded(found).finish()
    expect(left, [], "records left over")
    return rows(matters)


ACTS: dict[str, Callable[[list[Record]], object]] = {
    "decode": _decoded,
    "contracts": _contracts,
    "decode + fold": _folded,
    "decode + fold + rows": _rows,
}
