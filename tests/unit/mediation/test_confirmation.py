"""The period of mediation and the confirmation by a court (lifecycles C3 #10, #11, #15, #16)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from libs.events.contracts.mediation import (
    ConfirmationApplied,
    ConfirmationConcluded,
    MediationPaused,
    MediationResumed,
    PeriodExtended,
)
from libs.events.contracts.values import SlaClock
from libs.events.errors import IllegalTransition
from libs.events.testing import Scenario
from services.mediation.commands import (
    ApplyConfirmation,
    Command,
    ConfirmationResult,
    ExtendPeriod,
    PauseMediation,
    RecordConfirmation,
    ResumeMediation,
)
from services.mediation.decider import (
    Dispute,
    Fact,
    allowed,
    confirmation,
    lifecycle,
    mediation,
    opening,
    period,
    view,
)
from tests import scenarios as case

new: Scenario[Command, Dispute, Fact] = Scenario(mediation)
mediating = new.given(*case.mediated_dispute)
agreed = new.given(*case.agreed_dispute)

apply = ApplyConfirmation(
    court="640202-court",
    joint=True,
    concerns_identity=False,
    applied_at=case.FRIDAY,
    by="committee-head",
    at=case.FRIDAY,
)
applied = ConfirmationApplied(court="640202-court", applied_at=case.FRIDAY, by="committee-head")
record = RecordConfirmation(
    result="GRANTED", doc_no=case.TEXT, concluded_at=case.FRIDAY, by="committee-head", at=case.FRIDAY
)
granted = ConfirmationConcluded(
    result="GRANTED", doc_no=case.TEXT, concluded_at=case.FRIDAY, by="committee-head"
)
pause = PauseMediation(reason="APPRAISAL", explanation=case.TEXT, by="mediator")
paused = MediationPaused(reason="APPRAISAL", explanation=case.TEXT, by="mediator")
resumed = MediationResumed(by="mediator")
extend = ExtendPeriod(limit="15sd", consents=2, agreed_at=case.WEDNESDAY, by="mediator", at=case.WEDNESDAY)
extended = PeriodExtended(extension_no=1, limit="15sd", consents=2, agreed_at=case.WEDNESDAY, by="mediator")


def clock(name: str, due_at: datetime) -> SlaClock:
    return SlaClock.model_validate(
        {
            "clock": name,
            "state": "RUNNING",
            "started_at": case.MONDAY,
            "limit": "30sd",
            "due_at": due_at,
            "policy_version": "p-1",
            "calendar_version": "c-1",
        }
    )


def of_category(category: str) -> Scenario[Command, Dispute, Fact]:
    registered = case.registered.model_copy(update={"category": category})
    return new.given(registered, *case.agreed_dispute[1:])


# applied for


def test_both_sides_ask_the_court_together() -> None:
    agreed.when(apply).then(applied)
    agreed.when(replace(apply, joint=False)).then_rejected(confirmation.ApplicationIsNotJoint)


def test_an_application_heard_twice_changes_nothing() -> None:
    agreed.given(applied).when(apply).then_nothing()


def test_nothing_is_confirmed_before_an_agreement() -> None:
    mediating.when(apply).then_rejected(IllegalTransition)


def test_no_court_confirms_who_is_married_to_whom() -> None:
    of_category("5.DC.0101").when(apply).then_rejected(confirmation.IdentityIsNotConfirmed)
    agreed.when(replace(apply, concerns_identity=True)).then_rejected(confirmation.IdentityIsNotConfirmed)
    of_category("5.DC.0103").when(apply).then(applied)


def test_an_agreement_is_effective_before_it_is_confirmed() -> None:
    early = replace(apply, applied_at=case.TUESDAY)
    agreed.when(early).then_rejected(confirmation.AgreementIsNotYetEffective)


def test_nobody_applied_tomorrow() -> None:
    late = replace(apply, applied_at=case.FRIDAY + timedelta(days=1))
    agreed.when(late).then_rejected(lifecycle.DateIsInTheFuture)


def test_thirty_days_pass_where_no_limit_was_in_force() -> None:
    last = datetime.fromisoformat("2026-04-03T23:59:59+08:00")
    agreed.when(replace(apply, applied_at=last, at=last)).then(
        applied.model_copy(update={"applied_at": last})
    )
    late = last + timedelta(seconds=1)
    agreed.when(replace(apply, applied_at=late, at=late)).then_rejected(confirmation.TimeToApplyHasPassed)


def test_the_clock_knows_of_a_holiday_at_the_end_of_the_thirty_days() -> None:
    due = datetime.fromisoformat("2026-04-08T00:00:00+08:00")
    reached = case.agreed.model_copy(update={"clocks": (clock("CONFIRMATION", due),)})
    at = due - timedelta(seconds=1)
    timed = mediating.given(reached)
    timed.when(replace(apply, applied_at=at, at=at)).then(applied.model_copy(update={"applied_at": at}))
    late = replace(apply, applied_at=due, at=due)
    timed.when(late).then_rejected(confirmation.TimeToApplyHasPassed)


# concluded


@pytest.mark.parametrize(
    ("result", "status"), [("GRANTED", "CONFIRMED"), ("REFUSED", "REFUSED"), ("WITHDRAWN", "WITHDRAWN")]
)
def test_the_court_rules_or_the_parties_withdraw(result: ConfirmationResult, status: str) -> None:
    concluded = granted.model_copy(update={"result": result})
    asked = agreed.given(applied)
    asked.when(replace(record, result=result)).then(concluded)
    assert view(asked.given(concluded).state)["confirmation"] == status
    asked.given(concluded).when(replace(record, result=result)).then_nothing()


def test_a_result_needs_an_application() -> None:
    agreed.when(record).then_rejected(IllegalTransition)
    agreed.given(applied, granted).when(replace(record, result="REFUSED")).then_rejected(IllegalTransition)


def test_a_result_comes_after_the_application() -> None:
    early = replace(record, concluded_at=case.WEDNESDAY)
    agreed.given(applied).when(early).then_rejected(confirmation.ConcludedBeforeApplied)


def test_a_result_may_come_after_the_close() -> None:
    agreed.given(applied, case.resolved).when(record).then(granted)


def test_a_withdrawn_application_may_be_made_again_and_a_refused_one_not() -> None:
    withdrawn = agreed.given(applied, granted.model_copy(update={"result": "WITHDRAWN"}))
    withdrawn.when(apply).then(applied)
    refused = agreed.given(applied, granted.model_copy(update={"result": "REFUSED"}))
    refused.when(apply).then_rejected(IllegalTransition)


def test_the_answer_names_what_a_court_waits_for() -> None:
    assert allowed(agreed.given(applied).state) == ["close-dispute", "record-confirmation"]
    assert allowed(agreed.given(applied, case.resolved).state) == ["record-confirmation"]
    assert allowed(agreed.given(applied, granted).state) == ["close-dispute"]


def test_a_new_hand_over_knows_nothing_of_the_old_confirmation() -> None:
    again = case.registered.model_copy(update={"origin": "HAND_OVER", "hand_over_no": 2})
    assert view(agreed.given(applied, granted, case.resolved, again).state)["confirmation"] == "NONE"


# the period


def test_mediation_stands_still_and_goes_on() -> None:
    mediating.when(pause).then(paused)
    still = mediating.given(paused)
    assert allowed(still.state) == ["resume-mediation"]
    still.when(ResumeMediation(by="mediator")).then(resumed)
    assert view(still.given(resumed).state)["lifecycle"] == "MEDIATING"


def test_what_stands_still_does_not_stop_again_and_what_runs_is_not_resumed() -> None:
    mediating.given(paused).when(pause).then_rejected(IllegalTransition)
    mediating.when(ResumeMediation(by="mediator")).then_rejected(IllegalTransition)


def test_every_party_agrees_to_a_longer_period() -> None:
    mediating.when(extend).then(extended)
    mediating.when(replace(extend, consents=1)).then_rejected(opening.NotEveryPartyConsents)
    mediating.given(extended).when(extend).then_nothing()


def test_a_second_extension_has_its_own_number() -> None:
    later = replace(extend, agreed_at=case.FRIDAY, at=case.FRIDAY)
    second = extended.model_copy(update={"extension_no": 2, "agreed_at": case.FRIDAY})
    mediating.given(extended).when(later).then(second)


def test_what_is_over_is_not_lengthened() -> None:
    accepted = case.accepted.model_copy(update={"clocks": (clock("PERIOD", case.WEDNESDAY),)})
    over = new.given(case.registered, case.proposed, accepted, case.appointed, case.session_held)
    over.when(extend).then_rejected(period.PeriodHasEnded)
    agreed.when(extend).then_rejected(IllegalTransition)
