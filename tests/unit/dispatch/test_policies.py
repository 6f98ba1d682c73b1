"""What dispatch does when intake files a case, or mediation gives one back."""

import pytest

from libs.events.contracts import Event
from libs.events.contracts.values import DisputeOutcome
from libs.events.reactions import Reaction
from services.dispatch.commands import HandBack, ReceiveCase
from services.dispatch.policies import on_intake, on_mediation
from tests import scenarios as case
from tests.unit.heard import heard

CASE = f"case-{case.MATTER}"
handed = case.unresolved.model_copy(update={"origin": "HAND_OVER", "hand_over_no": 1})


def test_a_case_filed_to_dispatch_is_received() -> None:
    received = ReceiveCase(
        origin="INTAKE",
        case_no="64020220260302000001",
        channel="01",
        category="2.EVENT.LITTER",
        urgency="2",
        org_code="640202001",
        grid_code=case.GRID,
        confidential=False,
        filed_at=case.MONDAY,
    )
    assert on_intake(heard(case.filed, prefix="report")) == [Reaction(CASE, received)]


def test_a_case_filed_to_mediation_is_not_received() -> None:
    elsewhere = case.filed.model_copy(update={"route": "MEDIATION"})
    assert on_intake(heard(elsewhere, prefix="report")) == []


@pytest.mark.parametrize("fact", [case.submitted, case.approved, case.declined])
def test_what_is_not_filed_is_not_received(fact: Event) -> None:
    assert on_intake(heard(fact, prefix="report")) == []


@pytest.mark.parametrize("outcome", ["UNRESOLVED", "OTHER_ROUTE"])
def test_a_handed_over_dispute_without_effect_comes_back(outcome: DisputeOutcome) -> None:
    back = HandBack(outcome=outcome, hand_over_no=1)
    closed = handed.model_copy(update={"outcome": outcome})
    assert on_mediation(heard(closed, prefix="dispute")) == [Reaction(CASE, back)]


@pytest.mark.parametrize(
    "closed",
    [
        handed.model_copy(update={"outcome": "RESOLVED", "resolved": True}),
        case.unresolved,
        case.unresolved.model_copy(update={"origin": "INTAKE"}),
    ],
)
def test_a_dispute_that_is_resolved_or_was_never_handed_over_stays(closed: Event) -> None:
    assert on_mediation(heard(closed, prefix="dispute")) == []
