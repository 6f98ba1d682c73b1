"""Which edition says what about a clock: the limits of the pinned one, the calendar of the one in force.

A clock keeps the calendar that it started with until its deadlines are computed again (C5 rule 3).
"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from libs.events.contracts.values import SlaClock
from libs.events.timing.clockwork import Laws
from libs.events.timing.terms import NOT_RULED, Subject
from libs.reference import Edition, EditionMissing, Library, Rule
from libs.worktime import Schedule
from libs.worktime.schedule import CHINA


@dataclass(frozen=True, slots=True)
class Ruling:
    """The edition whose limits hold, and the one whose calendar counts, for a clock that starts."""

    policy: Edition
    calendar: Edition

    def rule(self, clock: str, subject: Subject, at: datetime) -> Rule | None:
        """The limit; None where the policy has no rule for this clock."""
        return self.policy.limit(clock, subject.category, subject.urgency, day_of(at))

    def laws(self, subject: Subject, at: datetime, amber: Fraction) -> Laws:
        """Working time as it is in force."""
        schedule = self.calendar.schedule(subject.org, day_of(at))
        return Laws(schedule, self.calendar.calendar_version, amber)


def ruling(subject: Subject, at: datetime, library: Library) -> Ruling | None:
    """None while no edition is in force. Raises EditionMissing when the pinned one is not known here."""
    in_force = library.in_force(at)
    if in_force is None:
        return None
    pinned = subject.edition not in {None, NOT_RULED}
    return Ruling(library.edition(str(subject.edition)) if pinned else in_force, in_force)


def laws_of(clock: SlaClock, subject: Subject, library: Library) -> Laws:
    """What the deadline of a clock that was started before depends on. Raises EditionMissing."""
    return laws_under(clock, subject, library, calendar_of(clock, library))


def laws_under(clock: SlaClock, subject: Subject, library: Library, edition: Edition) -> Laws:
    """The same by the calendar of another edition; the limits stay those of the clock's own."""
    started = day_of(clock.started_at)
    policy = library.edition(clock.policy_version)
    rule = policy.limit(clock.clock, subject.category, subject.urgency, started)
    schedule = edition.schedule(clock.hours_of, started)
    return Laws(schedule, edition.calendar_version, rule.amber if rule else policy.amber)


def schedule_of(clock: SlaClock, library: Library) -> Schedule:
    """The working time that a clock counts in. Raises EditionMissing."""
    return calendar_of(clock, library).schedule(clock.hours_of, day_of(clock.started_at))


def calendar_of(clock: SlaClock, library: Library) -> Edition:
    """The edition with the clock's calendar: the one it started under, or the one that revised it later."""
    same = [it for it in library.editions() if it.calendar_version == clock.calendar_version]
    if not same:
        raise EditionMissing(clock.calendar_version)
    before = [it for it in same if it.effective_at <= clock.started_at]
    return before[-1] if before else same[0]


def day_of(at: datetime) -> date:
    """The day in China, where every matter of ours happens."""
    return at.astimezone(CHINA).date()
