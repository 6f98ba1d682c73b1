"""A command decided with its clocks: the stage's facts, each carrying the readings of the clocks it moves.

What a clock had to say before a fact moves it is said first, so the facts do not depend on how punctual the
timers are: every missed deadline is recorded once, whether a tick or the late command itself found it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from libs.events.contracts import Event
from libs.events.contracts.values import Moved, SlaClock
from libs.events.decider import Decider, fold
from libs.events.envelope import Actor, Cause
from libs.events.timing import clockwork
from libs.events.timing.editions import laws_of, laws_under, ruling
from libs.events.timing.terms import (
    NOT_RULED,
    Clocks,
    Moment,
    Move,
    Recalculate,
    Subject,
    Tick,
    Timing,
    heard,
)
from libs.reference import EditionMissing, Library

__all__ = ["Decision", "EditionMissing", "Library", "Moment", "decided", "late"]

State = TypeVar("State")
SYSTEM = "system"
"""Who speaks for a clock; role `SYS`."""


class Decision(NamedTuple, Generic[State]):
    """The facts, the state after them, and which editions ruled; None where none did.

    `own`: the places of the facts that the clocks said themselves.
    """

    facts: tuple[Any, ...]
    state: State
    own: frozenset[int] = frozenset()
    policy_version: str | None = None
    calendar_version: str | None = None

    def causes(self, cause: Cause) -> tuple[Cause, ...]:
        """One cause for all facts, or one each where clocks speak for themselves among them."""
        ruled = self._ruled(cause)
        if not self.own:
            return (ruled,)
        clock = replace(ruled, actor=Actor(SYSTEM, cause.actor.org, "SYS"))
        return tuple(clock if place in self.own else ruled for place in range(len(self.facts)))

    def _ruled(self, cause: Cause) -> Cause:
        if self.policy_version is None and self.calendar_version is None:
            return cause
        return replace(
            cause,
            policy_version=self.policy_version or cause.policy_version,
            calendar_version=self.calendar_version or cause.calendar_version,
        )


def decided(
    decider: Decider[Any, State, Any], command: object, before: State, moment: Moment
) -> Decision[State]:
    """What the stage decides, with its clocks. Raises Rejected, and EditionMissing while one is awaited."""
    timing = decider.timing
    if timing is None:
        facts = tuple(decider.decide(command, before))
        return Decision(facts, fold(decider, facts, before))
    stage = _Stage(decider, timing)
    resumed, state = _resumed(stage, before, moment)
    said, state = _said(stage, command, state, moment)
    facts = (*resumed, *said)
    kinds = (timing.warned, timing.breached, timing.recalculated)
    own = [n for n, fact in enumerate(facts) if n < len(resumed) or type(fact) in kinds]
    return Decision(facts, state, frozenset(own), *_versions(timing, facts))


class _Stage(NamedTuple):
    decider: Decider[Any, Any, Any]
    timing: Timing

    def after(self, facts: Iterable[Event], before: Any) -> "Said":
        """These facts, and what they make of the state."""
        said = tuple(facts)
        return said, fold(self.decider, said, before)


Said = tuple[tuple[Event, ...], Any]
"""Facts, and the state after them: folding costs as much as deciding, so nothing is folded twice."""


def _resumed(stage: _Stage, before: Any, moment: Moment) -> Said:
    """A matter whose pause has reached its planned end goes on from that instant, whoever notices it."""
    resumes, clocks = stage.timing.resumes, stage.timing.clocks(before)
    if resumes is None or not clocks:
        return (), before
    planned = (clockwork.resumes_at(clock) for clock in clocks.values())
    reached = [instant for instant in planned if instant is not None and instant <= moment.at]
    if not reached:
        return (), before
    fact = resumes(before)
    return _timed(stage, [fact], before, replace(moment, at=min(reached)))


def _said(stage: _Stage, command: object, before: Any, moment: Moment) -> Said:
    match command:
        case Tick(clock=name):
            clocks = stage.timing.clocks(before)
            return stage.after(late(stage.timing, clocks, (name,), moment.at), before)
        case Recalculate(edition=name):
            return stage.after(_recalculated(stage.timing, name, before, moment), before)
        case _:
            return _timed(stage, stage.decider.decide(command, before), before, moment)


def _timed(stage: _Stage, facts: Iterable[Event], state: Any, moment: Moment) -> Said:
    whole: list[Event] = []
    for fact in facts:
        said, state = _with_clocks(stage, fact, state, moment)
        whole += said
    return tuple(whole), state


def _with_clocks(stage: _Stage, fact: Event, state: Any, moment: Moment) -> Said:
    """The fact with the clocks it moves, behind what those had left to say."""
    timing, evolve = stage.timing, stage.decider.evolve
    moves, pins = timing.moves.get(type(fact), ()), type(fact) in timing.pins
    after = evolve(state, fact)
    if not moves and not pins:
        return (fact,), after
    if pins and (pinned := _pinned(fact, timing.subject(after), moment)) is not fact:
        fact, after = pinned, evolve(state, pinned)
    fitting = [move for move in moves if move.when is None or move.when(fact, after)]
    subject, clocks = timing.subject(after), timing.clocks(state)
    behind = late(timing, clocks, (move.clock for move in fitting), moment.at)
    for said in behind:
        clocks = heard(clocks, said)
    read = dict(_readings(fitting, fact, clocks, subject, moment))
    if not behind and not read:
        return (fact,), after
    moved = fact.model_copy(update={"clocks": tuple(read.values())}) if read else fact
    return stage.after((*behind, moved), state)


def _pinned(fact: Event, subject: Subject, moment: Moment) -> Event:
    found = ruling(subject, moment.at, moment.library)
    if found is None or getattr(fact, "policy_version", None) not in {None, NOT_RULED}:
        return fact
    return fact.model_copy(update={"policy_version": found.policy.version})


def _readings(
    moves: Iterable[Move], fact: Event, clocks: Clocks, subject: Subject, moment: Moment
) -> Iterator[tuple[str, SlaClock]]:
    """Every clock whose reading is another one than before."""
    for move in moves:
        clock = clocks.get(move.clock)
        at = replace(moment, at=move.since(fact)) if move.since else moment
        if move.kind == "START":
            moved = _started(move, fact, subject, at) or (clock and clockwork.stop(clock, at.at))
        else:
            moved = clock and _moved(move, fact, clock, subject, at)
        if moved and moved is not clock:
            yield move.clock, moved


def _started(move: Move, fact: Event, subject: Subject, moment: Moment) -> SlaClock | None:
    found = ruling(subject, moment.at, moment.library)
    if found is None:
        return None
    rule = found.rule(move.clock, subject, moment.at)
    stated = move.due(fact) if move.due else None
    if rule is None and stated is None:
        return None
    limit = rule.limit if rule else None
    opening = clockwork.Opening(move.clock, moment.at, limit, stated, subject.org, found.policy.version)
    amber = rule.amber if rule else found.policy.amber
    return clockwork.start(opening, found.laws(subject, moment.at, amber))


def _moved(move: Move, fact: Event, clock: SlaClock, subject: Subject, moment: Moment) -> SlaClock:
    match move.kind:
        case "STOP":
            return clockwork.stop(clock, moment.at)
        case "PAUSE":
            return clockwork.pause(clock, moment.at, move.until(fact) if move.until else None)
        case "RESUME" if clock.state == "PAUSED":
            return clockwork.resume(clock, moment.at, laws_of(clock, subject, moment.library))
        case "EXTEND" if move.limit and clock.state != "STOPPED":
            return clockwork.extend(clock, move.limit(fact), laws_of(clock, subject, moment.library))
    return clock


def late(timing: Timing, clocks: Clocks, names: Iterable[str], at: datetime) -> list[Event]:
    """What these clocks have to say by now and have not said: a warning, then the breach, once each."""
    said: list[Event] = []
    for name in dict.fromkeys(names):
        clock = clocks.get(name)
        if clock is None or clock.state != "RUNNING" or clock.breached or clock.due_at is None:
            continue
        due = clock.due_at
        if not clock.warned and at >= (clock.warn_at or due):
            clock = clockwork.changed(clock, warned=True)
            said.append(_about(timing.warned, clock))
        if at >= due:
            clock = clockwork.changed(clock, breached=True)
            said.append(_about(timing.breached, clock))
    return said


def _about(kind: type[Event], clock: SlaClock) -> Event:
    fields: dict[str, Any] = {"clock": clock.clock, "due_at": clock.due_at, "clocks": (clock,)}
    return kind(**fields)


def _recalculated(timing: Timing, name: str, state: Any, moment: Moment) -> list[Event]:
    """One fact for all open clocks of the matter that count by another calendar; none if all count by it."""
    edition, clocks = moment.library.edition(name), timing.clocks(state)
    concerned = [
        clock.clock
        for clock in clocks.values()
        if clockwork.is_open(clock) and clock.calendar_version != edition.calendar_version
    ]
    if not concerned:
        return []
    behind = late(timing, clocks, concerned, moment.at)
    for said in behind:
        clocks = heard(clocks, said)
    subject, old = timing.subject(state), [clocks[clock] for clock in concerned]
    laws = [laws_under(clock, subject, moment.library, edition) for clock in old]
    new = [clockwork.recalculate(clock, law) for clock, law in zip(old, laws, strict=True)]
    return [*behind, timing.recalculated(**_revision(name, old, new))]


def _revision(edition: str, old: Sequence[SlaClock], new: Sequence[SlaClock]) -> dict[str, Any]:
    moved = [
        Moved(clock=was.clock, old_due_at=was.due_at, new_due_at=now.due_at)
        for was, now in zip(old, new, strict=True)
    ]
    return {
        "reason": "CALENDAR_REVISED",
        "edition": edition,
        "old_calendar": old[0].calendar_version,
        "new_calendar": new[0].calendar_version,
        "moved": tuple(moved),
        "clocks": tuple(new),
    }


def _versions(timing: Timing, facts: Iterable[Event]) -> tuple[str | None, str | None]:
    """The editions that ruled: those of the newest reading, or the one that a fact pins."""
    policy: str | None = None
    calendar: str | None = None
    for fact in facts:
        if type(fact) in timing.pins and fact.__dict__.get("policy_version") not in {None, NOT_RULED}:
            policy = fact.__dict__["policy_version"]
        for clock in fact.__dict__.get("clocks") or ():
            policy, calendar = clock.policy_version, clock.calendar_version
    return policy, calendar
