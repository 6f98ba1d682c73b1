"""Reading the log, and the steady state: metrics at full backlog against a rebuild and the naive way.

B3 and B12 compare the rebuild with what reading and decoding alone cost; the steady state (S1, S2) shows what
folding a batch before it is written, one statement a table, saves over one transaction per event.
"""

from functools import partial

from bench import plain
from bench.answers import expect
from bench.context import Bench
from bench.measure import Comparison, Mode, Result, Sample, compare, interleave
from bench.modes import model, reader_mode, rebuild_mode
from bench.written import Written

REBUILD, STEADY, ONE = "rebuild, 2 processes", "steady, whole batches", "steady, one by one"
COMPARISONS = (
    Comparison("S1", "steady state / rebuild, 2 processes", STEADY, REBUILD),
    Comparison("S2", "steady state / one transaction per event", STEADY, ONE),
    Comparison("R1", "our partition reader / getmany", "read_partition", "getmany"),
    Comparison("R2", "getmany + decode / getmany", "getmany + decode", "getmany"),
)


def run(bench: Bench) -> Result:
    """Readers on the whole log; the two consumers on shorter ones, because they write."""
    whole, some, few = (bench.log(n) for n in (bench.sizes.cases, bench.sizes.some, bench.sizes.few))
    live = model(bench, whole)
    modes = (
        reader_mode(bench, "getmany", whole),
        reader_mode(bench, "getmany + decode", whole),
        reader_mode(bench, "read_partition", whole),
        rebuild_mode(bench, REBUILD, live, 2),
        Mode(STEADY, partial(_consumed, bench, some, whole=True)),
        Mode(ONE, partial(_consumed, bench, few, whole=False)),
    )
    samples = interleave(modes, bench.repetitions)
    bench.place.drop(live.dsn)
    return Result("drain", samples, compare(samples, COMPARISONS), bench.told())


def _consumed(bench: Bench, log: Written, *, whole: bool) -> Sample:
    """Into an empty read model, whose rows are then those of the plain path."""
    dsn = plain.migrated(bench.place)
    sample = bench.place.task(
        "bench.steady:consume",
        bootstrap=log.bootstrap,
        topics=log.topics,
        events=log.events,
        dsn=dsn,
        whole=whole,
    )
    expect(plain.digest(dsn), bench.digest(log), "digest")
    bench.place.drop(dsn)
    return sample
