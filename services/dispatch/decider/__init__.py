"""Every rule of dispatch. The regions of a case move on their own; here they meet (design section 9)."""

from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from libs.events.contracts import dispatch as facts
from libs.events.contracts.values import SlaClock
from libs.events.decider import Decider
from libs.events.timing import Clocks, Timing, heard
from libs.events.timing.deciding import SYSTEM
from services.dispatch import commands
from services.dispatch.commands import Command
from services.dispatch.decider import (
    callbacks,
    clocks,
    closing,
    extension,
    handover,
    lifecycle,
    requests,
    suspension,
)

Fact = (
    lifecycle.Fact
    | closing.Fact
    | handover.Fact
    | requests.Fact
    | extension.Fact
    | suspension.Fact
    | callbacks.Fact
    | clocks.Fact
)


@dataclass(frozen=True, slots=True)
class Case:
    """A case as far as a decision reads it: one record per region, and the newest reading of its clocks."""

    lifecycle: lifecycle.Lifecycle
    requests: requests.Requests
    extension: extension.Extension
    suspension: suspension.Suspension
    hand_over: handover.HandOver
    evaluation: callbacks.Evaluation
    clocks: Clocks = field(default_factory=dict)

    @property
    def handling(self) -> SlaClock | None:
        """The clock of the handling, where one was started."""
        return self.clocks.get("HANDLE")

    def must_be_under_way(self) -> None:
        """A suspended case, or one that the unit says is not its own, is not handled now."""
        self.suspension.must_not_hold()
        self.requests.must_be_settled()


def decide(command: Command, case: Case) -> list[Fact]:
    """Which region decides which command, and what an open request forbids."""
    match command:
        case commands.ReceiveCase() | commands.Dispatch() | commands.Sign():
            return [*lifecycle.decide(command, case.lifecycle)]
        case commands.RequestReturn():
            case.suspension.must_not_hold()
            return [*requests.decide(command, case.requests, case.lifecycle)]
        case commands.ApproveReturn() | commands.RejectReturn():
            return [*requests.decide(command, case.requests, case.lifecycle)]
        case commands.RequestExtension():
            case.must_be_under_way()
            return [*extension.decide(command, case.extension, case.lifecycle, case.handling)]
        case commands.ApproveExtension() | commands.RejectExtension():
            return [*extension.decide(command, case.extension, case.lifecycle, case.handling)]
        case commands.RequestSuspension():
            case.must_be_under_way()
            return [*suspension.decide(command, case.suspension, case.lifecycle, case.handling)]
        case commands.Suspend() | commands.RejectSuspension() | commands.Resume():
            return [*suspension.decide(command, case.suspension, case.lifecycle, case.handling)]
        case commands.SubmitFeedback():
            case.must_be_under_way()
            return [*closing.decide(command, case.lifecycle)]
        case commands.RejectFeedback() | commands.CloseCase() | commands.Reopen():
            return [*closing.decide(command, case.lifecycle)]
        case commands.RecordCallback():
            return [*callbacks.decide(command, case.evaluation, case.lifecycle)]
        case commands.HandToMediation():
            case.requests.must_be_settled()
            return [*handover.decide(command, case.hand_over, case.lifecycle)]
        case commands.HandBack():
            return [*handover.decide(command, case.hand_over, case.lifecycle)]
        case _:
            assert_never(command)


def evolve(case: Case, fact: Fact) -> Case:
    """Which regions hear which fact; what was asked for, the call-backs and the clocks hear all."""
    moved = _regions(case, fact)
    heard_by: dict[str, Any] = {
        "extension": extension.evolve(case.extension, fact),
        "suspension": suspension.evolve(case.suspension, fact),
        "evaluation": callbacks.evolve(case.evaluation, fact),
        "clocks": heard(case.clocks, fact),
    }
    new = {name: region for name, region in heard_by.items() if region is not getattr(case, name)}
    return replace(moved, **new) if new else moved


def _regions(case: Case, fact: Fact) -> Case:
    match fact:
        case facts.ReturnRequested() | facts.ReturnApproved() | facts.ReturnRejected():
            return replace(case, requests=requests.evolve(case.requests, fact))
        case facts.CaseDispatched() | facts.AssignmentReturned() | facts.CaseReopened():
            return replace(
                case,
                lifecycle=lifecycle.evolve(case.lifecycle, fact),
                requests=requests.evolve(case.requests, fact),
            )
        case facts.CaseHandedToMediation() | facts.CaseHandedBack():
            return replace(
                case,
                lifecycle=lifecycle.evolve(case.lifecycle, fact),
                hand_over=handover.evolve(case.hand_over, fact),
            )
        case (
            facts.CaseReceived()
            | facts.AssignmentSigned()
            | facts.FeedbackSubmitted()
            | facts.FeedbackRejected()
            | facts.CaseClosed()
        ):
            return replace(case, lifecycle=lifecycle.evolve(case.lifecycle, fact))
        case _:
            return case


def view(case: Case) -> dict[str, str | int | None]:
    """The regions of a case as every answer shows them; `return_no` and `reopen_no` count how often."""
    present = case.lifecycle
    return {
        "lifecycle": present.status,
        "return": "NONE" if case.requests.open_return is None else "OPEN",
        "extension": case.extension.status,
        "suspension": case.suspension.status,
        "evaluation": case.evaluation.status,
        "lead": present.lead or None,
        "assignment_no": present.assignment_no,
        "return_no": case.requests.returns,
        "reopen_no": present.reopen_no,
        "hand_over_no": case.hand_over.handed,
    }


def allowed(case: Case) -> list[str]:
    """The commands that the rules leave open now, in kebab case, before roles are looked at."""
    possible = lifecycle.POSSIBLE[case.lifecycle.status]
    if case.lifecycle.status == "HANDLING":
        possible += extension.possible(case.extension, case.handling)
        possible += suspension.possible(case.suspension)
    closed_to = suspension.BLOCKED if case.suspension.status == "SUSPENDED" else frozenset[str]()
    if case.evaluation.status != "PENDING":
        closed_to |= {"record-callback"}
    return sorted(name for name in requests.possible(case.requests, possible) if name not in closed_to)


timing = Timing(
    clocks=lambda case: case.clocks,
    moves=clocks.MOVES,
    subject=lambda case: clocks.subject(case.lifecycle),
    warned=facts.SlaWarned,
    breached=facts.SlaBreached,
    recalculated=facts.DeadlineRecalculated,
    pins=clocks.PINS,
    resumes=lambda case: facts.CaseResumed(
        assignment_no=case.lifecycle.assignment_no, planned=True, by=SYSTEM
    ),
)


dispatch = Decider(
    decide=decide,
    evolve=evolve,
    initial=Case(
        lifecycle.Lifecycle(),
        requests.Requests(),
        extension.NOTHING_ASKED,
        suspension.NOTHING_ASKED,
        handover.HandOver(),
        callbacks.Evaluation(),
    ),
    timing=timing,
)
