"""The period of mediation: how it stands still, and how the parties lengthen it (lifecycles C3 #10, #11).

These commands move the lifecycle, so they have no record of their own; their facts move the clock.
"""

from typing import assert_never

from libs.events.contracts.mediation import MediationPaused, MediationResumed, PeriodExtended
from libs.events.contracts.values import SlaClock
from libs.events.errors import IllegalTransition, Rejected
from services.mediation.commands import ExtendPeriod, PauseMediation, ResumeMediation
from services.mediation.decider.lifecycle import Lifecycle, must_have_happened
from services.mediation.decider.opening import NotEveryPartyConsents

Command = PauseMediation | ResumeMediation | ExtendPeriod
Fact = MediationPaused | MediationResumed | PeriodExtended


class PeriodHasEnded(Rejected, rule="mediation.period_has_ended"): ...


def decide(command: Command, dispute: Lifecycle, clock: SlaClock | None) -> list[Fact]:
    """One function per command; this is the table of them. `clock` is the period's, where one runs."""
    match command:
        case PauseMediation():
            return pause(command, dispute)
        case ResumeMediation():
            return resume(command, dispute)
        case ExtendPeriod():
            return extend(command, dispute, clock)
        case _:
            assert_never(command)


def pause(command: PauseMediation, dispute: Lifecycle) -> list[Fact]:
    """Only what is under way can stand still."""
    if dispute.status != "MEDIATING":
        raise IllegalTransition
    return [MediationPaused(reason=command.reason, explanation=command.explanation, by=command.by)]


def resume(command: ResumeMediation, dispute: Lifecycle) -> list[Fact]:
    """Mediation goes on where it stood."""
    if dispute.status != "PAUSED":
        raise IllegalTransition
    return [MediationResumed(by=command.by)]


def extend(command: ExtendPeriod, dispute: Lifecycle, clock: SlaClock | None) -> list[Fact]:
    """Every party agrees, and agrees before the period is over (L9 art. 27, L10 art. 24)."""
    if dispute.status != "MEDIATING":
        raise IllegalTransition
    if command.agreed_at == dispute.extended_at:
        return []
    if command.consents != dispute.party_count:
        raise NotEveryPartyConsents
    must_have_happened(command.agreed_at, command.at)
    if clock is not None and clock.due_at is not None and command.agreed_at >= clock.due_at:
        raise PeriodHasEnded
    return [
        PeriodExtended(
            extension_no=dispute.extension_no + 1,
            limit=command.limit,
            consents=command.consents,
            agreed_at=command.agreed_at,
            by=command.by,
        )
    ]
