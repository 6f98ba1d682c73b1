"""Chance, seeded: the same seed gives the same register on every machine."""

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


class Chance:
    """A seeded source of choices. It invents demo data and decides nothing else."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        return self._random.choice(choices)

    def weighted(self, weights: Mapping[Choice, int], count: int) -> list[Choice]:
        """`count` draws with the given weights; every choice with a weight comes at least once if it can."""
        drawn = [*weights][:count]
        rest = self._random.choices([*weights], [*weights.values()], k=count - len(drawn))
        self._random.shuffle(drawn := drawn + rest)
        return drawn
