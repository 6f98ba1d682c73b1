"""What intake does when another stage ends a matter, or opens it again: the reporter can be answered.

It also hears whether a filed case has found a unit, because the dispatch clock is intake's. A matter that
never had a report (an import, a dispute found by screening) is refused by the decider, or has nothing to
wait for, and the inbox acknowledges that quietly.
"""

from libs.events.contracts.dispatch import (
    AssignmentReturned,
    CaseClosed,
    CaseDispatched,
    CaseHandedBack,
    CaseHandedToMediation,
    CaseReopened,
)
from libs.events.contracts.mediation import DisputeClosed
from libs.events.envelope import Envelope
from libs.events.reactions import Reaction, concerns
from services.intake.commands import AwaitDispatch, NoteDispatch, RecordOutcome, WithdrawOutcome


@concerns(
    CaseDispatched.kind,
    AssignmentReturned.kind,
    CaseClosed.kind,
    CaseReopened.kind,
    CaseHandedToMediation.kind,
    CaseHandedBack.kind,
)
def on_dispatch(heard: Envelope) -> list[Reaction]:
    """A close is an outcome; a reopening or a hand-back takes the newest outcome of its route away.

    A unit that is made responsible, or mediation that takes over, ends the wait for dispatch; a return or a
    hand-back begins it anew.
    """
    stream = f"report-{heard.matter}"
    match heard.data:
        case CaseDispatched(assignment_no=number):
            return [Reaction(stream, NoteDispatch(assignment_no=number))]
        case CaseHandedToMediation():
            return [Reaction(stream, NoteDispatch())]
        case AssignmentReturned():
            return [Reaction(stream, AwaitDispatch())]
        case CaseClosed(outcome=outcome, cycle=cycle, closed_at=closed_at):
            return [
                Reaction(
                    stream,
                    RecordOutcome(route="DISPATCH", outcome=outcome, cycle=cycle, concluded_at=closed_at),
                )
            ]
        case CaseReopened(reopen_no=cycle):
            return [Reaction(stream, WithdrawOutcome(route="DISPATCH", cycle=cycle))]
        case CaseHandedBack(hand_over_no=cycle):
            withdrawn = WithdrawOutcome(route="MEDIATION", cycle=cycle)
            return [Reaction(stream, withdrawn), Reaction(stream, AwaitDispatch())]
        case _:
            return []


@concerns(DisputeClosed.kind)
def on_mediation(heard: Envelope) -> list[Reaction]:
    """A closed dispute is an outcome, whether it was filed to mediation or handed over by dispatch."""
    match heard.data:
        case DisputeClosed(outcome=outcome, cycle=cycle, closed_at=closed_at):
            return [
                Reaction(
                    f"report-{heard.matter}",
                    RecordOutcome(route="MEDIATION", outcome=outcome, cycle=cycle, concluded_at=closed_at),
                )
            ]
        case _:
            return []
