"""The rules of mediation, as sentences (lifecycles C3; L1 is the People's Mediation Law)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from libs.events.contracts.mediation import DisputeEscalated
from libs.events.contracts.values import DisputeOutcome, FailCause, Level
from libs.events.errors import IllegalTransition
from libs.events.testing import Scenario
from services.mediation.commands import (
    AcceptMediation,
    AppointMediators,
    CloseDispute,
    Command,
    EndUnsuccessful,
    EscalateDispute,
    HoldSession,
    ReachAgreement,
    RegisterDispute,
)
from services.mediation.decider import (
    Dispute,
    Fact,
    allowed,
    closing,
    escalation,
    lifecycle,
    mediation,
    opening,
    sessions,
    view,
)
from tests import scenarios as case

new: Scenario[Command, Dispute, Fact] = Scenario(mediation)
registered = new.given(*case.registered_dispute)
accepted = new.given(*case.accepted_dispute)
assigned = new.given(*case.assigned_dispute)
mediating = new.given(*case.mediated_dispute)
agreed = new.given(*case.agreed_dispute)
failed = new.given(*case.failed_dispute)
resolved = new.given(*case.resolved_dispute)
unresolved = new.given(*case.unresolved_dispute)

register = RegisterDispute(
    origin="SCREENING",
    dispute_no="M64020220260302000001",
    channel="13",
    category="5",
    scale="01",
    people_count=2,
    party_count=2,
    level="COMMUNITY",
    org_code="640202001001",
    risk="BLUE",
    title=case.TEXT,
    summary=case.TEXT,
    parties=case.TEXT,
    registered_at=case.MONDAY,
    by="community-worker",
    at=case.MONDAY,
)
accept = AcceptMediation(
    initiated_by="PARTY", mediation_type="1", committee="640202001001", consents=2, by="committee-head"
)
appoint = AppointMediators(
    mediators=("mediator", "second-mediator"),
    chief="mediator",
    chosen_by="PARTIES",
    interests_disclosed=True,
    by="committee-head",
)
hold = HoldSession(
    mode="ONSITE",
    place=case.TEXT,
    attendees=3,
    record=case.TEXT,
    rights_told=True,
    held_at=case.TUESDAY,
    by="mediator",
    at=case.TUESDAY,
)
agree = ReachAgreement(
    form="WRITTEN",
    extent="FULL",
    performed_at_once=False,
    written_requested=False,
    content=case.TEXT,
    effective_at=case.WEDNESDAY,
    by="mediator",
    at=case.WEDNESDAY,
)
orally = replace(agree, form="ORAL", performed_at_once=True)
end = EndUnsuccessful(cause="F05", explanation=case.TEXT, other_routes_told=True, by="mediator")
escalate = EscalateDispute(
    to_level="STREET", to_org="640202001", explanation=case.TEXT, by="community-worker"
)
escalated = DisputeEscalated(
    from_level="COMMUNITY",
    to_level="STREET",
    from_org="640202001001",
    to_org="640202001",
    explanation=case.TEXT,
    by="community-worker",
)
close = CloseDispute(outcome="RESOLVED", explanation=case.TEXT, by="committee-head", at=case.FRIDAY)


# registered


def test_a_dispute_found_by_screening_is_registered() -> None:
    new.when(register).then(case.registered)


def test_a_dispute_has_two_sides() -> None:
    new.when(replace(register, party_count=1)).then_rejected(opening.TooFewParties)


def test_nothing_is_registered_before_it_is_found() -> None:
    new.when(replace(register, registered_at=case.TUESDAY)).then_rejected(lifecycle.DateIsInTheFuture)


@pytest.mark.parametrize("before", [registered, mediating, resolved])
def test_a_registration_heard_twice_changes_nothing(before: Scenario[Command, Dispute, Fact]) -> None:
    before.when(register).then_nothing()


def test_a_second_hand_over_registers_the_closed_dispute_again() -> None:
    second = replace(register, origin="HAND_OVER", hand_over_no=2)
    again = case.registered.model_copy(update={"origin": "HAND_OVER", "hand_over_no": 2})
    unresolved.when(second).then(again)
    shown = view(unresolved.given(again).state)
    assert (shown["lifecycle"], shown["outcome"], shown["cycle"]) == ("REGISTERED", None, 1)


def test_an_open_dispute_is_not_registered_again() -> None:
    mediating.when(replace(register, origin="HAND_OVER", hand_over_no=1)).then_rejected(IllegalTransition)


# accepted: voluntary or not at all


def test_a_dispute_is_proposed_and_accepted_with_every_consent() -> None:
    registered.when(accept).then(case.proposed, case.accepted)


@pytest.mark.parametrize("consents", [0, 1, 3])
def test_one_party_less_than_all_is_no_consent(consents: int) -> None:
    registered.when(replace(accept, consents=consents)).then_rejected(opening.NotEveryPartyConsents)


def test_a_party_found_at_screening_must_consent_as_well() -> None:
    registered.when(replace(accept, party_count=3)).then_rejected(opening.NotEveryPartyConsents)
    registered.when(replace(accept, party_count=3, consents=3)).then(
        case.proposed, case.accepted.model_copy(update={"consents": 3})
    )


def test_no_registered_party_is_left_out() -> None:
    three = new.given(case.registered.model_copy(update={"party_count": 3}))
    three.when(replace(accept, party_count=2)).then_rejected(opening.PartyIsMissing)


@pytest.mark.parametrize("before", [new, accepted, mediating, failed, resolved])
def test_only_a_registered_dispute_is_accepted(before: Scenario[Command, Dispute, Fact]) -> None:
    before.when(accept).then_rejected(IllegalTransition)


# mediators


def test_mediators_are_appointed_with_a_chief_among_them() -> None:
    accepted.when(appoint).then(case.appointed)


@pytest.mark.parametrize("mediators", [(), ("second-mediator",)])
def test_the_chief_is_one_of_the_mediators(mediators: tuple[str, ...]) -> None:
    accepted.when(replace(appoint, mediators=mediators)).then_rejected(opening.ChiefIsNotAppointed)


def test_nobody_mediates_without_disclosing_interests() -> None:
    accepted.when(replace(appoint, interests_disclosed=False)).then_rejected(opening.InterestsAreNotDisclosed)


def test_appointing_the_same_mediators_again_changes_nothing() -> None:
    assigned.when(appoint).then_nothing()
    assigned.when(replace(appoint, chief="second-mediator")).then_rejected(IllegalTransition)


def test_mediators_are_appointed_after_acceptance() -> None:
    registered.when(appoint).then_rejected(IllegalTransition)


# sessions


def test_a_session_is_held_after_the_rights_were_told() -> None:
    assigned.when(hold).then(case.session_held)
    assigned.when(replace(hold, rights_told=False)).then_rejected(sessions.RightsAreNotTold)


def test_sessions_are_numbered() -> None:
    later = replace(hold, held_at=case.WEDNESDAY, at=case.WEDNESDAY)
    mediating.when(later).then(
        case.session_held.model_copy(update={"session_no": 2, "held_at": case.WEDNESDAY})
    )


def test_the_same_session_is_recorded_once() -> None:
    mediating.when(hold).then_nothing()


def test_no_session_is_recorded_before_it_is_held() -> None:
    early = replace(hold, at=case.TUESDAY - timedelta(seconds=1))
    assigned.when(early).then_rejected(lifecycle.DateIsInTheFuture)


@pytest.mark.parametrize("before", [registered, accepted, agreed, failed, resolved])
def test_a_session_needs_an_appointed_mediator(before: Scenario[Command, Dispute, Fact]) -> None:
    before.when(hold).then_rejected(IllegalTransition)


# agreement


def test_the_parties_agree_in_writing() -> None:
    mediating.when(agree).then(case.agreed)


def test_an_agreement_performed_at_once_may_be_oral() -> None:
    mediating.when(orally).then(case.agreed.model_copy(update={"form": "ORAL", "performed_at_once": True}))


def test_what_is_performed_later_is_written() -> None:
    mediating.when(replace(orally, performed_at_once=False)).then_rejected(sessions.AgreementMustBeWritten)


def test_what_a_party_wants_in_writing_is_written() -> None:
    mediating.when(replace(orally, written_requested=True)).then_rejected(sessions.AgreementMustBeWritten)


def test_the_agreement_of_a_major_dispute_is_written() -> None:
    major = new.given(case.registered.model_copy(update={"scale": "03"}), *case.mediated_dispute[1:])
    major.when(orally).then_rejected(sessions.AgreementMustBeWritten)
    major.when(replace(agree, performed_at_once=True)).then(
        case.agreed.model_copy(update={"performed_at_once": True})
    )


def test_an_agreement_is_recorded_when_it_has_effect() -> None:
    mediating.when(replace(agree, at=case.TUESDAY)).then_rejected(lifecycle.DateIsInTheFuture)


def test_the_parties_agree_only_while_they_mediate() -> None:
    for before in (assigned, agreed, failed, resolved):
        before.when(agree).then_rejected(IllegalTransition)


# the end without agreement


@pytest.mark.parametrize("cause", ["F02", "F03", "F04", "F05", "F06", "F07", "F08"])
def test_mediation_ends_without_agreement_for_a_cause(cause: FailCause) -> None:
    mediating.when(replace(end, cause=cause)).then(case.failed.model_copy(update={"cause": cause}))


def test_the_parties_are_told_of_other_routes() -> None:
    mediating.when(replace(end, other_routes_told=False)).then_rejected(sessions.OtherRoutesAreNotTold)


def test_what_is_not_mediated_does_not_fail() -> None:
    for before in (registered, accepted, assigned, agreed, failed):
        before.when(end).then_rejected(IllegalTransition)


# escalation


def test_a_dispute_climbs_one_level() -> None:
    registered.when(escalate).then(escalated)


def test_a_level_is_skipped_only_when_the_risk_is_red() -> None:
    skip = replace(escalate, to_level="DISTRICT", to_org="640202")
    registered.when(skip).then_rejected(escalation.LevelIsSkipped)
    red = new.given(case.registered.model_copy(update={"risk": "RED"}))
    red.when(skip).then(escalated.model_copy(update={"to_level": "DISTRICT", "to_org": "640202"}))


@pytest.mark.parametrize("level", ["COMMUNITY", "STREET"])
def test_a_dispute_does_not_climb_down(level: Level) -> None:
    on_street = registered.given(escalated)
    on_street.when(replace(escalate, to_level=level, to_org="other")).then_rejected(
        escalation.NotAHigherLevel
    )


def test_escalating_to_the_present_holder_changes_nothing() -> None:
    registered.given(escalated).when(escalate).then_nothing()


@pytest.mark.parametrize("before", [accepted, assigned, mediating])
def test_consents_stand_when_an_accepted_dispute_climbs(before: Scenario[Command, Dispute, Fact]) -> None:
    before.when(escalate).then(escalated)
    upper = before.given(escalated)
    assert view(upper.state)["lifecycle"] == "ACCEPTED"
    upper.when(appoint).then(case.appointed)


@pytest.mark.parametrize("before", [registered, failed])
def test_without_standing_consent_the_upper_level_asks_anew(
    before: Scenario[Command, Dispute, Fact],
) -> None:
    upper = before.given(escalated)
    assert view(upper.state)["lifecycle"] == "REGISTERED"
    upper.when(appoint).then_rejected(IllegalTransition)
    upper.when(accept).then(case.proposed, case.accepted)


@pytest.mark.parametrize("before", [new, agreed, resolved])
def test_what_is_settled_does_not_climb(before: Scenario[Command, Dispute, Fact]) -> None:
    before.when(escalate).then_rejected(IllegalTransition)


# closed


def test_what_was_agreed_closes_as_resolved() -> None:
    agreed.when(close).then(case.resolved)


def test_what_was_agreed_is_not_unresolved() -> None:
    agreed.when(replace(close, outcome="UNRESOLVED")).then_rejected(closing.OutcomeDoesNotFit)


@pytest.mark.parametrize("outcome", ["UNRESOLVED", "OTHER_ROUTE"])
def test_what_failed_closes_unresolved_or_on_another_route(outcome: DisputeOutcome) -> None:
    failed.when(replace(close, outcome=outcome)).then(case.unresolved.model_copy(update={"outcome": outcome}))


def test_what_failed_is_not_resolved() -> None:
    failed.when(close).then_rejected(closing.OutcomeDoesNotFit)


def test_what_the_parties_settled_themselves_is_resolved_without_mediation() -> None:
    withdrawn = mediating.given(case.failed.model_copy(update={"cause": "F02"}))
    withdrawn.when(close).then(case.resolved)
    withdrawn.when(replace(close, outcome="OTHER_ROUTE")).then_rejected(closing.OutcomeDoesNotFit)


def test_the_close_names_the_hand_over_it_answers() -> None:
    handed = new.given(
        case.registered.model_copy(update={"origin": "HAND_OVER", "hand_over_no": 1}),
        *case.failed_dispute[1:],
    )
    handed.when(replace(close, outcome="UNRESOLVED")).then(
        case.unresolved.model_copy(update={"origin": "HAND_OVER", "hand_over_no": 1})
    )


def test_closing_again_with_the_same_outcome_changes_nothing() -> None:
    resolved.when(close).then_nothing()
    resolved.when(replace(close, outcome="UNRESOLVED")).then_rejected(IllegalTransition)


def test_an_open_dispute_is_not_closed() -> None:
    for before in (registered, accepted, assigned, mediating):
        before.when(close).then_rejected(IllegalTransition)


# what an answer shows


def test_the_answer_names_what_may_follow() -> None:
    assert allowed(registered.state) == ["accept-mediation", "escalate-dispute"]
    assert allowed(agreed.state) == ["apply-confirmation", "close-dispute"]
    assert allowed(resolved.state) == []


def test_from_the_highest_level_nothing_climbs() -> None:
    top = new.given(case.registered.model_copy(update={"level": "CITY"}))
    assert allowed(top.state) == ["accept-mediation"]


def test_the_answer_shows_where_the_dispute_stands() -> None:
    assert view(mediating.given(escalated).state) == {
        "lifecycle": "ACCEPTED",
        "confirmation": "NONE",
        "level": "STREET",
        "org": "640202001",
        "risk": "BLUE",
        "outcome": None,
        "session_no": 1,
        "hand_over_no": 0,
        "cycle": 0,
    }
