"""The rules of dispatch, as sentences (lifecycles C2, C0; complaints H)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from libs.events.contracts.values import Attachment, ReopenCause
from libs.events.errors import IllegalTransition
from libs.events.testing import Scenario
from services.dispatch.commands import (
    ApproveReturn,
    CloseCase,
    Command,
    Dispatch,
    HandBack,
    HandToMediation,
    ReceiveCase,
    RejectFeedback,
    RejectReturn,
    Reopen,
    RequestReturn,
    Sign,
    SubmitFeedback,
)
from services.dispatch.decider import (
    Case,
    Fact,
    allowed,
    closing,
    dispatch,
    handover,
    lifecycle,
    requests,
    view,
)
from tests import scenarios as case

new: Scenario[Command, Case, Fact] = Scenario(dispatch)
filed = new.given(*case.received_case)
dispatched = new.given(*case.dispatched_case)
handling = new.given(*case.signed_case)
return_open = new.given(*case.return_open_case)
returned = new.given(*case.returned_case)
answered = new.given(*case.answered_case)
closed = new.given(*case.closed_case)
reopened = new.given(*case.reopened_case)
handed_over = new.given(*case.handed_over_case)

receive = ReceiveCase(
    origin="INTAKE",
    case_no="64020220260302000001",
    channel="01",
    category="2.EVENT.LITTER",
    urgency="2",
    org_code="640202001",
    grid_code=case.GRID,
    filed_at=case.MONDAY,
)
send = Dispatch(
    lead=case.HOUSING, return_until=case.TUESDAY, policy_version="none", by="dispatcher", at=case.MONDAY
)
sign = Sign(org=case.HOUSING, person_in_charge="builder", by="liaison")
ask_return = RequestReturn(
    org=case.HOUSING,
    reason="B01",
    legal_basis=case.TEXT,
    suggested_unit=case.WATER,
    by="liaison",
    at=case.MONDAY,
)
approve_return = ApproveReturn(mis_sent=True, by="dispatcher")
reject_return = RejectReturn(explanation=case.TEXT, by="dispatcher")
answer = SubmitFeedback(
    org=case.HOUSING,
    result="O1",
    truth=True,
    contacted=True,
    contacted_at=case.TUESDAY,
    measures=case.TEXT,
    attachments=(case.photo("AFTER"),),
    by="liaison",
    at=case.TUESDAY,
)
send_back = RejectFeedback(explanation=case.TEXT, by="closer")
close = CloseCase(outcome="O1", check="PASSED", explanation=case.TEXT, by="closer", at=case.WEDNESDAY)
reopen = Reopen(cause="UNSATISFIED", explanation=case.TEXT, by="supervisor")
hand_over = HandToMediation(explanation=case.TEXT, by="dispatcher")
hand_back = HandBack(outcome="UNRESOLVED", hand_over_no=1)


# received and dispatched


def test_a_filed_case_is_received() -> None:
    new.when(receive).then(case.received)


def test_a_filing_heard_twice_is_received_once() -> None:
    filed.when(receive).then_nothing()
    closed.when(receive).then_nothing()


def test_a_received_case_is_dispatched_to_one_lead() -> None:
    filed.when(send).then(case.dispatched)


def test_assisting_units_are_named_with_the_lead() -> None:
    filed.when(replace(send, assists=(case.WATER, case.PARKS))).then(
        case.dispatched.model_copy(update={"assists": (case.WATER, case.PARKS)})
    )


@pytest.mark.parametrize("assists", [(case.HOUSING,), (case.WATER, case.WATER)])
def test_a_unit_has_one_part_in_a_case(assists: tuple[str, ...]) -> None:
    filed.when(replace(send, assists=assists)).then_rejected(lifecycle.LeadAlsoAssists)


def test_a_deadline_lies_ahead() -> None:
    late = case.MONDAY - timedelta(minutes=1)
    for past in (
        replace(send, sign_due_at=late),
        replace(send, handle_due_at=late),
        replace(send, return_until=late),
    ):
        filed.when(past).then_rejected(lifecycle.DeadlineHasPassed)


@pytest.mark.parametrize("before", [new, dispatched, handling, answered, closed, handed_over])
def test_only_a_filed_case_is_dispatched(before: Scenario[Command, Case, Fact]) -> None:
    before.when(send).then_rejected(IllegalTransition)


# signed


def test_the_lead_signs_and_names_the_person_in_charge() -> None:
    dispatched.when(sign).then(case.signed)


def test_another_unit_does_not_sign() -> None:
    dispatched.when(replace(sign, org=case.WATER)).then_rejected(lifecycle.NotTheLead)


def test_signing_again_changes_nothing() -> None:
    handling.when(sign).then_nothing()


def test_a_signed_case_does_not_change_its_person_by_signing() -> None:
    handling.when(replace(sign, person_in_charge="apprentice")).then_rejected(IllegalTransition)


def test_what_was_not_dispatched_is_not_signed() -> None:
    filed.when(sign).then_rejected(IllegalTransition)
    returned.when(sign).then_rejected(IllegalTransition)


# returned to the platform


@pytest.mark.parametrize("before", [dispatched, handling])
def test_the_lead_asks_to_return_the_case(before: Scenario[Command, Case, Fact]) -> None:
    before.when(ask_return).then(case.return_requested)


@pytest.mark.parametrize("before", [new, filed, answered, closed, handed_over])
def test_what_no_unit_holds_is_not_returned(before: Scenario[Command, Case, Fact]) -> None:
    before.when(ask_return).then_rejected(IllegalTransition)


def test_another_unit_cannot_return_the_case() -> None:
    handling.when(replace(ask_return, org=case.WATER)).then_rejected(lifecycle.NotTheLead)


def test_a_return_suggests_another_unit() -> None:
    handling.when(replace(ask_return, suggested_unit=case.HOUSING)).then_rejected(
        requests.SuggestedUnitIsTheHolder
    )


def test_a_return_is_asked_for_within_its_window() -> None:
    handling.when(replace(ask_return, at=case.TUESDAY)).then(case.return_requested)
    late = replace(ask_return, at=case.TUESDAY + timedelta(seconds=1))
    handling.when(late).then_rejected(requests.ReturnWindowHasPassed)


def test_without_a_window_a_return_is_asked_for_at_any_time() -> None:
    windowless = filed.given(case.dispatched.model_copy(update={"return_until": None}))
    windowless.when(replace(ask_return, at=case.FRIDAY)).then(case.return_requested)


def test_one_return_is_open_at_most() -> None:
    return_open.when(replace(ask_return, reason="B02")).then_rejected(requests.ReturnIsOpen)


def test_asking_again_for_the_same_return_changes_nothing() -> None:
    return_open.when(ask_return).then_nothing()


def test_an_open_return_does_not_move_the_case() -> None:
    assert view(return_open.state)["lifecycle"] == "HANDLING"
    assert view(return_open.state)["return"] == "OPEN"


def test_an_unsigned_case_is_signed_while_its_return_is_open() -> None:
    dispatched.given(case.return_requested).when(sign).then(case.signed)


def test_while_a_return_is_open_no_feedback_is_taken() -> None:
    return_open.when(answer).then_rejected(requests.ReturnIsOpen)


def test_while_a_return_is_open_the_case_is_not_handed_over() -> None:
    return_open.when(hand_over).then_rejected(requests.ReturnIsOpen)


def test_an_approved_return_takes_the_case_from_the_unit() -> None:
    return_open.when(approve_return).then(case.return_approved, case.assignment_returned)
    assert view(returned.state)["lifecycle"] == "FILED"
    assert view(returned.state)["lead"] is None
    assert view(returned.state)["return"] == "NONE"


def test_applicant_and_decider_of_a_return_are_two_people() -> None:
    return_open.when(replace(approve_return, by="liaison")).then_rejected(requests.ApplicantDecides)
    return_open.when(replace(reject_return, by="liaison")).then_rejected(requests.ApplicantDecides)


def test_without_an_open_return_there_is_nothing_to_decide() -> None:
    for before in (dispatched, handling, returned):
        before.when(approve_return).then_rejected(requests.NoReturnIsOpen)
        before.when(reject_return).then_rejected(requests.NoReturnIsOpen)


def test_after_a_rejected_return_the_unit_must_handle_the_case() -> None:
    return_open.when(reject_return).then(case.return_rejected)
    bound = return_open.given(case.return_rejected)
    bound.when(ask_return).then_rejected(requests.ReturnWasRejected)
    bound.when(answer).then(case.answered)


def test_a_returned_case_is_dispatched_anew() -> None:
    returned.when(replace(send, lead=case.WATER)).then(
        case.dispatched.model_copy(update={"assignment_no": 2, "lead": case.WATER})
    )


def again(number: int, unit: str, other: str) -> tuple[Fact, ...]:
    """A dispatch to the unit and its approved return to the other."""
    asked = case.return_requested.model_copy(
        update={"assignment_no": number, "org": unit, "suggested_unit": other}
    )
    back = case.assignment_returned.model_copy(
        update={"assignment_no": number, "org": unit, "return_no": number}
    )
    sent = case.dispatched.model_copy(update={"assignment_no": number, "lead": unit})
    return (sent, asked, case.return_approved, back)


def test_a_second_return_is_allowed_and_a_third_is_refused() -> None:
    once = filed.given(*again(1, case.HOUSING, case.WATER))
    twice_sent = once.given(case.dispatched.model_copy(update={"assignment_no": 2, "lead": case.WATER}))
    second = replace(ask_return, org=case.WATER, suggested_unit=case.HOUSING)
    assert twice_sent.when(second).facts
    twice = once.given(*again(2, case.WATER, case.HOUSING))
    third = twice.given(case.dispatched.model_copy(update={"assignment_no": 3}))
    third.when(ask_return).then_rejected(requests.ReturnedTooOften)


def test_a_rejected_return_does_not_count_as_a_return() -> None:
    rejected = return_open.given(case.return_rejected)
    assert view(rejected.state)["return_no"] == 0


def test_a_fresh_assignment_may_be_returned_after_a_rejected_one() -> None:
    fresh = return_open.given(case.return_rejected, case.answered, case.closed, case.reopened)
    fresh.when(replace(ask_return, at=case.FRIDAY)).then(
        case.return_requested.model_copy(update={"assignment_no": 2})
    )


# feedback


def test_the_lead_answers_with_measures_contact_and_photo() -> None:
    handling.when(answer).then(case.answered)


def test_another_unit_does_not_answer() -> None:
    handling.when(replace(answer, org=case.WATER)).then_rejected(lifecycle.NotTheLead)


@pytest.mark.parametrize("photos", [(), (case.photo("BEFORE"),)])
def test_what_was_reported_with_a_photo_is_answered_with_one(photos: tuple[Attachment, ...]) -> None:
    handling.when(replace(answer, attachments=photos)).then_rejected(closing.AfterPhotoIsMissing)


def test_a_hotline_case_is_answered_without_a_photo() -> None:
    hotline = new.given(case.received.model_copy(update={"channel": "03"}), case.dispatched, case.signed)
    hotline.when(replace(answer, attachments=())).then(case.answered.model_copy(update={"attachments": ()}))


def test_a_case_of_a_legacy_register_never_had_a_photo() -> None:
    legacy = new.given(case.received.model_copy(update={"origin": "IMPORT"}), case.dispatched, case.signed)
    legacy.when(replace(answer, attachments=())).then(case.answered.model_copy(update={"attachments": ()}))


def test_a_contact_has_its_time_and_none_has_its_reason() -> None:
    nobody = replace(answer, contacted=False, contacted_at=None, no_contact_reason=case.TEXT)
    handling.when(nobody).then(
        case.answered.model_copy(
            update={"contacted": False, "contacted_at": None, "no_contact_reason": case.TEXT}
        )
    )
    for unclear in (
        replace(answer, contacted_at=None),
        replace(answer, no_contact_reason=case.TEXT),
        replace(nobody, no_contact_reason=None),
        replace(nobody, contacted_at=case.TUESDAY),
    ):
        handling.when(unclear).then_rejected(closing.ContactIsNotRecorded)


def test_nobody_was_contacted_in_the_future() -> None:
    handling.when(replace(answer, contacted_at=case.FRIDAY)).then_rejected(closing.ContactInTheFuture)


@pytest.mark.parametrize("before", [filed, dispatched, answered, closed])
def test_only_a_signed_case_is_answered(before: Scenario[Command, Case, Fact]) -> None:
    before.when(answer).then_rejected(IllegalTransition)


def test_feedback_is_sent_back_to_the_unit() -> None:
    answered.when(send_back).then(case.sent_back)
    answered.given(case.sent_back).when(answer).then(case.answered)


def test_nobody_judges_the_own_answer() -> None:
    answered.when(replace(send_back, by="liaison")).then_rejected(closing.HandlerReviewsOwnWork)


def test_without_feedback_there_is_nothing_to_send_back() -> None:
    handling.when(send_back).then_rejected(IllegalTransition)


# closed and reopened


def test_the_platform_closes_an_answered_case() -> None:
    answered.when(close).then(case.closed)


@pytest.mark.parametrize("handler", ["liaison", "builder"])
def test_handler_and_closer_are_two_people(handler: str) -> None:
    answered.when(replace(close, by=handler)).then_rejected(closing.HandlerReviewsOwnWork)


def test_who_handled_an_earlier_cycle_does_not_close_a_later_one() -> None:
    later = reopened.given(
        case.signed.model_copy(update={"assignment_no": 2, "by": "clerk", "person_in_charge": "clerk"}),
        case.answered.model_copy(update={"assignment_no": 2, "by": "clerk"}),
    )
    for handler in ("clerk", "liaison"):
        later.when(replace(close, by=handler)).then_rejected(closing.HandlerReviewsOwnWork)


def test_an_unanswered_case_is_not_closed() -> None:
    for before in (filed, dispatched, handling, handed_over):
        before.when(close).then_rejected(IllegalTransition)


def test_closing_again_with_the_same_outcome_changes_nothing() -> None:
    closed.when(close).then_nothing()
    closed.when(replace(close, outcome="O3")).then_rejected(IllegalTransition)


@pytest.mark.parametrize("cause", ["UNSATISFIED", "RECURRENCE", "FALSE_CLOSURE"])
def test_a_closed_case_is_reopened_for_its_last_lead(cause: ReopenCause) -> None:
    closed.when(replace(reopen, cause=cause)).then(case.reopened.model_copy(update={"cause": cause}))


def test_only_a_hotline_case_is_refused_by_the_hotline() -> None:
    refused = replace(reopen, cause="HOTLINE_REFUSED")
    closed.when(refused).then_rejected(closing.NotAHotlineCase)
    hotline = new.given(case.received.model_copy(update={"channel": "03"}), *case.closed_case[1:])
    hotline.when(refused).then(case.reopened.model_copy(update={"cause": "HOTLINE_REFUSED"}))


def test_only_a_closed_case_is_reopened() -> None:
    for before in (filed, handling, answered, reopened):
        before.when(reopen).then_rejected(IllegalTransition)


def test_a_reopened_case_is_signed_again_and_closes_a_second_cycle() -> None:
    signed = case.signed.model_copy(update={"assignment_no": 2})
    reopened.when(sign).then(signed)
    second = reopened.given(signed, case.answered.model_copy(update={"assignment_no": 2}))
    second.when(close).then(case.closed.model_copy(update={"assignment_no": 2, "cycle": 2}))


# mediation


@pytest.mark.parametrize("before", [filed, dispatched, handling])
def test_a_dispute_is_handed_to_mediation(before: Scenario[Command, Case, Fact]) -> None:
    before.when(hand_over).then(case.handed_over)


@pytest.mark.parametrize("before", [answered, closed, handed_over])
def test_an_answered_case_stays_with_dispatch(before: Scenario[Command, Case, Fact]) -> None:
    before.when(hand_over).then_rejected(IllegalTransition)


def test_what_mediation_could_not_settle_comes_back() -> None:
    handed_over.when(hand_back).then(case.handed_back)
    assert view(new.given(*case.handed_back_case).state)["lifecycle"] == "FILED"


def test_a_hand_back_heard_twice_changes_nothing() -> None:
    new.given(*case.handed_back_case).when(hand_back).then_nothing()


def test_a_hand_back_of_another_hand_over_is_refused() -> None:
    handed_over.when(replace(hand_back, hand_over_no=2)).then_rejected(handover.HandOverDoesNotMatch)


def test_what_mediation_settled_does_not_come_back() -> None:
    handed_over.when(replace(hand_back, outcome="RESOLVED")).then_rejected(handover.MediationHadEffect)


def test_a_case_that_was_never_handed_over_does_not_come_back() -> None:
    handling.when(hand_back).then_rejected(IllegalTransition)


def test_a_second_hand_over_has_its_own_number() -> None:
    back = new.given(*case.handed_back_case)
    back.when(hand_over).then(case.handed_over.model_copy(update={"hand_over_no": 2}))


# what an answer shows


def test_the_answer_names_what_may_follow() -> None:
    assert allowed(filed.state) == ["dispatch", "hand-to-mediation"]
    assert allowed(handling.state) == [
        "hand-to-mediation",
        "request-return",
        "request-suspension",
        "submit-feedback",
    ]
    assert allowed(return_open.state) == ["approve-return", "reject-return"]
    assert allowed(return_open.given(case.return_rejected).state) == [
        "hand-to-mediation",
        "request-suspension",
        "submit-feedback",
    ]
    assert allowed(dispatched.given(case.return_requested).state) == [
        "approve-return",
        "reject-return",
        "sign",
    ]


def test_the_answer_counts_what_repeated() -> None:
    shown = view(reopened.state)
    assert (shown["assignment_no"], shown["reopen_no"], shown["lead"]) == (2, 1, case.HOUSING)
    assert view(returned.state)["return_no"] == 1
    assert view(handed_over.state)["hand_over_no"] == 1


def test_every_refusal_of_dispatch_names_its_stage() -> None:
    named = [
        *vars(lifecycle).values(),
        *vars(requests).values(),
        *vars(closing).values(),
        *vars(handover).values(),
    ]
    rules = {refusal.rule for refusal in named if isinstance(refusal, type) and hasattr(refusal, "rule")}
    assert all(rule.startswith("dispatch.") for rule in rules - {"illegal_transition", "rejected"})
