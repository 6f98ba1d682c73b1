"""What a stage says about its clocks, as data: which fact moves which clock, and whose clock it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from libs.events.carrier import carrier
from libs.events.contracts import Event
from libs.events.contracts.values import ClockName, SlaClock
from libs.reference import Library

NOT_RULED = "none"
"""The version of limits and calendar where no edition was in force."""

Clocks = Mapping[str, SlaClock]
"""The newest reading of every clock of a matter, by name."""
Kind = Literal["START", "STOP", "PAUSE", "RESUME", "EXTEND"]


@carrier
@dataclass(frozen=True, slots=True)
class Moment:
    """When a command is decided, and what reference data is known then."""

    at: datetime
    library: Library


@carrier
@dataclass(frozen=True, slots=True)
class Subject:
    """What a limit depends on. `org` holds the matter now; `edition` is the pinned one, if any."""

    category: str
    urgency: str
    org: str | None
    edition: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """What a fact does to a clock.

    START begins anew, whatever the clock read before. `when` is asked with the fact and the state after it.
    `due` reads a deadline that a person stated on the fact: it wins over the limit. `limit` reads by how much
    the fact extends. `since` reads when it happened where that is not when it was recorded.
    """

    kind: Kind
    clock: ClockName
    when: Callable[[Any, Any], bool] | None = None
    due: Callable[[Any], datetime | None] | None = None
    until: Callable[[Any], datetime] | None = None
    limit: Callable[[Any], str] | None = None
    since: Callable[[Any], datetime] | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """The clocks of a stage. `subject` is asked of the state after a fact.

    `resumes` makes the fact with which a matter goes on at the instant to which it was paused.
    `pins`: facts whose `policy_version` names the edition that rules the matter from then on; where the
    command left it open, it is the one in force. `warned`, `breached` and `recalculated` are the stage's own
    facts of these names.
    """

    clocks: Callable[[Any], Clocks]
    moves: Mapping[type[Event], tuple[Move, ...]]
    subject: Callable[[Any], Subject]
    warned: type[Event]
    breached: type[Event]
    recalculated: type[Event]
    pins: frozenset[type[Event]] = field(default_factory=frozenset)
    resumes: Callable[[Any], Event] | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Look at a clock: asked by the timers, decided by the clock's own reading (lifecycles C5 rule 7)."""

    clock: str


@dataclass(frozen=True, slots=True)
class Recalculate:
    """Compute the deadlines of an open matter by the calendar of this edition (lifecycles C5 rule 3)."""

    edition: str


def heard(clocks: Clocks, fact: Event) -> Clocks:
    """The clocks after a fact; the same object when the fact moves none."""
    moved: tuple[SlaClock, ...] | None = fact.__dict__.get("clocks")
    return clocks if not moved else {**clocks, **{clock.clock: clock for clock in moved}}
