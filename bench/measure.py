"""Modes run in turn (A B C A B C …) and are compared repetition by repetition.

These machines are noisy: one absolute figure says little, the ratio of two neighbours much. A ratio whose
repetitions spread by more than `UNSTABLE_SPREAD` is marked, never hidden.
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter, process_time

UNSTABLE_SPREAD = 1.6


@dataclass(frozen=True)
class Sample:
    """One run of one mode: units of work, seconds, and side figures (p99, bytes, RSS …)."""

    work: float
    seconds: float
    side: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return self.work / self.seconds


@dataclass(frozen=True)
class Mode:
    """One way of doing the work. `run` checks its own answer and raises when it is wrong."""

    name: str
    run: Callable[[], Sample]


@dataclass(frozen=True)
class Goal:
    """What a ratio must reach: `floor` to release, then `goal` and `stretch`; `at_most` turns it round.

    Without any of them the ratio is only told.
    """

    floor: float | None = None
    goal: float | None = None
    stretch: float | None = None
    at_most: bool = False

    def reached(self, value: float, bound: float | None) -> bool:
        return bound is not None and (value <= bound if self.at_most else value >= bound)

    def verdict(self, value: float) -> str:
        """The highest step that was reached."""
        steps = (("stretch", self.stretch), ("goal", self.goal), ("floor", self.floor))
        missed = "" if self.floor is None else "MISSED"
        return next((name for name, bound in steps if self.reached(value, bound)), missed)


@dataclass(frozen=True)
class Comparison:
    """`name` is the goal's id in docs/performance.md; the ratio is read off two samples of one repetition.

    Without `under` the figure itself is compared with the goal (bytes, milliseconds). `beneath` reads the
    lower figure where it is another one than the upper.
    """

    name: str
    text: str
    over: str
    under: str | None
    goal: Goal = Goal()
    read: Callable[[Sample], float] = lambda sample: sample.rate
    beneath: Callable[[Sample], float] | None = None

    def ratio(self, over: Sample, under: Sample | None) -> float:
        """The figure of one repetition."""
        return self.read(over) / ((self.beneath or self.read)(under) if under is not None else 1.0)


@dataclass(frozen=True)
class Ratio:
    """Median of the per-repetition ratios, with their range."""

    comparison: Comparison
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def unstable(self) -> bool:
        return min(self.values) <= 0 or max(self.values) / min(self.values) > UNSTABLE_SPREAD


@dataclass(frozen=True)
class Result:
    """All samples of a benchmark, per mode in order of repetition, and its ratios."""

    name: str
    samples: dict[str, list[Sample]]
    ratios: tuple[Ratio, ...]
    notes: tuple[str, ...] = ()


def interleave(modes: Sequence[Mode], repetitions: int) -> dict[str, list[Sample]]:
    """Every mode once, then every mode again: drift of the machine hits all alike."""
    samples: dict[str, list[Sample]] = {mode.name: [] for mode in modes}
    for _ in range(repetitions):
        for mode in modes:
            samples[mode.name].append(mode.run())
    return samples


def compare(samples: dict[str, list[Sample]], comparisons: Sequence[Comparison]) -> tuple[Ratio, ...]:
    """One ratio per comparison whose modes were run."""
    return tuple(
        Ratio(
            each,
            tuple(each.ratio(a, b) for a, b in zip(samples[each.over], _under(samples, each), strict=True)),
        )
        for each in comparisons
        if each.over in samples and (each.under is None or each.under in samples)
    )


def _under(samples: dict[str, list[Sample]], each: Comparison) -> Sequence[Sample | None]:
    return [None] * len(samples[each.over]) if each.under is None else samples[each.under]


def side(name: str) -> Callable[[Sample], float]:
    """Reads a side figure of a sample."""
    return lambda sample: sample.side[name]


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def timed(work: float, action: Callable[[], object]) -> Sample:
    """Run once and time it; `cpu` is this process's own microseconds per unit of work."""
    begin, busy = perf_counter(), process_time()
    action()
    seconds = perf_counter() - begin
    return Sample(work, seconds, {"cpu": (process_time() - busy) / work * 1e6})
