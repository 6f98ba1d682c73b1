"""The law every decider obeys, whatever it is asked and in whatever order (design 11.8)."""

from collections.abc import Callable, Sequence
from typing import Any

from libs.events.decider import Decider, fold
from libs.events.errors import Rejected


def obeys(decider: Decider[Any, Any, Any], history: Sequence[Any], asked: Sequence[Any]) -> Any:
    """Any commands fold without error; asking the accepted one again adds no event. Returns the state."""
    state = fold(decider, history)
    for command in asked:
        facts = decided(decider, command, state)
        if not facts:
            continue
        state = fold(decider, facts, state)
        assert not decided(decider, command, state), f"{command} was accepted twice"
    return state


def decided(decider: Decider[Any, Any, Any], command: Any, state: Any) -> list[Any]:
    """The facts; none when a named rule refuses. Any other error is the decider's fault."""
    try:
        facts: list[Any] = decider.decide(command, state)
    except Rejected as refusal:
        if refusal.rule == Rejected.rule:
            raise AssertionError(type(refusal).__name__ + " has no code of its own") from refusal
        return []
    return facts


def honest(
    decider: Decider[Any, Any, Any], state: Any, command: Any, allowed: Callable[[Any], list[str]]
) -> None:
    """What `allowed` leaves out, the rules refuse."""
    if kebab(type(command).__name__) not in allowed(state):
        assert not decided(decider, command, state), f"{command} is possible but not announced"


def kebab(name: str) -> str:
    """`RequestReturn` becomes `request-return`."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")
