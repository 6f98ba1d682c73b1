"""Every rule of dispatch. The regions of a case move on their own; here they meet (design section 9)."""

from dataclasses import dataclass, field, replace
from typing import assert_never

from libs.events.contracts import dispatch as facts
from libs.events.decider import Decider
from libs.events.timing import Clocks, Subject, Timing, heard
from services.dispatch import commands
from services.dispatch.commands import Command
from services.dispatch.decider import callbacks, clocks, closing, handover, lifecycle, requests

Fact = lifecycle.Fact | closing.Fact | handover.Fact | requests.Fact | callbacks.Fact | clocks.Fact


@dataclass(frozen=True, slots=True)
class Case:
    """A case as far as a decision reads it: one record per region, and the newest reading of its clocks."""

    lifecycle: lifecycle.Lifecycle
    requests: requests.Requests
    hand_over: handover.HandOver
    evaluation: callbacks.Evaluation
    clocks: Clocks = field(default_factory=dict)


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
    """Which regions hear which fact; the clocks hear all."""
    moved, read = _regions(case, fact), heard(case.clocks, fact)
    return moved if read is case.clocks else replace(moved, clocks=read)


def _regions(case: Case, fact: Fact) -> Case:
    match fact:
        case facts.ReturnRequested() | facts.ReturnApproved() | facts.ReturnRejected():
            return replace(case, requests=requests.evolve(case.requests, fact))
        case facts.CallbackRecorded():
            return replace(case, evaluation=callbacks.evolve(case.evaluation, fact))
        case facts.CaseClosed():
            return replace(
                case,
                lifecycle=lifecycle.evolve(case.lifecycle, fact),
                evaluation=callbacks.evolve(case.evaluation, fact),
            )
        case facts.CaseReopened():
            return replace(
                case,
                lifecycle=lifecycle.evolve(case.lifecycle, fact),
                requests=requests.evolve(case.requests, fact),
                evaluation=callbacks.evolve(case.evaluation, fact),
            )
        case facts.CaseDispatched() | facts.AssignmentReturned():
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
        ):
            return replace(case, lifecycle=lifecycle.evolve(case.lifecycle, fact))
        case facts.SlaWarned() | facts.SlaBreached() | facts.DeadlineRecalculated():
            return case
        case _:
            assert_never(fact)


def view(case: Case) -> dict[str, str | int | None]:
    """The regions of a case as every answer shows them; `return_no` and `reopen_no` count how often."""
    present = case.lifecycle
    return {
        "lifecycle": present.status,
        "return": "NONE" if case.requests.open_return is None else "OPEN",
        "evaluation": case.evaluation.status,
        "lead": present.lead or None,
        "assignment_no": present.assignment_no,
        "return_no": case.requests.returns,
        "reopen_no": present.reopen_no,
        "hand_over_no": case.hand_over.handed,
    }


def allowed(case: Case) -> list[str]:
    """The commands that the rules leave open now, in kebab case, before roles are looked at."""
    possible = requests.possible(case.requests, lifecycle.POSSIBLE[case.lifecycle.status])
    return [name for name in possible if name != "record-callback" or case.evaluation.status == "PENDING"]


def subject(case: Case) -> Subject:
    """What the limits of a case depend on, and whose office hours count."""
    present = case.lifecycle
    led = present.status in clocks.HELD_BY_THE_LEAD
    holder = present.lead if led else present.org_code
    return Subject(present.category, present.urgency, holder or None, present.policy_version)


timing = Timing(
    clocks=lambda case: case.clocks,
    moves=clocks.MOVES,
    subject=subject,
    warned=facts.SlaWarned,
    breached=facts.SlaBreached,
    recalculated=facts.DeadlineRecalculated,
    pins=clocks.PINS,
)


dispatch = Decider(
    decide=decide,
    evolve=evolve,
    initial=Case(lifecycle.Lifecycle(), requests.Requests(), handover.HandOver(), callbacks.Evaluation()),
    timing=timing,
)
