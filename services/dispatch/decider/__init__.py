"""Every rule of dispatch. The regions of a case move on their own; here they meet (design section 9)."""

from dataclasses import dataclass, replace
from typing import assert_never

from libs.events.contracts import dispatch as facts
from libs.events.decider import Decider
from services.dispatch import commands
from services.dispatch.commands import Command
from services.dispatch.decider import closing, handover, lifecycle, requests

Fact = lifecycle.Fact | closing.Fact | handover.Fact | requests.Fact


@dataclass(frozen=True, slots=True)
class Case:
    """A case as far as a decision reads it: one record per region."""

    lifecycle: lifecycle.Lifecycle
    requests: requests.Requests
    hand_over: handover.HandOver


def decide(command: Command, case: Case) -> list[Fact]:
    """Which region decides which command, and what an open request forbids."""
    match command:
        case commands.ReceiveCase() | commands.Dispatch() | commands.Sign():
            return [*lifecycle.decide(command, case.lifecycle)]
        case commands.RequestReturn() | commands.ApproveReturn() | commands.RejectReturn():
            return [*requests.decide(command, case.requests, case.lifecycle)]
        case commands.SubmitFeedback():
            case.requests.must_be_settled()
            return [*closing.decide(command, case.lifecycle)]
        case commands.RejectFeedback() | commands.CloseCase() | commands.Reopen():
            return [*closing.decide(command, case.lifecycle)]
        case commands.HandToMediation():
            case.requests.must_be_settled()
            return [*handover.decide(command, case.hand_over, case.lifecycle)]
        case commands.HandBack():
            return [*handover.decide(command, case.hand_over, case.lifecycle)]
        case _:
            assert_never(command)


def evolve(case: Case, fact: Fact) -> Case:
    """Which regions hear which fact."""
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
            assert_never(fact)


def view(case: Case) -> dict[str, str | int | None]:
    """The regions of a case as every answer shows them; `return_no` and `reopen_no` count how often."""
    present = case.lifecycle
    return {
        "lifecycle": present.status,
        "return": "NONE" if case.requests.open_return is None else "OPEN",
        "lead": present.lead or None,
        "assignment_no": present.assignment_no,
        "return_no": case.requests.returns,
        "reopen_no": present.reopen_no,
        "hand_over_no": case.hand_over.handed,
    }


def allowed(case: Case) -> list[str]:
    """The commands that the rules leave open now, in kebab case, before roles are looked at."""
    return requests.possible(case.requests, lifecycle.POSSIBLE[case.lifecycle.status])


dispatch = Decider(
    decide=decide,
    evolve=evolve,
    initial=Case(lifecycle.Lifecycle(), requests.Requests(), handover.HandOver()),
)
