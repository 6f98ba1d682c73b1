"""Where a case stands and who holds it: received, dispatched, signed (lifecycles C2)."""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from libs.events.contracts.dispatch import (
    AssignmentReturned,
    AssignmentSigned,
    CaseClosed,
    CaseDispatched,
    CaseHandedBack,
    CaseHandedToMediation,
    CaseReceived,
    CaseReopened,
    FeedbackRejected,
    FeedbackSubmitted,
)
from libs.events.contracts.values import CaseOutcome, CategoryCode, Channel, OrgCode, Urgency, UserId
from libs.events.errors import IllegalTransition, Rejected
from services.dispatch.commands import Dispatch, ReceiveCase, Sign

Command = ReceiveCase | Dispatch | Sign
Fact = (
    CaseReceived
    | CaseDispatched
    | AssignmentSigned
    | AssignmentReturned
    | FeedbackSubmitted
    | FeedbackRejected
    | CaseClosed
    | CaseReopened
    | CaseHandedToMediation
    | CaseHandedBack
)
Status = Literal["NEW", "FILED", "DISPATCHED", "HANDLING", "FEEDBACK", "CLOSED", "HANDED_TO_MEDIATION"]

POSSIBLE: dict[Status, tuple[str, ...]] = {
    "NEW": (),
    "FILED": ("dispatch", "hand-to-mediation"),
    "DISPATCHED": ("hand-to-mediation", "request-return", "sign"),
    "HANDLING": ("hand-to-mediation", "request-return", "submit-feedback"),
    "FEEDBACK": ("close-case", "reject-feedback"),
    "CLOSED": ("record-callback", "reopen"),
    "HANDED_TO_MEDIATION": (),
}


class NotTheLead(Rejected, rule="dispatch.not_the_lead"): ...


class LeadAlsoAssists(Rejected, rule="dispatch.lead_also_assists"): ...


class DeadlineHasPassed(Rejected, rule="dispatch.deadline_has_passed"): ...


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The status, what was filed, and the present assignment.

    `handlers` are all who signed for, were put in charge of, or answered this case under any assignment:
    none of them may close it (roles rule 1: never handler and closer on the same case). `policy_version` is
    the edition that the filing pinned.
    """

    status: Status = "NEW"
    origin: Literal["INTAKE", "IMPORT"] = "INTAKE"
    case_no: str = ""
    channel: Channel = "99"
    category: CategoryCode = ""
    urgency: Urgency = "1"
    org_code: OrgCode = ""
    assignment_no: int = 0
    lead: OrgCode = ""
    person_in_charge: UserId = ""
    handlers: frozenset[UserId] = frozenset()
    outcome: CaseOutcome | None = None
    reopen_no: int = 0
    policy_version: str | None = None

    def must_be_led_by(self, org: OrgCode) -> None:
        """Only the lead unit acts on its assignment (roles: own)."""
        if org != self.lead:
            raise NotTheLead


def decide(command: Command, case: Lifecycle) -> list[Fact]:
    """One function per command; this is the table of them."""
    match command:
        case ReceiveCase():
            return receive(command, case)
        case Dispatch():
            return dispatch(command, case)
        case Sign():
            return sign(command, case)
        case _:
            assert_never(command)


def receive(command: ReceiveCase, case: Lifecycle) -> list[Fact]:
    """A case is received once; the same filing heard again changes nothing."""
    if case.status != "NEW":
        return []
    return [
        CaseReceived(
            origin=command.origin,
            case_no=command.case_no,
            channel=command.channel,
            category=command.category,
            urgency=command.urgency,
            org_code=command.org_code,
            grid_code=command.grid_code,
            confidential=command.confidential,
            filed_at=command.filed_at,
            policy_version=command.policy_version,
        )
    ]


def dispatch(command: Dispatch, case: Lifecycle) -> list[Fact]:
    """Exactly one lead, assisting units apart from it, and no deadline that has passed already."""
    if case.status != "FILED":
        raise IllegalTransition
    if len({command.lead, *command.assists}) <= len(command.assists):
        raise LeadAlsoAssists
    deadlines = (command.sign_due_at, command.handle_due_at, command.return_until)
    if any(due is not None and due < command.at for due in deadlines):
        raise DeadlineHasPassed
    return [
        CaseDispatched(
            assignment_no=case.assignment_no + 1,
            lead=command.lead,
            assists=command.assists,
            requirement=command.requirement,
            sign_due_at=command.sign_due_at,
            handle_due_at=command.handle_due_at,
            return_until=command.return_until,
            policy_version=command.policy_version,
            by=command.by,
        )
    ]


def sign(command: Sign, case: Lifecycle) -> list[Fact]:
    """The lead unit signs once and names the person in charge."""
    signed = (case.lead, case.person_in_charge)
    if case.status == "HANDLING" and (command.org, command.person_in_charge) == signed:
        return []
    if case.status != "DISPATCHED":
        raise IllegalTransition
    case.must_be_led_by(command.org)
    return [
        AssignmentSigned(
            assignment_no=case.assignment_no,
            org=command.org,
            person_in_charge=command.person_in_charge,
            by=command.by,
        )
    ]


def evolve(case: Lifecycle, fact: Fact) -> Lifecycle:
    """How the case moves with each fact."""
    match fact:
        case CaseReceived():
            return replace(
                case,
                status="FILED",
                origin=fact.origin,
                case_no=fact.case_no,
                channel=fact.channel,
                category=fact.category,
                urgency=fact.urgency,
                org_code=fact.org_code,
                policy_version=fact.policy_version,
            )
        case CaseDispatched():
            return replace(case, status="DISPATCHED", assignment_no=fact.assignment_no, lead=fact.lead)
        case AssignmentSigned():
            return replace(
                case,
                status="HANDLING",
                person_in_charge=fact.person_in_charge,
                handlers=case.handlers | {fact.by, fact.person_in_charge},
            )
        case AssignmentReturned() | CaseHandedBack():
            return replace(case, status="FILED", lead="")
        case FeedbackSubmitted():
            return replace(case, status="FEEDBACK", handlers=case.handlers | {fact.by})
        case FeedbackRejected():
            return replace(case, status="HANDLING")
        case CaseClosed():
            return replace(case, status="CLOSED", outcome=fact.outcome)
        case CaseReopened(assignment_no=number, reopen_no=reopen_no):
            return replace(case, status="DISPATCHED", assignment_no=number, reopen_no=reopen_no)
        case CaseHandedToMediation():
            return replace(case, status="HANDED_TO_MEDIATION")
        case _:
            assert_never(fact)
