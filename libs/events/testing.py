"""Given / when / then for deciders."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from libs.events.decider import Decider, fold
from libs.events.errors import Rejected

Command = TypeVar("Command")
State = TypeVar("State")
Fact = TypeVar("Fact")


@dataclass(frozen=True)
class Outcome(Generic[Fact]):
    """What the decider answered."""

    facts: list[Fact] | None
    refusal: Rejected | None

    def then(self, *expected: Fact) -> None:
        """Exactly these facts."""
        assert self.refusal is None, f"refused: {self.refusal!r}"
        assert self.facts == list(expected), f"{self.facts} != {list(expected)}"

    def then_nothing(self) -> None:
        """Already so: no fact, no refusal."""
        self.then()

    def then_rejected(self, refusal: type[Rejected]) -> None:
        """Exactly this refusal."""
        got = self.facts or self.refusal
        assert type(self.refusal) is refusal, f"expected {refusal.__name__}, got {got!r}"


@dataclass(frozen=True)
class Scenario(Generic[Command, State, Fact]):
    """A decider with a history."""

    decider: Decider[Command, State, Fact]
    history: tuple[Fact, ...] = ()

    def given(self, *facts: Fact) -> "Scenario[Command, State, Fact]":
        return Scenario(self.decider, self.history + facts)

    @property
    def state(self) -> State:
        return fold(self.decider, self.history)

    def when(self, command: Command) -> Outcome[Fact]:
        try:
            return Outcome(self.decider.decide(command, self.state), None)
        except Rejected as refusal:
            return Outcome(None, refusal)
