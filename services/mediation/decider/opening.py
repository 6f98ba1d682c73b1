"""How a dispute begins: found, accepted with every consent, given to mediators (lifecycles C3 #1 to #5).

These commands move the lifecycle, so they have no record of their own.
"""

from typing import assert_never

from libs.events.contracts import mediation as facts
from libs.events.errors import IllegalTransition, Rejected
from services.mediation.commands import AcceptMediation, AppointMediators, RegisterDispute
from services.mediation.decider.lifecycle import Lifecycle, must_have_happened

Command = RegisterDispute | AcceptMediation | AppointMediators
Fact = facts.DisputeRegistered | facts.MediationProposed | facts.MediationAccepted | facts.MediatorsAppointed

SIDES = 2
"""A dispute has two sides at least (L1 art. 17)."""


class TooFewParties(Rejected, rule="mediation.too_few_parties"): ...


class PartyIsMissing(Rejected, rule="mediation.party_is_missing"): ...


class NotEveryPartyConsents(Rejected, rule="mediation.not_every_party_consents"): ...


class ChiefIsNotAppointed(Rejected, rule="mediation.chief_is_not_appointed"): ...


class InterestsAreNotDisclosed(Rejected, rule="mediation.interests_are_not_disclosed"): ...


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
