"""Judicial confirmation of an agreement: a region beside the lifecycle (lifecycles C3 #15, #16)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, assert_never

from libs.events.contracts.mediation import (
    AgreementReached,
    ConfirmationApplied,
    ConfirmationConcluded,
    DisputeRegistered,
)
from libs.events.contracts.values import Instant, OrgCode, SlaClock
from libs.events.errors import IllegalTransition, Rejected
from libs.worktime.schedule import CHINA
from services.mediation.commands import ApplyConfirmation, RecordConfirmation
from services.mediation.decider.lifecycle import Lifecycle, must_have_happened

Command = ApplyConfirmation | RecordConfirmation
Fact = DisputeRegistered | AgreementReached | ConfirmationApplied | ConfirmationConcluded
Status = Literal["NONE", "APPLIED", "CONFIRMED", "REFUSED", "WITHDRAWN"]

DAYS = 30
"""Counted from the day after the agreement took effect (L1 art. 33, civil code art. 201)."""
IDENTITY = ("5.DC.0101",)
"""Disputes about marriage: courts confirm no agreement on identity, adoption or marriage (L2 art. 4)."""
OPEN: frozenset[Status] = frozenset({"NONE", "WITHDRAWN"})
"""Where an application is possible: a withdrawn one may be made again while there is time."""
_BECOMES: dict[str, Status] = {"GRANTED": "CONFIRMED", "REFUSED": "REFUSED", "WITHDRAWN": "WITHDRAWN"}


class ApplicationIsNotJoint(Rejected, rule="mediation.application_is_not_joint"): ...


class IdentityIsNotConfirmed(Rejected, rule="mediation.identity_is_not_confirmed"): ...


class AgreementIsNotYetEffective(Rejected, rule="mediation.agreement_is_not_yet_effective"): ...


class TimeToApplyHasPassed(Rejected, rule="mediation.time_to_apply_has_passed"): ...


class ConcludedBeforeApplied(Rejected, rule="mediation.concluded_before_applied"): ...


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Where the application stands, and what later decisions ask about it."""

    status: Status = "NONE"
    effective_at: Instant | None = None
    court: OrgCode | None = None
    applied_at: Instant | None = None


def decide(
    command: Command, confirmation: Confirmation, dispute: Lifecycle, clock: SlaClock | None
) -> list[Fact]:
    """One function per command. `clock` is the confirmation's, where a limit was in force."""
    match command:
        case ApplyConfirmation():
            return apply(command, confirmation, dispute, clock)
        case RecordConfirmation():
            return conclude(command, confirmation)
        case _:
            assert_never(command)


def apply(
    command: ApplyConfirmation, confirmation: Confirmation, dispute: Lifecycle, clock: SlaClock | None
) -> list[Fact]:
    """Together, within thirty days, and not about who is whose relative (L1 art. 33, L2 art. 4)."""
    if (confirmation.status, confirmation.applied_at) == ("APPLIED", command.applied_at):
        return []
    if dispute.status != "AGREED" or confirmation.status not in OPEN:
        raise IllegalTransition
    if not command.joint:
        raise ApplicationIsNotJoint
    if command.concerns_identity or dispute.category.startswith(IDENTITY):
        raise IdentityIsNotConfirmed
    must_have_happened(command.applied_at, command.at)
    _must_be_in_time(command.applied_at, confirmation.effective_at, clock)
    return [ConfirmationApplied(court=command.court, applied_at=command.applied_at, by=command.by)]


def _must_be_in_time(applied_at: Instant, effective_at: Instant | None, clock: SlaClock | None) -> None:
    if effective_at is None or applied_at < effective_at:
        raise AgreementIsNotYetEffective
    if applied_at >= (clock.due_at if clock and clock.due_at else last_moment(effective_at)):
        raise TimeToApplyHasPassed


def last_moment(effective_at: Instant) -> datetime:
    """24:00 of the thirtieth day where no calendar was in force to roll it over a holiday."""
    day = effective_at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=DAYS + 1)


def conclude(command: RecordConfirmation, confirmation: Confirmation) -> list[Fact]:
    """The court confirms or refuses, or the parties withdraw (L2 arts. 4-5)."""
    if confirmation.status == _BECOMES[command.result]:
        return []
    if confirmation.status != "APPLIED" or confirmation.applied_at is None:
        raise IllegalTransition
    must_have_happened(command.concluded_at, command.at)
    if command.concluded_at < confirmation.applied_at:
        raise ConcludedBeforeApplied
    return [
        ConfirmationConcluded(
            result=command.result, doc_no=command.doc_no, concluded_at=command.concluded_at, by=command.by
        )
    ]


def possible(confirmation: Confirmation, dispute: Lifecycle) -> tuple[str, ...]:
    """The commands of this region that are open now, in kebab case."""
    if confirmation.status == "APPLIED":
        return ("record-confirmation",)
    return ("apply-confirmation",) if dispute.status == "AGREED" and confirmation.status in OPEN else ()


def evolve(confirmation: Confirmation, fact: Fact) -> Confirmation:
    """An agreement may be confirmed once it is effective; a new dispute of the matter begins anew."""
    match fact:
        case DisputeRegistered():
            return Confirmation()
        case AgreementReached():
            return Confirmation(effective_at=fact.effective_at)
        case ConfirmationApplied():
            return replace(confirmation, status="APPLIED", court=fact.court, applied_at=fact.applied_at)
        case ConfirmationConcluded():
            return replace(confirmation, status=_BECOMES[fact.result])
        case _:
            assert_never(fact)
