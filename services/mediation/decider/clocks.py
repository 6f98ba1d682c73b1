"""The clocks of a dispute: the period of mediation, and the time to apply for confirmation (C5)."""

from collections.abc import Mapping
from datetime import datetime

from libs.events.contracts import Event
from libs.events.contracts import mediation as facts
from libs.events.timing import Move

Fact = facts.SlaWarned | facts.SlaBreached | facts.DeadlineRecalculated


def _effective(fact: facts.AgreementReached) -> datetime:
    return fact.effective_at


def _applied(fact: facts.ConfirmationApplied) -> datetime:
    return fact.applied_at


def _length(fact: facts.PeriodExtended) -> str:
    return fact.limit


MOVES: Mapping[type[Event], tuple[Move, ...]] = {
    facts.MediationAccepted: (Move("START", "PERIOD"),),
    facts.MediationPaused: (Move("PAUSE", "PERIOD"),),
    facts.MediationResumed: (Move("RESUME", "PERIOD"),),
    facts.PeriodExtended: (Move("EXTEND", "PERIOD", limit=_length),),
    facts.AgreementReached: (Move("STOP", "PERIOD"), Move("START", "CONFIRMATION", since=_effective)),
    facts.MediationFailed: (Move("STOP", "PERIOD"),),
    facts.ConfirmationApplied: (Move("STOP", "CONFIRMATION", since=_applied),),
    facts.DisputeClosed: (Move("STOP", "PERIOD"), Move("STOP", "CONFIRMATION")),
}
"""Which fact moves which clock (lifecycles C3 #3, #10 to #12, #15, #17, #26).

Thirty days run from the day the agreement took effect, whenever that is recorded (L1 art. 33).
"""
PINS: frozenset[type[Event]] = frozenset({facts.DisputeRegistered})
"""A dispute keeps the limits that were in force when it was registered, or its case filed (C1 #10)."""
