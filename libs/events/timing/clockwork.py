"""What a clock reads after it was started, stopped, paused, resumed, extended or computed again (C5).

A deadline follows from start, limit, extensions and pauses alone, so it is always computed from all of them.
A stated deadline has no limit to be computed from: a pause gives back its length, an extension comes on top.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from libs.events.contracts.values import ClockName, PauseSpan, SlaClock
from libs.worktime import Limit, Pause, Schedule, Terms, WorktimeError, deadline, extended, warning


@dataclass(frozen=True, slots=True)
class Laws:
    """What a deadline depends on beside the clock: working time, its version, and when to warn."""

    schedule: Schedule
    calendar_version: str
    amber: Fraction


@dataclass(frozen=True, slots=True)
class Opening:
    """How a clock begins. `stated` is a deadline that a person set; it wins over `limit`."""

    clock: ClockName
    at: datetime
    limit: Limit | None
    stated: datetime | None
    org: str | None
    policy_version: str


def start(opening: Opening, laws: Laws) -> SlaClock:
    """A running clock."""
    limit = None if opening.stated or opening.limit is None else str(opening.limit)
    clock = SlaClock(
        clock=opening.clock,
        state="RUNNING",
        started_at=opening.at,
        limit=limit,
        hours_of=opening.org,
        policy_version=opening.policy_version,
        calendar_version=laws.calendar_version,
    )
    if opening.stated is None:
        return computed(clock, laws)
    length = (opening.stated - opening.at) * laws.amber.numerator / laws.amber.denominator
    return changed(clock, due_at=opening.stated, warn_at=opening.at + length)


def stop(clock: SlaClock, at: datetime) -> SlaClock:
    """Stopped for good. A clock that stood still had stopped when it was paused (lifecycles C2 #18)."""
    if clock.state == "STOPPED":
        return clock
    if clock.state == "PAUSED":
        *ended, standing = clock.pauses or ()
        return changed(clock, state="STOPPED", stopped_at=standing.start, pauses=tuple(ended) or None)
    return changed(clock, state="STOPPED", stopped_at=max(at, _last_change(clock)))


def pause(clock: SlaClock, at: datetime, until: datetime | None = None) -> SlaClock:
    """Standing still, until an instant where that is planned.

    A breached clock runs on: it cannot be paused into health (C5 rule 6).
    """
    if clock.state != "RUNNING" or clock.breached:
        return clock
    spans = (*(clock.pauses or ()), PauseSpan(start=max(at, _last_change(clock)), until=until))
    return changed(clock, state="PAUSED", pauses=spans)


def resume(clock: SlaClock, at: datetime, laws: Laws) -> SlaClock:
    """Running again with the time that was left; a pause of no length leaves no trace."""
    if clock.state != "PAUSED":
        return clock
    *ended, standing = clock.pauses or ()
    length = at - standing.start
    if at <= standing.start:
        return changed(clock, state="RUNNING", pauses=tuple(ended) or None)
    spans = (*ended, PauseSpan(start=standing.start, end=at))
    running = changed(clock, state="RUNNING", pauses=spans)
    if not is_stated(clock):
        return computed(running, laws)
    return changed(running, due_at=_later(clock.due_at, length), warn_at=_later(clock.warn_at, length))


def extend(clock: SlaClock, limit: str, laws: Laws) -> SlaClock:
    """More time on top. What is over or breached has nothing to extend."""
    if clock.state == "STOPPED" or clock.breached or (clock.due_at is None and clock.limit is None):
        return clock
    longer = changed(clock, extensions=(*(clock.extensions or ()), limit))
    if not is_stated(clock):
        return computed(longer, laws)
    due = extended(_instant(clock.due_at), Limit.parse(limit), laws.schedule)
    gained = due - _instant(clock.due_at)
    return changed(longer, due_at=due, warn_at=_later(clock.warn_at, gained))


def recalculate(clock: SlaClock, laws: Laws) -> SlaClock:
    """By another calendar. A breached or stated deadline stays where it is; only the version is new."""
    moved = changed(clock, calendar_version=laws.calendar_version)
    return moved if clock.breached or is_stated(clock) else computed(moved, laws)


def computed(clock: SlaClock, laws: Laws) -> SlaClock:
    """The same clock with its deadline. Past the loaded calendar there is none until one is loaded."""
    terms = terms_of(clock)
    try:
        found = deadline(terms, laws.schedule)
        warn = warning(terms, laws.schedule, laws.amber)
    except WorktimeError as gap:
        if gap.rule == "pause_outside_clock" and terms.pauses:
            return computed(_without_last_pause(clock), laws)
        if gap.rule != "calendar_missing":
            raise
        return changed(clock, due_at=None, warn_at=None, provisional=True)
    provisional = True if found.status == "provisional" else None
    return changed(clock, due_at=found.due, warn_at=warn, provisional=provisional)


def _without_last_pause(clock: SlaClock) -> SlaClock:
    """By another calendar the clock had run out before it was paused: that pause gives nothing back."""
    ended = [span for span in clock.pauses or () if span.end]
    standing = [span for span in clock.pauses or () if not span.end]
    return changed(clock, pauses=(*ended[:-1], *standing) or None)


def resumes_at(clock: SlaClock) -> datetime | None:
    """The planned end of the pause in which the clock stands."""
    return clock.pauses[-1].until if clock.state == "PAUSED" and clock.pauses else None


def terms_of(clock: SlaClock) -> Terms:
    """What `libs.worktime` computes the deadline from. A pause that has not ended is not in it yet."""
    return Terms(
        start=clock.started_at,
        limit=Limit.parse(clock.limit) if clock.limit else None,
        extensions=tuple(Limit.parse(text) for text in clock.extensions or ()),
        pauses=tuple(Pause(span.start, span.end) for span in clock.pauses or () if span.end),
    )


def is_stated(clock: SlaClock) -> bool:
    """Whether a person set the deadline, instead of a limit."""
    return clock.limit is None and clock.due_at is not None


def is_open(clock: SlaClock) -> bool:
    """Whether the clock has, or could have, a deadline that is not settled."""
    return clock.state != "STOPPED" and (clock.limit is not None or clock.due_at is not None)


def changed(clock: SlaClock, **fields: Any) -> SlaClock:
    """A copy with other readings."""
    update: Mapping[str, Any] = fields
    return clock.model_copy(update=update)


def _last_change(clock: SlaClock) -> datetime:
    """Business times of two writers may cross; a clock never stops before it began."""
    ended = [span.end for span in clock.pauses or () if span.end]
    return max([clock.started_at, *ended])


def _later(moment: datetime | None, length: Any) -> datetime | None:
    return None if moment is None else moment + length


def _instant(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("a stated deadline is an instant")
    return moment
