"""More time for the handling, asked for by the unit and decided by the platform (lifecycles C2 #11 to #13).

The clock runs on until the request is decided, and a request that is open at the deadline has lapsed with it.
"""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from libs.events.contracts import dispatch as facts
from libs.events.contracts.values import LimitText, SlaClock, UserId
from libs.events.errors import IllegalTransition, Rejected
from libs.worktime import Limit
from services.dispatch.commands import ApproveExtension, RejectExtension, RequestExtension
from services.dispatch.decider.lifecycle import Lifecycle
from services.dispatch.decider.requests import ApplicantDecides

Command = RequestExtension | ApproveExtension | RejectExtension
Fact = facts.ExtensionRequested | facts.DeadlineExtended | facts.ExtensionRejected
Status = Literal["NONE", "OPEN", "LAPSED"]

EXTENSIONS_ALLOWED = 2
"""Per assignment; the second one only a leader grants (P12)."""


class NothingToExtend(Rejected, rule="dispatch.nothing_to_extend"): ...


class ExtensionIsOpen(Rejected, rule="dispatch.extension_is_open"): ...


class NoExtensionIsOpen(Rejected, rule="dispatch.no_extension_is_open"): ...


class ExtendedTooOften(Rejected, rule="dispatch.extended_too_often"): ...


class LongerThanAsked(Rejected, rule="dispatch.longer_than_asked"): ...


class LeaderDecides(Rejected, rule="dispatch.leader_decides"): ...


@dataclass(frozen=True, slots=True)
class Extension:
    """The open request of the present assignment, and how often it got more time."""

    status: Status = "NONE"
    limit: LimitText = ""
    by: UserId = ""
    extensions: int = 0


NOTHING_ASKED = Extension()


def decide(command: Command, extension: Extension, case: Lifecycle, clock: SlaClock | None) -> list[Fact]:
    """One function per command; `clock` is that of the handling, where one runs."""
    match command:
        case RequestExtension():
            return request(command, extension, case, clock)
        case ApproveExtension():
            return approve(command, extension, case)
        case RejectExtension():
            must_be_open(extension, command.by)
            explanation, number = command.explanation, case.assignment_no
            return [facts.ExtensionRejected(assignment_no=number, explanation=explanation, by=command.by)]
        case _:
            assert_never(command)


def request(
    command: RequestExtension, extension: Extension, case: Lifecycle, clock: SlaClock | None
) -> list[Fact]:
    """By the lead, while it handles the case and its deadline is still to come."""
    if case.status != "HANDLING":
        raise IllegalTransition
    case.must_be_led_by(command.org)
    if extension.status == "OPEN":
        if (extension.limit, extension.by) == (command.limit, command.by):
            return []
        raise ExtensionIsOpen
    if extension.extensions >= EXTENSIONS_ALLOWED:
        raise ExtendedTooOften
    if not extendable(clock) or (clock and clock.due_at and command.at >= clock.due_at):
        raise NothingToExtend
    return [
        facts.ExtensionRequested(
            assignment_no=case.assignment_no,
            org=command.org,
            limit=command.limit,
            explanation=command.explanation,
            by=command.by,
        )
    ]


def extendable(clock: SlaClock | None) -> bool:
    """Whether a deadline is running that was not missed."""
    return clock is not None and clock.state == "RUNNING" and clock.due_at is not None and not clock.breached


def approve(command: ApproveExtension, extension: Extension, case: Lifecycle) -> list[Fact]:
    """As much as was asked for, or less in the same unit; the second time by a leader."""
    must_be_open(extension, command.by)
    if extension.extensions and not command.leader:
        raise LeaderDecides
    asked, granted = Limit.parse(extension.limit), Limit.parse(command.limit or extension.limit)
    if granted.unit != asked.unit or granted.amount > asked.amount:
        raise LongerThanAsked
    return [
        facts.DeadlineExtended(
            assignment_no=case.assignment_no,
            extension_no=extension.extensions + 1,
            limit=str(granted),
            by=command.by,
        )
    ]


def must_be_open(extension: Extension, decider: UserId) -> None:
    """There is a request to decide, and somebody else made it (lifecycles C0 rule 6)."""
    if extension.status != "OPEN":
        raise NoExtensionIsOpen
    if decider == extension.by:
        raise ApplicantDecides


def evolve(extension: Extension, fact: object) -> Extension:
    """How the region moves; whatever ends or changes the assignment ends the request with it."""
    match fact:
        case facts.ExtensionRequested(limit=limit, by=by):
            return replace(extension, status="OPEN", limit=limit, by=by)
        case facts.DeadlineExtended(extension_no=number):
            return replace(extension, status="NONE", extensions=number)
        case facts.SlaBreached(clock="HANDLE") if extension.status == "OPEN":
            return replace(extension, status="LAPSED")
        case facts.ExtensionRejected() | facts.FeedbackSubmitted():
            return replace(extension, status="NONE")
        case facts.CaseDispatched() | facts.CaseReopened() | facts.AssignmentReturned():
            return NOTHING_ASKED
        case facts.CaseHandedToMediation():
            return NOTHING_ASKED
        case _:
            return extension


def possible(extension: Extension, clock: SlaClock | None) -> tuple[str, ...]:
    """What the region offers while the case is handled."""
    if extension.status == "OPEN":
        return ("approve-extension", "reject-extension", "request-extension")
    spent = extension.extensions >= EXTENSIONS_ALLOWED
    return () if spent or not extendable(clock) else ("request-extension",)
