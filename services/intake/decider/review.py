"""The lifecycle of a report: from submission to a case, or to a reasoned refusal (lifecycles C1)."""

from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Literal, assert_never

from libs.events.carrier import carrier
from libs.events.contracts.intake import CaseFiled, ReportApproved, ReportDeclined, ReportSubmitted
from libs.events.contracts.values import (
    CategoryCode,
    Channel,
    DeclineReason,
    GridCode,
    OrgCode,
    Route,
    Urgency,
)
from libs.events.errors import IllegalTransition, Rejected
from services.intake.commands import ApproveReport, DeclineReport, FileCase, SubmitReport

Command = SubmitReport | ApproveReport | DeclineReport | FileCase
Fact = ReportSubmitted | ReportApproved | ReportDeclined | CaseFiled
Status = Literal["NEW", "SUBMITTED", "APPROVED", "FILED", "DECLINED"]

PHOTO_CHANNELS = frozenset({"01", "02"})
"""Grid workers and citizens with a camera show what they saw (lifecycles C1 #2)."""
POSSIBLE: dict[Status, tuple[str, ...]] = {
    "NEW": (),
    "SUBMITTED": ("approve-report", "decline-report"),
    "APPROVED": ("decline-report", "file-case"),
    "FILED": (),
    "DECLINED": (),
}
_SUBMITTED = tuple(name for name in ReportSubmitted.model_fields if name != "clocks")
_submitted = attrgetter(*_SUBMITTED)


class PhotoIsMissing(Rejected, rule="intake.photo_is_missing"): ...


class ReportedInTheFuture(Rejected, rule="intake.reported_in_the_future"): ...


class AnonymousReporterIsNamed(Rejected, rule="intake.anonymous_reporter_is_named"): ...


class ReviewerReportedIt(Rejected, rule="intake.reviewer_reported_it"): ...


class ConfidentialityIsTheReporters(Rejected, rule="intake.confidentiality_is_the_reporters"): ...


@carrier
@dataclass(frozen=True, slots=True)
class Review:
    """What the report says it is, who brought it, and how far its review has come."""

    status: Status = "NEW"
    channel: Channel = "99"
    category: CategoryCode = ""
    urgency: Urgency = "1"
    org_code: OrgCode = ""
    grid_code: GridCode = ""
    confidential: bool = False
    reported_by: str = ""
    declined_for: DeclineReason | None = None
    route: Route | None = None
    policy_version: str | None = None


def decide(command: Command, review: Review) -> list[Fact]:
    """One function per command; this is the table of them."""
    match command:
        case SubmitReport():
            return submit(command, review)
        case ApproveReport():
            return approve(command, review)
        case DeclineReport():
            return decline(command, review)
        case FileCase():
            return file(command, review)
        case _:
            assert_never(command)


def submit(command: SubmitReport, review: Review) -> list[Fact]:
    """Photo channels bring a photo; an anonymous report names nobody."""
    if review.status != "NEW":
        raise IllegalTransition
    if command.channel in PHOTO_CHANNELS and all(file.phase != "BEFORE" for file in command.attachments):
        raise PhotoIsMissing
    if command.reported_at > command.at:
        raise ReportedInTheFuture
    if command.anonymous and command.reporter is not None:
        raise AnonymousReporterIsNamed
    return [ReportSubmitted(**dict(zip(_SUBMITTED, _submitted(command), strict=True)))]


def approve(command: ApproveReport, review: Review) -> list[Fact]:
    """The reviewer is not the reporter, and only the reporter lifts confidentiality (C1 #20)."""
    if review.status != "SUBMITTED":
        raise IllegalTransition
    if command.by == review.reported_by:
        raise ReviewerReportedIt
    if review.confidential and not command.confidential:
        raise ConfidentialityIsTheReporters
    return [
        ReportApproved(
            category=command.category,
            grid_code=command.grid_code,
            urgency=command.urgency,
            confidential=command.confidential,
            by=command.by,
        )
    ]


def decline(command: DeclineReport, review: Review) -> list[Fact]:
    """The reviewer is not the reporter (C0 rule 6)."""
    if review.declined_for == command.reason:
        return []
    if review.status not in {"SUBMITTED", "APPROVED"}:
        raise IllegalTransition
    if command.by == review.reported_by:
        raise ReviewerReportedIt
    return [ReportDeclined(reason=command.reason, explanation=command.explanation, by=command.by)]


def file(command: FileCase, review: Review) -> list[Fact]:
    """The case carries what the review fixed; filing the same route again changes nothing."""
    if review.route == command.route:
        return []
    if review.status != "APPROVED":
        raise IllegalTransition
    return [
        CaseFiled(
            case_no=command.case_no,
            route=command.route,
            channel=review.channel,
            category=review.category,
            urgency=review.urgency,
            org_code=review.org_code,
            grid_code=review.grid_code,
            confidential=review.confidential,
            filed_at=command.at,
            policy_version=command.policy_version,
            by=command.by,
        )
    ]


def evolve(review: Review, fact: Fact) -> Review:
    """How the review moves with each fact."""
    match fact:
        case ReportSubmitted():
            return Review(
                status="SUBMITTED",
                channel=fact.channel,
                category=fact.category,
                urgency=fact.urgency,
                org_code=fact.org_code,
                grid_code=fact.grid_code,
                confidential=fact.confidential,
                reported_by=fact.by,
            )
        case ReportApproved():
            return replace(
                review,
                status="APPROVED",
                category=fact.category,
                urgency=fact.urgency,
                grid_code=fact.grid_code,
                confidential=fact.confidential,
            )
        case ReportDeclined(reason=reason):
            return replace(review, status="DECLINED", declined_for=reason)
        case CaseFiled(route=route, policy_version=policy):
            return replace(review, status="FILED", route=route, policy_version=policy)
        case _:
            assert_never(fact)
