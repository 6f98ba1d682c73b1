"""A pause of the machine is told from the queue of a program."""

from time import monotonic

from bench.load import calm
from bench.stillness import AFTER, Stillness, looking


def test_what_met_a_pause_or_its_aftermath_is_not_calm() -> None:
    still = Stillness([(10.0, 0.1)])
    assert still.calm(9.0, 0.9)
    assert not still.calm(9.95, 0.1)
    assert not still.calm(10.05, 0.001)
    assert not still.calm(10.1 + AFTER / 2, 0.001)
    assert still.calm(10.2 + AFTER, 0.001)
    assert still.seconds == 0.1


def test_the_tail_is_told_with_and_without_the_pauses() -> None:
    took = [(second / 100, 0.002, "") for second in range(1000)] + [(5.0, 0.1, "")] * 100
    told = calm(took, Stillness([(5.0, 0.1)]))
    assert (round(told["still"]), told["calm"]) == (100, 2.0)
    assert calm(took, Stillness())["calm"] == 100.0


def test_a_load_that_met_nothing_but_pauses_is_told_as_it_is() -> None:
    assert calm([(5.0, 0.1, "")], Stillness([(5.0, 0.1)]))["calm"] == 100.0


def test_looking_on_ends_with_the_load() -> None:
    began = monotonic()
    with looking() as still:
        assert still.seconds == 0
    assert all(begun >= began - 1 and lasted > 0 for begun, lasted in still.pauses)
