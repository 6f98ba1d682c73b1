"""The lifecycle of a dispute: registered, accepted, in a mediator's hands (lifecycles C3)."""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from libs.events.contracts import mediation as facts
from libs.events.contracts.values import (
    CategoryCode,
    Count,
    DisputeOutcome,
    EditionName,
    FailCause,
    Instant,
    Scale,
    UserId,
)
from libs.events.errors import Rejected

Fact = (
    facts.DisputeRegistered
    | facts.MediationProposed
    | facts.MediationAccepted
    | facts.MediatorsAppointed
    | facts.SessionHeld
    | facts.MediationPaused
    | facts.MediationResumed
    | facts.PeriodExtended
    | facts.AgreementReached
    | facts.MediationFailed
    | facts.DisputeEscalated
    | facts.DisputeClosed
)
Status = Literal[
    "NEW",
    "REGISTERED",
    "SCREENING",
    "ACCEPTED",
    "ASSIGNED",
    "MEDIATING",
    "PAUSED",
    "AGREED",
    "FAILED",
    "CLOSED",
]
Origin = Literal["SCREENING", "INTAKE", "HAND_OVER", "HOTLINE", "IMPORT"]

POSSIBLE: dict[Status, tuple[str, ...]] = {
    "NEW": (),
    "REGISTERED": ("accept-mediation", "escalate-dispute"),
    "SCREENING": (),
    "ACCEPTED": ("appoint-mediators", "escalate-dispute"),
    "ASSIGNED": ("escalate-dispute", "hold-session"),
    "MEDIATING": (
        "end-unsuccessful",
        "escalate-dispute",
        "extend-period",
        "hold-session",
        "pause-mediation",
        "reach-agreement",
    ),
    "PAUSED": ("resume-mediation",),
    "AGREED": ("close-dispute",),
    "FAILED": ("close-dispute", "escalate-dispute"),
    "CLOSED": (),
}


class DateIsInTheFuture(Rejected, rule="mediation.date_is_in_the_future"): ...


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The status, what later decisions ask about the dispute, and how often it was closed."""

    status: Status = "NEW"
    origin: Origin = "SCREENING"
    hand_over_no: Count = 0
    category: CategoryCode = ""
    edition: EditionName | None = None
    scale: Scale = "01"
    party_count: Count = 0
    mediators: tuple[UserId, ...] = ()
    chief: UserId = ""
    session_no: Count = 0
    last_session_at: Instant | None = None
    extension_no: Count = 0
    extended_at: Instant | None = None
    fail_cause: FailCause | None = None
    outcome: DisputeOutcome | None = None
    cycle: Count = 0


def must_have_happened(moment: Instant, at: Instant) -> None:
    """Nobody records what has yet to come."""
    if moment > at:
        raise DateIsInTheFuture


def evolve(dispute: Lifecycle, fact: Fact) -> Lifecycle:
    """How the dispute moves with each fact.

    Escalation keeps consents that stand; after a failure the upper level asks anew, for nobody is forced.
    """
    match fact:
        case facts.DisputeRegistered():
            return Lifecycle(
                status="REGISTERED",
                origin=fact.origin,
                hand_over_no=fact.hand_over_no,
                category=fact.category,
                edition=fact.policy_version,
                scale=fact.scale,
                party_count=fact.party_count,
                cycle=dispute.cycle,
            )
        case facts.MediationProposed():
            return replace(dispute, status="SCREENING")
        case facts.MediationAccepted():
            return replace(dispute, status="ACCEPTED")
        case facts.MediatorsAppointed():
            return replace(dispute, status="ASSIGNED", mediators=fact.mediators, chief=fact.chief)
        case facts.SessionHeld():
            return replace(
                dispute, status="MEDIATING", session_no=fact.session_no, last_session_at=fact.held_at
            )
        case facts.MediationPaused():
            return replace(dispute, status="PAUSED")
        case facts.MediationResumed():
            return replace(dispute, status="MEDIATING")
        case facts.PeriodExtended():
            return replace(dispute, extension_no=fact.extension_no, extended_at=fact.agreed_at)
        case facts.AgreementReached():
            return replace(dispute, status="AGREED")
        case facts.MediationFailed():
            return replace(dispute, status="FAILED", fail_cause=fact.cause)
        case facts.DisputeEscalated():
            consented = dispute.status in {"ACCEPTED", "ASSIGNED", "MEDIATING"}
            return replace(dispute, status="ACCEPTED" if consented else "REGISTERED", mediators=(), chief="")
        case facts.DisputeClosed():
            return replace(dispute, status="CLOSED", outcome=fact.outcome, cycle=fact.cycle)
        case _:
            assert_never(fact)
