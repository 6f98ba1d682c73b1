"""From the unit's answer to the close, and back again when it does not hold (lifecycles C2 #18 to #25).

These commands move the lifecycle, so they have no record of their own.
"""

from typing import assert_never

from libs.events.contracts.dispatch import CaseClosed, CaseReopened, FeedbackRejected, FeedbackSubmitted
from libs.events.errors import IllegalTransition, Rejected
from services.dispatch.commands import CloseCase, RejectFeedback, Reopen, SubmitFeedback
from services.dispatch.decider.lifecycle import Lifecycle

Command = SubmitFeedback | RejectFeedback | CloseCase | Reopen
Fact = FeedbackSubmitted | FeedbackRejected | CaseClosed | CaseReopened

PHOTO_CHANNELS = frozenset({"01", "02"})
"""What was reported with a photo is answered with one (complaints H6)."""
HOTLINE = "03"


class AfterPhotoIsMissing(Rejected, rule="dispatch.after_photo_is_missing"): ...


class ContactIsNotRecorded(Rejected, rule="dispatch.contact_is_not_recorded"): ...


class ContactInTheFuture(Rejected, rule="dispatch.contact_in_the_future"): ...


class HandlerReviewsOwnWork(Rejected, rule="dispatch.handler_reviews_own_work"): ...


class NotAHotlineCase(Rejected, rule="dispatch.not_a_hotline_case"): ...


def decide(command: Command, case: Lifecycle) -> list[Fact]:
    """One function per command; this is the table of them."""
    match command:
        case SubmitFeedback():
            return submit_feedback(command, case)
        case RejectFeedback():
            return reject_feedback(command, case)
        case CloseCase():
            return close(command, case)
        case Reopen():
            return reopen(command, case)
        case _:
            assert_never(command)


def submit_feedback(command: SubmitFeedback, case: Lifecycle) -> list[Fact]:
    """The lead answers with measures, the record of contact and, where there was one before, a photo."""
    if case.status != "HANDLING":
        raise IllegalTransition
    case.must_be_led_by(command.org)
    must_show_the_work(command, case)
    must_record_contact(command)
    return [
        FeedbackSubmitted(
            assignment_no=case.assignment_no,
            org=command.org,
            result=command.result,
            truth=command.truth,
            contacted=command.contacted,
            contacted_at=command.contacted_at,
            no_contact_reason=command.no_contact_reason,
            measures=command.measures,
            public_reply=command.public_reply,
            attachments=command.attachments,
            by=command.by,
        )
    ]


def must_show_the_work(command: SubmitFeedback, case: Lifecycle) -> None:
    """A photo of before asks for one of after; a legacy register never had the first."""
    photographed = case.origin == "INTAKE" and case.channel in PHOTO_CHANNELS
    if photographed and all(file.phase != "AFTER" for file in command.attachments):
        raise AfterPhotoIsMissing


def must_record_contact(command: SubmitFeedback) -> None:
    """Contacted needs the time of it, not contacted needs the reason, and never both (complaints H12)."""
    if command.contacted != (command.contacted_at is not None):
        raise ContactIsNotRecorded
    if command.contacted == (command.no_contact_reason is not None):
        raise ContactIsNotRecorded
    if command.contacted_at is not None and command.contacted_at > command.at:
        raise ContactInTheFuture


def reject_feedback(command: RejectFeedback, case: Lifecycle) -> list[Fact]:
    """The platform sends the answer back; who gave it does not judge it (roles rule 1)."""
    if case.status != "FEEDBACK":
        raise IllegalTransition
    if command.by in case.handlers:
        raise HandlerReviewsOwnWork
    return [
        FeedbackRejected(assignment_no=case.assignment_no, explanation=command.explanation, by=command.by)
    ]


def close(command: CloseCase, case: Lifecycle) -> list[Fact]:
    """Handler and closer are two people (A04, lifecycles C0 rule 6); cycle 1 is the first close."""
    if case.status == "CLOSED" and command.outcome == case.outcome:
        return []
    if case.status != "FEEDBACK":
        raise IllegalTransition
    if command.by in case.handlers:
        raise HandlerReviewsOwnWork
    return [
        CaseClosed(
            assignment_no=case.assignment_no,
            org=case.lead,
            outcome=command.outcome,
            check=command.check,
            explanation=command.explanation,
            cycle=case.reopen_no + 1,
            closed_at=command.at,
            by=command.by,
        )
    ]


def reopen(command: Reopen, case: Lifecycle) -> list[Fact]:
    """The last lead handles the case again under a fresh assignment."""
    if case.status != "CLOSED":
        raise IllegalTransition
    if command.cause == "HOTLINE_REFUSED" and case.channel != HOTLINE:
        raise NotAHotlineCase
    return [
        CaseReopened(
            cause=command.cause,
            reopen_no=case.reopen_no + 1,
            assignment_no=case.assignment_no + 1,
            lead=case.lead,
            explanation=command.explanation,
            by=command.by,
        )
    ]
