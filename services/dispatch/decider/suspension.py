"""A case that cannot go on for a while: asked for, granted, resumed on its date or before (C2 #14, #15)."""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from libs.events.contracts import dispatch as facts
from libs.events.contracts.values import Instant, SlaClock, SuspensionReason, UserId
from libs.events.errors import IllegalTransition, Rejected
from services.dispatch.commands import RejectSuspension, RequestSuspension, Resume, Suspend
from services.dispatch.decider.lifecycle import Lifecycle
from services.dispatch.decider.requests import ApplicantDecides

Command = RequestSuspension | Suspend | RejectSuspension | Resume
Fact = facts.SuspensionRequested | facts.CaseSuspended | facts.SuspensionRejected | facts.CaseResumed
Status = Literal["NONE", "OPEN", "SUSPENDED"]

BLOCKED = frozenset({"submit-feedback", "request-return", "request-extension", "request-suspension"})
"""What the unit does with a case it handles; suspended, it does not handle it."""


class SuspensionIsOpen(Rejected, rule="dispatch.suspension_is_open"): ...


class NoSuspensionIsOpen(Rejected, rule="dispatch.no_suspension_is_open"): ...


class CaseIsSuspended(Rejected, rule="dispatch.case_is_suspended"): ...


class CaseIsNotSuspended(Rejected, rule="dispatch.case_is_not_suspended"): ...


class SuspendedAfterTheDeadline(Rejected, rule="dispatch.suspended_after_the_deadline"): ...


class ResumeDateHasPassed(Rejected, rule="dispatch.resume_date_has_passed"): ...


@dataclass(frozen=True, slots=True)
class Suspension:
    """The request or the suspension that holds now."""

    status: Status = "NONE"
    reason: SuspensionReason = "H01"
    resume_at: Instant | None = None
    by: UserId = ""

    def must_not_hold(self) -> None:
        """A suspended case is resumed before anything is done with it."""
        if self.status == "SUSPENDED":
            raise CaseIsSuspended


NOTHING_ASKED = Suspension()


def decide(command: Command, suspension: Suspension, case: Lifecycle, clock: SlaClock | None) -> list[Fact]:
    """One function per command; `clock` is that of the handling, where one runs."""
    match command:
        case RequestSuspension():
            return request(command, suspension, case, clock)
        case Suspend():
            return suspend(command, suspension, case, clock)
        case RejectSuspension():
            must_be_open(suspension, command.by)
            explanation, number = command.explanation, case.assignment_no
            return [facts.SuspensionRejected(assignment_no=number, explanation=explanation, by=command.by)]
        case Resume():
            if suspension.status != "SUSPENDED":
                raise CaseIsNotSuspended
            return [facts.CaseResumed(assignment_no=case.assignment_no, planned=False, by=command.by)]
        case _:
            assert_never(command)


def request(
    command: RequestSuspension, suspension: Suspension, case: Lifecycle, clock: SlaClock | None
) -> list[Fact]:
    """By the lead, with a reason and a date to come; what is overdue stays overdue (C5 rule 6)."""
    if case.status != "HANDLING":
        raise IllegalTransition
    case.must_be_led_by(command.org)
    suspension.must_not_hold()
    if suspension == Suspension("OPEN", command.reason, command.resume_at, command.by):
        return []
    if suspension.status == "OPEN":
        raise SuspensionIsOpen
    must_be_ahead(command.resume_at, command.at, clock)
    return [
        facts.SuspensionRequested(
            assignment_no=case.assignment_no,
            org=command.org,
            reason=command.reason,
            resume_at=command.resume_at,
            explanation=command.explanation,
            by=command.by,
        )
    ]


def suspend(command: Suspend, suspension: Suspension, case: Lifecycle, clock: SlaClock | None) -> list[Fact]:
    """Until the date that was asked for; by somebody other than the applicant (lifecycles C0 rule 6)."""
    resume_at = must_be_open(suspension, command.by)
    must_be_ahead(resume_at, command.at, clock)
    return [
        facts.CaseSuspended(
            assignment_no=case.assignment_no, reason=suspension.reason, resume_at=resume_at, by=command.by
        )
    ]


def must_be_ahead(resume_at: Instant, at: Instant, clock: SlaClock | None) -> None:
    """The date is to come, and so is the deadline where there is one."""
    if resume_at <= at:
        raise ResumeDateHasPassed
    if clock is not None and (clock.breached or (clock.due_at is not None and at >= clock.due_at)):
        raise SuspendedAfterTheDeadline


def must_be_open(suspension: Suspension, decider: UserId) -> Instant:
    """The date of the request to decide, made by somebody else."""
    if suspension.status != "OPEN" or suspension.resume_at is None:
        raise NoSuspensionIsOpen
    if decider == suspension.by:
        raise ApplicantDecides
    return suspension.resume_at


def evolve(suspension: Suspension, fact: object) -> Suspension:
    """How the region moves; whatever ends or changes the assignment ends it with it."""
    match fact:
        case facts.SuspensionRequested(reason=reason, resume_at=resume_at, by=by):
            return Suspension("OPEN", reason, resume_at, by)
        case facts.CaseSuspended():
            return replace(suspension, status="SUSPENDED")
        case facts.SuspensionRejected() | facts.CaseResumed() | facts.FeedbackSubmitted():
            return NOTHING_ASKED
        case facts.CaseReopened() | facts.AssignmentReturned() | facts.CaseHandedToMediation():
            return NOTHING_ASKED
        case _:
            return suspension


def possible(suspension: Suspension) -> tuple[str, ...]:
    """What the region offers while the case is handled."""
    if suspension.status == "SUSPENDED":
        return ("resume",)
    if suspension.status == "OPEN":
        return ("reject-suspension", "request-suspension", "suspend")
    return ("request-suspension",)
