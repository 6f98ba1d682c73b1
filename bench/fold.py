"""Decode and fold from memory: what a rebuild's process does between the broker and PostgreSQL."""

from collections.abc import Callable
from functools import partial

from bench.context import Bench
from bench.decode import CASES
from bench.measure import Comparison, Mode, Result, compare, interleave, timed
from bench.plain import expect, folded
from bench.story import Record, records
from bench.written import STAGES
from libs.events.codec import decode, decode_fast
from services.metrics.decisions import Decisions
from services.metrics.folding import Folder
from services.metrics.rows import Row, row

COMPARISONS = (
    Comparison("F1", "decode + fold / decode", "decode + fold", "decode"),
    Comparison("F2", "decode + fold + rows / decode", "decode + fold + rows", "decode"),
)


def run(bench: Bench) -> Result:
    """The folded rows equal the plain path's before anything is timed."""
    cases = min(CASES, bench.sizes.cases)
    found = list(records(range(cases)))
    expect(set(_rows(found)), {row(one) for one in folded(cases)}, "folded rows")
    modes = tuple(Mode(name, partial(timed, len(found), partial(act, found))) for name, act in ACTS.items())
    samples = interleave(modes, bench.repetitions)
    return Result("fold", samples, compare(samples, COMPARISONS))


def _decoded(found: list[Record]) -> None:
    for record in found:
        decode_fast(record.value)


def _contracts(found: list[Record]) -> None:
    for record in found:
        decode(record.value)


def _folded(found: list[Record]) -> Folder:
    folder = Folder(STAGES, Decisions({}))
    for stage in STAGES:
        folder.take(
            (stage, 0), [(n, one.key, one.value) for n, one in enumerate(found) if one.stage == stage]
        )
    return folder


def _rows(found: list[Record]) -> list[Row]:
    matters, left = _folded(found).finish()
    expect(left, [], "records left over")
    return [row(one) for one in matters]


ACTS: dict[str, Callable[[list[Record]], object]] = {
    "decode": _decoded,
    "contracts": _contracts,
    "decode + fold": _folded,
    "decode + fold + rows": _rows,
}
