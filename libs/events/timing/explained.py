"""Where a clock stands, and why its deadline falls where it falls: from its newest reading to plain values.

The deadline itself is the one that the fact carries; what is worked out here is only how it came to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from libs.events.contracts.values import PauseSpan, SlaClock
from libs.events.timing.clockwork import is_stated, terms_of
from libs.events.timing.editions import day_of, schedule_of
from libs.events.timing.terms import Clocks, Subject
from libs.events.timing.words import Language, Words
from libs.reference import Library
from libs.worktime import Limit, Schedule, Terms, WorktimeError, deadline, reading
from libs.worktime.explain import Step, counted, explain

Standing = Literal["RUNNING", "AMBER", "PAUSED", "STOPPED", "BREACHED", "NO_LIMIT"]


@dataclass(frozen=True, slots=True)
class View:
    """Who looks: at which instant, with which reference data, in which words."""

    at: datetime
    library: Library
    words: Words = field(default_factory=Words)


def view_of(at: datetime, library: Library, language: Language) -> View:
    """The look of a reader of this language."""
    return View(at, library, Words(language=language))


def deadlines(clocks: Clocks, view: View) -> list[dict[str, Any]]:
    """Every clock of a matter, in the order they started. Raises EditionMissing."""
    ordered = sorted(clocks.values(), key=lambda clock: (clock.started_at, clock.clock))
    return [item(clock, view) for clock in ordered]


def item(clock: SlaClock, view: View) -> dict[str, Any]:
    """One clock: start, due, remaining, state, and the versions that ruled. Raises EditionMissing."""
    words, limit = view.words, _limit(clock)
    state, elapsed, remaining = _standing(clock, view)
    return {
        "clock": clock.clock,
        "name": words.say(f"clock.{clock.clock}"),
        "state": state,
        "state_label": words.say(f"clock_state.{state}"),
        "start": words.instant(clock.started_at),
        "due": words.instant(clock.due_at) if clock.due_at else None,
        "label": words.end(clock.due_at) if clock.due_at else words.say("deadline.none"),
        "limit": clock.limit,
        "limit_label": words.limit(limit) if limit else None,
        "stated": is_stated(clock),
        "elapsed": elapsed,
        "elapsed_label": words.length(elapsed, limit),
        "remaining": remaining,
        "remaining_label": words.length(remaining, limit) if remaining is not None else None,
        "overdue": _overdue(clock, view.at),
        "breached": _overdue(clock, view.at) > 0 or bool(clock.breached),
        "stopped": words.instant(clock.stopped_at) if clock.stopped_at else None,
        "provisional": bool(clock.provisional),
        "hours_of": clock.hours_of,
        "policy_version": clock.policy_version,
        "calendar_version": clock.calendar_version,
    }


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole arithmetic of one clock. `steps` are its days, to be shown page by page."""

    head: dict[str, Any]
    steps: list[dict[str, Any]]


def explanation(clock: SlaClock, subject: Subject, view: View) -> Explanation:
    """Why the deadline is where it is, for a clerk to read out. Raises EditionMissing."""
    terms, schedule, words = terms_of(clock), schedule_of(clock, view.library), view.words
    steps = _steps(clock, terms, schedule)
    count = counted(steps)
    head = item(clock, view) | {
        "source": _source(clock, subject, view.library),
        "counted": count,
        "skipped": len(steps) - count,
        "pauses": [_pause(span, words) for span in clock.pauses or ()],
        "extensions": [
            {"limit": text, "label": words.limit(Limit.parse(text))} for text in clock.extensions or ()
        ],
    }
    head["arithmetic"] = [
        *_arithmetic(clock, schedule, steps, view),
        *_versions(clock, head["source"], words),
    ]
    shown = [words.step(step, terms.limit) for step in steps if terms.limit is not None]
    return Explanation(head, shown)


def _steps(clock: SlaClock, terms: Terms, schedule: Schedule) -> list[Step]:
    """None where no limit is counted, the end lies past the calendar, or another calendar led to it."""
    return [] if clock.due_at is None or _kept(clock, schedule) else explain(terms, schedule)


def _kept(clock: SlaClock, schedule: Schedule) -> bool:
    """A missed deadline stays where it is when the calendar is revised; its new days say nothing of it."""
    if clock.due_at is None or not clock.breached or is_stated(clock):
        return False
    return deadline(terms_of(clock), schedule).due != clock.due_at


def _standing(clock: SlaClock, view: View) -> tuple[Standing, int, int | None]:
    """The state, and seconds used and left on the clock's own scale."""
    moment = _moment(clock, view.at)
    state = _state(clock, view.at)
    natural = max(int((moment - clock.started_at).total_seconds()) - _paused(clock), 0)
    if clock.due_at is None:
        return state, natural, None
    if is_stated(clock):
        return state, natural, max(int((clock.due_at - moment).total_seconds()), 0)
    try:
        read = reading(terms_of(clock), schedule_of(clock, view.library), moment)
    except WorktimeError:  # long after the end, past the loaded calendar: nothing is left
        return state, natural, 0
    return state, read.elapsed, read.remaining if moment < clock.due_at else 0


def _moment(clock: SlaClock, at: datetime) -> datetime:
    """The instant at which the clock last moved, up to now."""
    if clock.state == "STOPPED" and clock.stopped_at is not None:
        return clock.stopped_at
    if clock.state == "PAUSED" and clock.pauses:
        return min(at, clock.pauses[-1].start)
    return at


def _state(clock: SlaClock, at: datetime) -> Standing:
    if clock.state != "RUNNING":
        return clock.state
    if clock.due_at is None and clock.limit is None:
        return "NO_LIMIT"
    if clock.breached or (clock.due_at is not None and at >= clock.due_at):
        return "BREACHED"
    return "AMBER" if clock.warn_at is not None and at >= clock.warn_at else "RUNNING"


def _overdue(clock: SlaClock, at: datetime) -> int:
    """Natural seconds since the deadline, or by which it was missed when the clock stopped."""
    if clock.due_at is None:
        return 0
    return max(int((_moment(clock, at) - clock.due_at).total_seconds()), 0)


def _paused(clock: SlaClock) -> int:
    ended = [(span.start, span.end) for span in clock.pauses or () if span.end is not None]
    return sum(int((end - start).total_seconds()) for start, end in ended)


def _arithmetic(clock: SlaClock, schedule: Schedule, steps: Sequence[Step], view: View) -> list[str]:
    words, terms = view.words, terms_of(clock)
    if is_stated(clock) or _kept(clock, schedule):
        why = words.say("explain.stated" if is_stated(clock) else "explain.kept")
        due = words.say("explain.due", moment=words.end(clock.due_at or clock.started_at))
        return [words.begin(clock.started_at), why, due, *_now(clock, view)]
    if clock.limit is not None and clock.due_at is None:
        return [words.begin(clock.started_at), words.say("explain.unknown"), *_now(clock, view)]
    return [*words.arithmetic(terms, schedule, steps), *_now(clock, view)]


def _now(clock: SlaClock, view: View) -> list[str]:
    """Where the clock stands, in a sentence or two."""
    words, limit = view.words, _limit(clock)
    _, elapsed, remaining = _standing(clock, view)
    lines = []
    if clock.stopped_at is not None:
        lines.append(words.say("explain.stopped", moment=words.moment(clock.stopped_at)))
    elif clock.state == "PAUSED" and clock.pauses:
        lines += _still(clock.pauses[-1], words)
    moment, overdue = words.moment(_moment(clock, view.at)), _overdue(clock, view.at)
    if overdue:
        return [*lines, words.say("explain.late", moment=moment, time=words.duration(overdue))]
    if remaining is None:
        return lines
    used, left = words.length(elapsed, limit), words.length(remaining, limit)
    return [*lines, words.say("explain.standing", moment=moment, elapsed=used, remaining=left)]


def _still(span: PauseSpan, words: Words) -> list[str]:
    said = [words.say("explain.still", moment=words.moment(span.start))]
    return [*said, words.say("explain.until", moment=words.moment(span.until))] if span.until else said


def _versions(clock: SlaClock, source: str | None, words: Words) -> list[str]:
    versions = words.say("explain.versions", policy=clock.policy_version, calendar=clock.calendar_version)
    return [words.say("explain.source", source=source), versions] if source else [versions]


def _source(clock: SlaClock, subject: Subject, library: Library) -> str | None:
    """The law or practice that the limit comes from, as the edition names it."""
    policy = library.edition(clock.policy_version)
    rule = policy.limit(clock.clock, subject.category, subject.urgency, day_of(clock.started_at))
    fits = rule is not None and rule.limit is not None and str(rule.limit) == clock.limit
    return (rule.source or None) if rule is not None and fits else None


def _pause(span: PauseSpan, words: Words) -> dict[str, Any]:
    ends = {"start": span.start, "end": span.end, "until": span.until}
    return {name: words.instant(moment) if moment else None for name, moment in ends.items()}


def _limit(clock: SlaClock) -> Limit | None:
    return Limit.parse(clock.limit) if clock.limit else None
