"""A stage's business logic as one value: two pure functions and a starting state."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

from libs.events.timing.terms import Timing

Command = TypeVar("Command")
State = TypeVar("State")
Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class Decider(Generic[Command, State, Fact]):
    """`decide` yields facts, `[]` (already so) or raises Rejected; `evolve` is total and silent.

    `timing` says which facts move which clocks; `libs.events.timing.deciding` fills their readings in.
    """

    decide: Callable[[Command, State], list[Fact]]
    evolve: Callable[[State, Fact], State]
    initial: State
    timing: Timing | None = None


def fold(decider: Decider[Command, State, Fact], facts: Iterable[Fact], state: State | None = None) -> State:
    """The state after the facts, from `state` or from the beginning."""
    return reduce(decider.evolve, facts, decider.initial if state is None else state)
