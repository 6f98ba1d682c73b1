"""What mediation does when intake files a dispute to it, or dispatch hands one over."""

from dataclasses import replace

import pytest

from libs.events.contracts import Event
from libs.events.contracts.values import Channel
from libs.events.reactions import Reaction
from libs.events.testing import Scenario
from services.mediation.commands import RegisterDispute
from services.mediation.decider import mediation
from services.mediation.decider.lifecycle import Origin
from services.mediation.policies import on_dispatch, on_intake
from tests import scenarios as case
from tests.unit.heard import heard

DISPUTE = f"dispute-{case.MATTER}"
filed = case.filed.model_copy(update={"route": "MEDIATION"})
registered = RegisterDispute(
    origin="INTAKE",
    dispute_no="64020220260302000001",
    channel="01",
    category="2.EVENT.LITTER",
    scale="01",
    people_count=2,
    party_count=2,
    level="COMMUNITY",
    org_code="640202001",
    risk="BLUE",
    registered_at=case.MONDAY,
    by="reviewer",
    at=case.MONDAY,
)


def test_a_case_filed_to_mediation_is_registered() -> None:
    assert on_intake(heard(filed, prefix="report")) == [Reaction(DISPUTE, registered)]


def test_the_limits_it_was_filed_under_go_with_it() -> None:
    [plain] = on_intake(heard(filed, prefix="report"))
    assert plain.command == registered
    pinned = filed.model_copy(update={"policy_version": "640202-2026.1"})
    [reaction] = on_intake(heard(pinned, prefix="report"))
    assert reaction.command == replace(registered, policy_version="640202-2026.1")


@pytest.mark.parametrize(("channel", "origin"), [("03", "HOTLINE"), ("07", "INTAKE")])
def test_a_hotline_order_is_registered_as_such(channel: Channel, origin: Origin) -> None:
    [reaction] = on_intake(heard(filed.model_copy(update={"channel": channel}), prefix="report"))
    assert reaction.command == replace(registered, channel=channel, origin=origin)


def test_a_case_filed_to_dispatch_is_not_registered() -> None:
    assert on_intake(heard(case.filed, prefix="report")) == []


def test_a_handed_over_case_is_registered_under_its_hand_over() -> None:
    [reaction] = on_dispatch(heard(case.handed_over))
    assert reaction.stream == DISPUTE
    assert reaction.command == replace(
        registered,
        origin="HAND_OVER",
        hand_over_no=1,
        registered_at=case.TUESDAY,
        by="dispatcher",
        at=case.TUESDAY,
    )


def test_a_hand_over_without_a_number_for_people_is_named_by_its_matter() -> None:
    [reaction] = on_dispatch(heard(case.handed_over.model_copy(update={"case_no": None})))
    assert isinstance(reaction.command, RegisterDispute)
    assert reaction.command.dispute_no == str(case.MATTER)


def test_what_is_heard_passes_the_rules_of_registration() -> None:
    for reaction in (*on_intake(heard(filed)), *on_dispatch(heard(case.handed_over))):
        assert isinstance(reaction.command, RegisterDispute)
        assert Scenario(mediation).when(reaction.command).facts


@pytest.mark.parametrize("fact", [case.received, case.closed, case.handed_back])
def test_other_facts_of_dispatch_register_nothing(fact: Event) -> None:
    assert on_dispatch(heard(fact)) == []
