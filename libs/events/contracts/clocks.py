"""What the facts of clocks hold, whichever stage states them. They are parts and have no kind."""

from typing import Literal

from libs.events.contracts._event import Value
from libs.events.contracts.values import ClockName, EditionName, Instant, Moved, SlaClock


class ClockTold(Value):
    """A clock reached its amber share or its deadline; `clocks` is how it stands from then on."""

    clock: ClockName
    due_at: Instant
    clocks: tuple[SlaClock, ...]


class DeadlinesMoved(Value):
    """A revised calendar moved the deadlines of one matter."""

    reason: Literal["CALENDAR_REVISED"]
    edition: EditionName
    old_calendar: EditionName
    new_calendar: EditionName
    moved: tuple[Moved, ...]
    clocks: tuple[SlaClock, ...]
