"""The clocks of a dispute: the period of mediation, and the time to apply for confirmation."""

from collections.abc import Mapping

from libs.events.contracts import Event
from libs.events.contracts.mediation import DeadlineRecalculated, SlaBreached, SlaWarned
from libs.events.contracts.values import SlaClock

ClockFact = SlaWarned | SlaBreached | DeadlineRecalculated


def heard(clocks: Mapping[str, SlaClock], fact: Event) -> Mapping[str, SlaClock]:
    """The clocks after the newest reading; the same object where the fact says nothing of any."""
    read: tuple[SlaClock, ...] | None = getattr(fact, "clocks", None)
    return {**clocks, **{clock.clock: clock for clock in read}} if read else clocks
