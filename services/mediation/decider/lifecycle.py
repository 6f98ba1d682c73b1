"""The lifecycle of a dispute: registered, accepted, in a mediator's hands (lifecycles C3)."""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from libs.events.contracts import mediation as facts
from libs.events.contracts.values import Count, DisputeOutcome, FailCause, Instant, Scale, UserId
from libs.events.errors import IllegalTransition, Rejected
from services.mediation.commands import AcceptMediation, AppointMediators, RegisterDispute

Command = RegisterDispute | AcceptMediation | AppointMediators
Fact = (
    facts.DisputeRegistered
    | facts.MediationProposed
    | facts.MediationAccepted
    | facts.MediatorsAppointed
    | facts.SessionHeld
    | facts.AgreementReached
    | facts.MediationFailed
    | facts.DisputeEscalated
    | facts.DisputeClosed
)
Status = Literal[
    "NEW", "REGISTERED", "SCREENING", "ACCEPTED", "ASSIGNED", "MEDIATING", "AGREED", "FAILED", "CLOSED"
]
Origin = Literal["SCREENING", "INTAKE", "HAND_OVER", "HOTLINE", "IMPORT"]

POSSIBLE: dict[Status, tuple[str, ...]] = {
    "NEW": (),
    "REGISTERED": ("accept-mediation", "escalate-dispute"),
    "SCREENING": (),
    "ACCEPTED": ("appoint-mediators", "escalate-dispute"),
    "ASSIGNED": ("escalate-dispute", "hold-session"),
    "MEDIATING": ("end-unsuccessful", "escalate-dispute", "hold-session", "reach-agreement"),
    "AGREED": ("close-dispute",),
    "FAILED": ("close-dispute", "escalate-dispute"),
    "CLOSED": (),
}
SIDES = 2
"""A dispute has two sides at least (L1 art. 17)."""


class TooFewParties(Rejected, rule="mediation.too_few_parties"): ...


class PartyIsMissing(Rejected, rule="mediation.party_is_missing"): ...


class NotEveryPartyConsents(Rejected, rule="mediation.not_every_party_consents"): ...


class ChiefIsNotAppointed(Rejected, rule="mediation.chief_is_not_appointed"): ...


class InterestsAreNotDisclosed(Rejected, rule="mediation.interests_are_not_disclosed"): ...


class DateIsInTheFuture(Rejected, rule="mediation.date_is_in_the_future"): ...


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The status, what later decisions ask about the dispute, and how often it was closed."""

    status: Status = "NEW"
    origin: Origin = "SCREENING"
    hand_over_no: Count = 0
    scale: Scale = "01"
    party_count: Count = 0
    mediators: tuple[UserId, ...] = ()
    chief: UserId = ""
    session_no: Count = 0
    last_session_at: Instant | None = None
    fail_cause: FailCause | None = None
    outcome: DisputeOutcome | None = None
    cycle: Count = 0


def decide(command: Command, dispute: Lifecycle) -> list[Fact]:
    """One function per command; this is the table of them."""
    match command:
        case RegisterDispute():
            return register(command, dispute)
        case AcceptMediation():
            return accept(command, dispute)
        case AppointMediators():
            return appoint(command, dispute)
        case _:
            assert_never(command)


def must_have_happened(moment: Instant, at: Instant) -> None:
    """Nobody records what has yet to come."""
    if moment > at:
        raise DateIsInTheFuture


def register(command: RegisterDispute, dispute: Lifecycle) -> list[Fact]:
    """Once; and again when dispatch hands the closed matter over under a newer number."""
    if dispute.status != "NEW" and command.hand_over_no <= dispute.hand_over_no:
        return []
    if dispute.status not in {"NEW", "CLOSED"}:
        raise IllegalTransition
    if command.party_count < SIDES:
        raise TooFewParties
    must_have_happened(command.registered_at, command.at)
    words = facts.DisputeRegistered.model_fields
    return [facts.DisputeRegistered(**{word: getattr(command, word) for word in words})]


def accept(command: AcceptMediation, dispute: Lifecycle) -> list[Fact]:
    """Voluntary or not at all: every party consents, and no registered party is left out (L1 art. 17)."""
    if dispute.status != "REGISTERED":
        raise IllegalTransition
    parties = dispute.party_count if command.party_count is None else command.party_count
    if parties < dispute.party_count:
        raise PartyIsMissing
    if command.consents != parties:
        raise NotEveryPartyConsents
    return [
        facts.MediationProposed(initiated_by=command.initiated_by, by=command.by),
        facts.MediationAccepted(
            mediation_type=command.mediation_type,
            committee=command.committee,
            consents=command.consents,
            by=command.by,
        ),
    ]


def appoint(command: AppointMediators, dispute: Lifecycle) -> list[Fact]:
    """One or several, the chief among them, interests disclosed (L1 art. 19)."""
    chosen = (command.mediators, command.chief)
    if dispute.status == "ASSIGNED" and chosen == (dispute.mediators, dispute.chief):
        return []
    if dispute.status != "ACCEPTED":
        raise IllegalTransition
    if command.chief not in command.mediators:
        raise ChiefIsNotAppointed
    if not command.interests_disclosed:
        raise InterestsAreNotDisclosed
    return [
        facts.MediatorsAppointed(
            mediators=command.mediators, chief=command.chief, chosen_by=command.chosen_by, by=command.by
        )
    ]


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
