"""Ratios are read repetition by repetition, and what is wrong shows."""

from itertools import count

from bench.measure import Comparison, Goal, Mode, Result, Sample, compare, interleave, percentile, side
from bench.report import table

ROOM = Goal(1.0, 2.0, 3.0)


def sample(rate: float, **figures: float) -> Sample:
    return Sample(rate, 1.0, figures)


def test_modes_take_turns() -> None:
    turns = count()
    modes = [Mode(name, lambda: sample(next(turns))) for name in "AB"]
    found = interleave(modes, 2)
    assert [one.work for one in found["A"]] == [0, 2]
    assert [one.work for one in found["B"]] == [1, 3]


def test_a_ratio_is_of_neighbours_and_its_median_of_the_ratios() -> None:
    samples = {"A": [sample(10), sample(90), sample(40)], "B": [sample(10), sample(30), sample(10)]}
    (ratio,) = compare(samples, [Comparison("X", "a / b", "A", "B", ROOM)])
    assert ratio.values == (1.0, 3.0, 4.0)
    assert ratio.median == 3.0
    assert ratio.unstable


def test_two_figures_of_different_samples_may_be_compared() -> None:
    samples = {"A": [sample(1, later=6.0)], "F": [sample(1, F=2.0)]}
    (ratio,) = compare(samples, [Comparison("L", "later / F", "A", "F", ROOM, side("later"), side("F"))])
    assert ratio.values == (3.0,)


def test_a_figure_may_stand_for_itself() -> None:
    goal = Goal(100, 20, 10, at_most=True)
    (ratio,) = compare({"A": [sample(1, lock=12.0)]}, [Comparison("B", "ms", "A", None, goal, side("lock"))])
    assert ratio.values == (12.0,)
    assert goal.verdict(ratio.median) == "goal"


def test_the_verdict_is_the_highest_step() -> None:
    assert [ROOM.verdict(value) for value in (0.5, 1.0, 2.5, 3.0)] == ["MISSED", "floor", "goal", "stretch"]
    assert not Goal().verdict(0.1)


def test_the_table_tells_the_ratio_its_bounds_and_what_is_unstable() -> None:
    samples = {"A": [sample(10, p99=3.0), sample(40, p99=5.0)], "B": [sample(10), sample(10)]}
    result = Result(
        "one", samples, compare(samples, [Comparison("X", "a / b", "A", "B", ROOM)]), ("fsync = on",)
    )
    told = table([result])
    line = next(line for line in told.splitlines() if line.startswith("X"))
    assert line.split()[-2:] == ["goal", "UNSTABLE"]
    assert "p99=4" in told
    assert "fsync = on" in told


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([7.0], 0.99)) == (51.0, 100.0, 7.0)
