"""Whether a case that was filed to dispatch waits for a unit; what dispatch does is heard of (lifecycles C2).

The facts hold the dispatch clock. They come from one stream of another stage, so they are heard in order.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from libs.events.contracts.intake import CaseFiled, DispatchAwaited, DispatchNoted
from services.intake.commands import AwaitDispatch, NoteDispatch

Command = NoteDispatch | AwaitDispatch
Fact = CaseFiled | DispatchNoted | DispatchAwaited


@dataclass(frozen=True, slots=True)
class Dispatching:
    """`waits` from the filing on, until a unit is responsible or the matter is passed on."""

    filed: bool = False
    waits: bool = False
    assignment_no: int = 0


def decide(command: Command, dispatching: Dispatching) -> list[Fact]:
    """A matter that was never filed to dispatch here, such as an import, waits for nothing."""
    if not dispatching.filed:
        return []
    match command:
        case NoteDispatch(assignment_no=number):
            known = dispatching.assignment_no if number is None else number
            return [DispatchNoted(assignment_no=known)] if dispatching.waits else []
        case AwaitDispatch():
            known = dispatching.assignment_no
            return [] if dispatching.waits else [DispatchAwaited(assignment_no=known)]
        case _:
            assert_never(command)


def evolve(dispatching: Dispatching, fact: Fact) -> Dispatching:
    """How the waiting moves with each fact."""
    match fact:
        case CaseFiled(route=route):
            return Dispatching(filed=route == "DISPATCH", waits=route == "DISPATCH")
        case DispatchNoted(assignment_no=number):
            return replace(dispatching, waits=False, assignment_no=number)
        case DispatchAwaited():
            return replace(dispatching, waits=True)
        case _:
            assert_never(fact)
