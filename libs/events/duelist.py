"""The due list: when which clock of which matter asks for attention. It follows from the facts alone.

A fact carries the whole new reading of every clock it moves, so the newest reading says all: a stopped clock
leaves the list, a paused or exhausted one stays without a time (lifecycles C5 rule 7).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from libs.events.contracts import Event, registry
from libs.events.contracts.values import SlaClock
from libs.events.envelope import Envelope

TIMED = frozenset(fact for fact in registry().values() if "clocks" in fact.model_fields)
"""The facts that may carry clocks; looked up by type, because most facts of a day carry none."""


@dataclass(frozen=True, slots=True)
class Move:
    """What facts did to one clock of a stream: `calendar` None takes it off the list."""

    stream: str
    clock: str
    next_at: datetime | None
    calendar: str | None


def moves(events: Iterable[Envelope]) -> tuple[Move, ...]:
    """One move per clock that the events moved: the newest reading counts."""
    newest: dict[tuple[str, str], Move] = {}
    for event in events:
        if type(event.data) in TIMED:
            for clock in clocks_of(event.data):
                newest[event.stream, clock.clock] = _move(event.stream, clock)
    return tuple(newest.values())


def clocks_of(fact: Event) -> tuple[SlaClock, ...]:
    """The new readings that a fact carries."""
    found: Mapping[str, tuple[SlaClock, ...] | None] = fact.__dict__
    return found.get("clocks") or ()


def attention(clock: SlaClock) -> datetime | None:
    """When this clock next has something to say: amber, then breach; None when nothing is left to say.

    A clock that stands still has to be looked at when its pause was planned to end.
    """
    if clock.state == "PAUSED" and clock.pauses:
        return clock.pauses[-1].until
    if clock.state != "RUNNING" or clock.breached:
        return None
    if clock.warned or clock.warn_at is None:
        return clock.due_at
    return clock.warn_at if clock.due_at is None else min(clock.warn_at, clock.due_at)


def earliest(moved: Iterable[Move]) -> datetime | None:
    """The first instant at which one of these asks for attention."""
    return min((move.next_at for move in moved if move.next_at), default=None)


def _move(stream: str, clock: SlaClock) -> Move:
    """A clock without any limit never says anything, so it is not on the list."""
    if clock.state == "STOPPED" or (clock.limit is None and clock.due_at is None):
        return Move(stream, clock.clock, None, None)
    return Move(stream, clock.clock, attention(clock), clock.calendar_version)
