"""Open cases in a store, for the tests of what time does to them: each was dispatched at nine on a Monday."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from libs.events.contracts import Event
from libs.events.decider import Decider
from libs.events.envelope import EVENT_NAMESPACE, Actor, Cause
from libs.events.execute import execute
from libs.events.store import Append, EventStore
from libs.events.timing import Moment
from libs.events.timing.deciding import decided
from libs.reference import Library
from services.dispatch.decider import dispatch as stage
from tests import scenarios
from tests.unit.timing.story import at, send

OPENED = at("03-02 09:00")
SIGN_WARNS, SIGN_ENDS = at("03-03 15:24"), at("03-04 00:00")
"""One working day, the day after that of the dispatch: seventy per cent of it, and all of it."""
HANDLE_WARNS, HANDLE_ENDS = at("03-06 12:00"), at("03-10 00:00")
"""Five working days."""


class Hands:
    """A clock that a test sets, forward or back."""

    def __init__(self, now: datetime = OPENED) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def stream(name: object) -> str:
    return f"case-{uuid5(EVENT_NAMESPACE, f'open case {name}')}"


def cause(moment: datetime, name: object = "") -> Cause:
    command: UUID = uuid5(EVENT_NAMESPACE, f"command {name} {moment}")
    return Cause(Actor("dispatcher", "dwk-centre", "DSP"), moment, command, command, jurisdiction="640202")


async def open_cases(
    store: EventStore, library: Library, names: Sequence[object], moment: datetime = OPENED
) -> list[str]:
    """Dispatched cases with their clocks, in one append; their streams."""
    received = scenarios.received.model_copy(update={"category": "2.OTHER", "urgency": "1"})
    state: Any = stage.evolve(stage.initial, received)
    decision = decided(stage, send(moment), state, Moment(moment, library))
    facts = (received, *decision.facts)
    streams = [stream(name) for name in names]
    await store.append([Append(one, 0, facts, (cause(moment, one),)) for one in streams])
    return streams


async def command(store: EventStore, library: Library, one: str, asked: object, moment: datetime) -> None:
    """A person does something."""
    decider: Decider[Any, Any, Any] = stage
    await execute(store, decider, one, asked, cause(moment, asked), library=library)


async def said(store: EventStore, one: str) -> list[str]:
    """What time said about a case, in order: the name of the fact and its clock."""
    facts: list[Event] = [event.data for event in await store.read(one)]
    return [spoken for fact in facts if (spoken := _spoken(fact))]


def _spoken(fact: Event) -> str:
    kind, clock = type(fact).__name__, getattr(fact, "clock", "")
    return f"{kind} {clock}".strip() if kind.startswith(("Sla", "Deadline")) else ""


SECOND = timedelta(seconds=1)
