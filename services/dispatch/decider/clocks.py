"""The clocks of a case: signing, handling, checking and calling back (lifecycles C2, C5)."""

from collections.abc import Mapping

from libs.events.contracts import Event
from libs.events.contracts import dispatch as facts
from libs.events.timing import Move, Subject
from services.dispatch.decider.lifecycle import Lifecycle

Fact = facts.SlaWarned | facts.SlaBreached | facts.DeadlineRecalculated


def _is_final(fact: facts.CallbackRecorded, _: object) -> bool:
    return fact.final


MOVES: Mapping[type[Event], tuple[Move, ...]] = {
    facts.CaseDispatched: (
        Move("START", "SIGN", due=lambda fact: fact.sign_due_at),
        Move("START", "HANDLE", due=lambda fact: fact.handle_due_at),
    ),
    facts.AssignmentSigned: (Move("STOP", "SIGN"),),
    facts.AssignmentReturned: (Move("STOP", "SIGN"), Move("STOP", "HANDLE")),
    facts.CaseHandedToMediation: (Move("STOP", "SIGN"), Move("STOP", "HANDLE")),
    facts.DeadlineExtended: (Move("EXTEND", "HANDLE", limit=lambda fact: fact.limit),),
    facts.CaseSuspended: (Move("PAUSE", "HANDLE", until=lambda fact: fact.resume_at),),
    facts.CaseResumed: (Move("RESUME", "HANDLE"),),
    facts.FeedbackSubmitted: (Move("PAUSE", "HANDLE"), Move("START", "CHECK")),
    facts.FeedbackRejected: (Move("STOP", "CHECK"), Move("RESUME", "HANDLE")),
    facts.CaseClosed: (Move("STOP", "HANDLE"), Move("STOP", "CHECK"), Move("START", "CALLBACK")),
    facts.CallbackRecorded: (Move("STOP", "CALLBACK", when=_is_final),),
    facts.CaseReopened: (Move("STOP", "CALLBACK"), Move("START", "SIGN"), Move("START", "HANDLE")),
}
"""Which fact moves which clock (lifecycles C2). A deadline that the dispatcher states wins over the limit."""
PINS: frozenset[type[Event]] = frozenset({facts.CaseDispatched})
"""Each assignment names the edition whose limits bind it: the one that the filing pinned."""
HELD_BY_THE_LEAD = frozenset({"DISPATCHED", "HANDLING"})


def subject(case: Lifecycle) -> Subject:
    """What the limits of a case depend on; while the lead holds it, the lead's office hours count."""
    holder = case.lead if case.status in HELD_BY_THE_LEAD else case.org_code
    return Subject(case.category, case.urgency, holder or None, case.policy_version)
