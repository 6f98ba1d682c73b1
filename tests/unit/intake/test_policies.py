"""What intake does when another stage ends a matter, or opens it again."""

import pytest

from libs.events.contracts import Event
from libs.events.reactions import Reaction
from services.intake.commands import AwaitDispatch, NoteDispatch, RecordOutcome, WithdrawOutcome
from services.intake.policies import on_dispatch, on_mediation
from tests import scenarios as case
from tests.unit.heard import heard

REPORT = f"report-{case.MATTER}"


def test_a_closed_case_is_an_outcome() -> None:
    outcome = RecordOutcome(route="DISPATCH", outcome="O1", cycle=1, concluded_at=case.WEDNESDAY)
    assert on_dispatch(heard(case.closed)) == [Reaction(REPORT, outcome)]


def test_a_reopened_case_withdraws_the_cycle_that_had_closed() -> None:
    withdrawn = WithdrawOutcome(route="DISPATCH", cycle=1)
    assert on_dispatch(heard(case.reopened)) == [Reaction(REPORT, withdrawn)]


def test_a_case_handed_back_withdraws_what_mediation_had_said_and_waits_again() -> None:
    withdrawn = WithdrawOutcome(route="MEDIATION", cycle=1)
    assert on_dispatch(heard(case.handed_back)) == [
        Reaction(REPORT, withdrawn),
        Reaction(REPORT, AwaitDispatch()),
    ]


def test_a_unit_that_is_responsible_ends_the_wait() -> None:
    assert on_dispatch(heard(case.dispatched)) == [Reaction(REPORT, NoteDispatch(assignment_no=1))]


def test_mediation_that_takes_over_ends_the_wait() -> None:
    assert on_dispatch(heard(case.handed_over)) == [Reaction(REPORT, NoteDispatch())]


def test_a_returned_case_waits_again() -> None:
    assert on_dispatch(heard(case.assignment_returned)) == [Reaction(REPORT, AwaitDispatch())]


@pytest.mark.parametrize(
    ("closed", "outcome"), [(case.resolved, "RESOLVED"), (case.unresolved, "UNRESOLVED")]
)
def test_a_closed_dispute_is_an_outcome(closed: Event, outcome: str) -> None:
    recorded = RecordOutcome(route="MEDIATION", outcome=outcome, cycle=1, concluded_at=case.FRIDAY)
    assert on_mediation(heard(closed, prefix="dispute")) == [Reaction(REPORT, recorded)]


@pytest.mark.parametrize("fact", [case.received, case.signed, case.answered, case.sent_back])
def test_what_goes_on_in_dispatch_is_no_outcome(fact: Event) -> None:
    assert on_dispatch(heard(fact)) == []


@pytest.mark.parametrize("fact", [case.registered, case.agreed, case.failed])
def test_what_goes_on_in_mediation_is_no_outcome(fact: Event) -> None:
    assert on_mediation(heard(fact, prefix="dispute")) == []
