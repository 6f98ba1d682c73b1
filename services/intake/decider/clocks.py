"""The clocks of a report: how long a review may take, and how long a filed case may wait for a unit (C5)."""

from collections.abc import Mapping

from libs.events.contracts import Event
from libs.events.contracts import intake as facts
from libs.events.timing import Move

Fact = facts.SlaWarned | facts.SlaBreached | facts.DeadlineRecalculated


def _to_dispatch(fact: facts.CaseFiled, _: object) -> bool:
    return fact.route == "DISPATCH"


MOVES: Mapping[type[Event], tuple[Move, ...]] = {
    facts.ReportSubmitted: (Move("START", "REVIEW"),),
    facts.ReportApproved: (Move("STOP", "REVIEW"),),
    facts.ReportDeclined: (Move("STOP", "REVIEW"),),
    facts.CaseFiled: (Move("START", "DISPATCH", when=_to_dispatch),),
    facts.DispatchNoted: (Move("STOP", "DISPATCH"),),
    facts.DispatchAwaited: (Move("START", "DISPATCH"),),
}
"""Which fact moves which clock (lifecycles C1 #2, #9, #10, #13; C2 #1)."""
PINS: frozenset[type[Event]] = frozenset({facts.CaseFiled})
"""The filing pins the edition whose limits hold for the case from then on (lifecycles C1 #10)."""
