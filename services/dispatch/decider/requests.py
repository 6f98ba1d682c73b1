"""What a unit may ask of the platform, at most one open of each kind: to return the case (C2 #5 to #7).

The lifecycle does not move until a request is decided (lifecycles C0 rule 4).
"""

from dataclasses import dataclass, replace
from typing import assert_never

from libs.events.contracts.dispatch import (
    AssignmentReturned,
    CaseDispatched,
    CaseReopened,
    ReturnApproved,
    ReturnRejected,
    ReturnRequested,
)
from libs.events.contracts.values import Instant, OrgCode, ReturnReason, UserId
from libs.events.errors import IllegalTransition, Rejected
from services.dispatch.commands import ApproveReturn, RejectReturn, RequestReturn
from services.dispatch.decider.lifecycle import Lifecycle

Command = RequestReturn | ApproveReturn | RejectReturn
Fact = ReturnRequested | ReturnApproved | AssignmentReturned | ReturnRejected | CaseDispatched | CaseReopened

RETURNS_ALLOWED = 2
"""A third return means the units play ping-pong: somebody must designate one (complaints H1)."""
BLOCKED_WHILE_OPEN = frozenset(
    {"hand-to-mediation", "request-extension", "request-return", "request-suspension", "submit-feedback"}
)


class ReturnIsOpen(Rejected, rule="dispatch.return_is_open"): ...


class NoReturnIsOpen(Rejected, rule="dispatch.no_return_is_open"): ...


class ReturnedTooOften(Rejected, rule="dispatch.returned_too_often"): ...


class ReturnWasRejected(Rejected, rule="dispatch.return_was_rejected"): ...


class ReturnWindowHasPassed(Rejected, rule="dispatch.return_window_has_passed"): ...


class SuggestedUnitIsTheHolder(Rejected, rule="dispatch.suggested_unit_is_the_holder"): ...


class ApplicantDecides(Rejected, rule="dispatch.applicant_decides"): ...


@dataclass(frozen=True, slots=True)
class OpenReturn:
    """A return that waits for its decision."""

    reason: ReturnReason
    suggested_unit: OrgCode
    by: UserId


@dataclass(frozen=True, slots=True)
class Requests:
    """The open return, the window of the present assignment, and how often the case came back."""

    open_return: OpenReturn | None = None
    return_until: Instant | None = None
    rejected: bool = False
    returns: int = 0

    def must_be_settled(self) -> None:
        """A unit that says the case is not its own cannot answer it, and nobody moves it, until decided."""
        if self.open_return is not None:
            raise ReturnIsOpen


def decide(command: Command, requests: Requests, case: Lifecycle) -> list[Fact]:
    """One function per command; this is the table of them."""
    match command:
        case RequestReturn():
            return request_return(command, requests, case)
        case ApproveReturn():
            return approve_return(command, requests, case)
        case RejectReturn():
            return reject_return(command, requests, case)
        case _:
            assert_never(command)


def request_return(command: RequestReturn, requests: Requests, case: Lifecycle) -> list[Fact]:
    """Within the window, by the lead, once per assignment, with another unit suggested."""
    if case.status not in {"DISPATCHED", "HANDLING"}:
        raise IllegalTransition
    case.must_be_led_by(command.org)
    asked = OpenReturn(command.reason, command.suggested_unit, command.by)
    if requests.open_return == asked:
        return []
    requests.must_be_settled()
    must_be_returnable(command, requests)
    if command.suggested_unit == case.lead:
        raise SuggestedUnitIsTheHolder
    return [
        ReturnRequested(
            assignment_no=case.assignment_no,
            org=command.org,
            reason=command.reason,
            legal_basis=command.legal_basis,
            suggested_unit=command.suggested_unit,
            by=command.by,
        )
    ]


def must_be_returnable(command: RequestReturn, requests: Requests) -> None:
    """A rejected return binds the unit (L6 art. 22), and the window of the assignment counts."""
    if requests.returns >= RETURNS_ALLOWED:
        raise ReturnedTooOften
    if requests.rejected:
        raise ReturnWasRejected
    if requests.return_until is not None and command.at > requests.return_until:
        raise ReturnWindowHasPassed


def approve_return(command: ApproveReturn, requests: Requests, case: Lifecycle) -> list[Fact]:
    """Applicant and decider are two people (lifecycles C0 rule 6); the case waits to be dispatched again."""
    asked = open_return(requests, command.by)
    return [
        ReturnApproved(assignment_no=case.assignment_no, mis_sent=command.mis_sent, by=command.by),
        AssignmentReturned(
            assignment_no=case.assignment_no,
            org=case.lead,
            reason=asked.reason,
            return_no=requests.returns + 1,
        ),
    ]


def reject_return(command: RejectReturn, requests: Requests, case: Lifecycle) -> list[Fact]:
    """The unit must handle the case."""
    open_return(requests, command.by)
    return [ReturnRejected(assignment_no=case.assignment_no, explanation=command.explanation, by=command.by)]


def open_return(requests: Requests, decider: UserId) -> OpenReturn:
    """The return to decide, by somebody other than its applicant."""
    if requests.open_return is None:
        raise NoReturnIsOpen
    if decider == requests.open_return.by:
        raise ApplicantDecides
    return requests.open_return


def evolve(requests: Requests, fact: Fact) -> Requests:
    """How the requests move with each fact; a fresh assignment starts a fresh window."""
    match fact:
        case ReturnRequested(reason=reason, suggested_unit=unit, by=by):
            return replace(requests, open_return=OpenReturn(reason, unit, by))
        case ReturnApproved():
            return replace(requests, open_return=None)
        case AssignmentReturned(return_no=number):
            return replace(requests, returns=number)
        case ReturnRejected():
            return replace(requests, open_return=None, rejected=True)
        case CaseDispatched(return_until=until):
            return replace(requests, return_until=until, rejected=False)
        case CaseReopened():
            return replace(requests, return_until=None, rejected=False)
        case _:
            assert_never(fact)


def possible(requests: Requests, of_lifecycle: tuple[str, ...]) -> list[str]:
    """The commands of the lifecycle, less those an open or used-up return forbids, plus its decisions."""
    if requests.open_return is not None:
        left = [name for name in of_lifecycle if name not in BLOCKED_WHILE_OPEN]
        return sorted([*left, "approve-return", "reject-return"])
    spent = requests.returns >= RETURNS_ALLOWED or requests.rejected
    return [name for name in of_lifecycle if not (spent and name == "request-return")]
