"""What happens between the parties: sessions, an agreement, or an end without one (lifecycles C3 #8 to #17).

These commands move the lifecycle, so they have no record of their own.
"""

from typing import assert_never

from libs.events.contracts.mediation import AgreementReached, MediationFailed, SessionHeld
from libs.events.errors import IllegalTransition, Rejected
from services.mediation.commands import EndUnsuccessful, HoldSession, ReachAgreement
from services.mediation.decider.lifecycle import Lifecycle, must_have_happened

Command = HoldSession | ReachAgreement | EndUnsuccessful
Fact = SessionHeld | AgreementReached | MediationFailed

MAJOR = "03"


class RightsAreNotTold(Rejected, rule="mediation.rights_are_not_told"): ...


class AgreementMustBeWritten(Rejected, rule="mediation.agreement_must_be_written"): ...


class OtherRoutesAreNotTold(Rejected, rule="mediation.other_routes_are_not_told"): ...


def decide(command: Command, dispute: Lifecycle) -> list[Fact]:
    """One function per command; this is the table of them."""
    match command:
        case HoldSession():
            return hold_session(command, dispute)
        case ReachAgreement():
            return reach_agreement(command, dispute)
        case EndUnsuccessful():
            return end_unsuccessful(command, dispute)
        case _:
            assert_never(command)


def hold_session(command: HoldSession, dispute: Lifecycle) -> list[Fact]:
    """Rights are told before a session (L14 art. 30); a dispute has one session at a time."""
    if dispute.status not in {"ASSIGNED", "MEDIATING"}:
        raise IllegalTransition
    if command.held_at == dispute.last_session_at:
        return []
    if not command.rights_told:
        raise RightsAreNotTold
    must_have_happened(command.held_at, command.at)
    return [
        SessionHeld(
            session_no=dispute.session_no + 1,
            mode=command.mode,
            place=command.place,
            attendees=command.attendees,
            record=command.record,
            held_at=command.held_at,
            by=command.by,
        )
    ]


def reach_agreement(command: ReachAgreement, dispute: Lifecycle) -> list[Fact]:
    """Written when not performed at once, on request, or for a major dispute (L1 arts. 28-30, L9 art. 24)."""
    if dispute.status != "MEDIATING":
        raise IllegalTransition
    written = not command.performed_at_once or command.written_requested or dispute.scale == MAJOR
    if written and command.form == "ORAL":
        raise AgreementMustBeWritten
    must_have_happened(command.effective_at, command.at)
    return [
        AgreementReached(
            form=command.form,
            extent=command.extent,
            performed_at_once=command.performed_at_once,
            content=command.content,
            effective_at=command.effective_at,
            by=command.by,
        )
    ]


def end_unsuccessful(command: EndUnsuccessful, dispute: Lifecycle) -> list[Fact]:
    """Mediation never blocks another route, so the parties are told of them (L1 arts. 3, 26)."""
    if dispute.status != "MEDIATING":
        raise IllegalTransition
    if not command.other_routes_told:
        raise OtherRoutesAreNotTold
    return [MediationFailed(cause=command.cause, explanation=command.explanation, by=command.by)]
