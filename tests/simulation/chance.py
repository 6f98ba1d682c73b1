"""Chance, from one integer: everything that can go one way or another asks here, and nowhere else."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Troubles:
    """How often, per opportunity, something goes wrong; all between 0 and 1."""

    away: float = 0.04
    """The database or broker refuses; nothing was done."""
    unheard: float = 0.04
    """It was done, but the acknowledgement is lost."""
    partial: float = 0.05
    """The broker took a part of a batch; sometimes the rest lands later."""
    redelivered: float = 0.1
    """A consumer is given records again that it had before."""
    noise: float = 0.05
    """Somebody else's bytes arrive on a topic."""
    illness: float = 0.02
    """A service cannot read a sound record until somebody repairs the service."""


CALM = Troubles(0, 0, 0, 0, 0, 0)


class Chance:
    """A seeded source of choices."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.troubles = Troubles()

    def happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        return self._random.choice(choices)

    def shuffled(self, items: Sequence[Choice]) -> list[Choice]:
        return self._random.sample(items, len(items))

    async def pause(self, longest: float = 0.05) -> None:
        """Wait up to so many seconds; others work meanwhile."""
        await asyncio.sleep(self._random.random() * longest)

    def rest(self, seconds: float) -> float:
        """A pause between half and the whole of it."""
        return seconds * (0.5 + self._random.random() / 2)

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.troubles = replace(CALM)
