"""Call-backs, as sentences (lifecycles C2 #24, codes D5 CB and SA, complaints H8)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest

from libs.events.contracts.dispatch import CallbackRecorded
from libs.events.errors import IllegalTransition, Rejected
from libs.events.testing import Scenario
from services.dispatch.commands import Command, RecordCallback
from services.dispatch.decider import Case, Fact, allowed, callbacks, closing, dispatch, view
from tests import scenarios as case
from tests.unit.timing.editions import usual
from tests.unit.timing.story import SIGN, answer, at, close, dispatched

new: Scenario[Command, Case, Fact] = Scenario(dispatch)
closed = new.given(*case.closed_case)
THURSDAY = case.WEDNESDAY + timedelta(days=1)
reached = RecordCallback(
    org="DWK-CENTRE",
    called_at=THURSDAY,
    result="1",
    responded=True,
    solved=True,
    satisfaction="4",
    by="caller",
    at=case.FRIDAY,
)
missed = replace(reached, result="3", responded=None, solved=None, satisfaction="0")


def tried(*times: int) -> Scenario[Command, Case, Fact]:
    """Nobody answered, so many hours after the close."""
    story = closed
    for hours in times:
        attempt = replace(missed, called_at=case.WEDNESDAY + timedelta(hours=hours))
        story = story.given(*(story.when(attempt).facts or ()))
    return story


def recorded(story: Scenario[Command, Case, Fact], command: RecordCallback) -> CallbackRecorded:
    facts = story.when(command).facts
    assert facts
    (fact,) = facts
    assert isinstance(fact, CallbackRecorded)
    return fact


def test_a_reporter_who_was_reached_is_asked_what_came_of_it() -> None:
    closed.when(reached).then(case.called_back)
    story = closed.given(case.called_back)
    assert view(story.state)["evaluation"] == "DONE"
    assert allowed(story.state) == ["reopen"]
    story.when(reached).then_nothing()
    story.when(replace(reached, by="somebody-else")).then_rejected(IllegalTransition)


def test_there_is_nothing_to_call_back_about_before_the_close() -> None:
    new.given(*case.answered_case).when(reached).then_rejected(IllegalTransition)
    assert view(new.given(*case.answered_case).state)["evaluation"] == "NOT_DUE"


@pytest.mark.parametrize("change", [{"by": "builder"}, {"by": "liaison"}, {"org": case.HOUSING}])
def test_who_handled_the_case_does_not_ask_how_it_was(change: dict[str, Any]) -> None:
    closed.when(replace(reached, **change)).then_rejected(closing.HandlerReviewsOwnWork)


@pytest.mark.parametrize(
    ("called_at", "refusal"),
    [
        (case.WEDNESDAY - timedelta(minutes=1), callbacks.CalledBeforeTheClose),
        (case.FRIDAY + timedelta(minutes=1), callbacks.CalledInTheFuture),
    ],
)
def test_the_call_lies_between_the_close_and_now(called_at: datetime, refusal: type[Rejected]) -> None:
    closed.when(replace(reached, called_at=called_at)).then_rejected(refusal)


@pytest.mark.parametrize(
    "change",
    [
        {"responded": None},
        {"solved": None},
        {"result": "2"},
        {"result": "3", "responded": None, "solved": None},
        {"result": "4", "satisfaction": "0"},
    ],
)
def test_only_who_was_reached_answers_and_who_was_reached_answers_all(change: dict[str, Any]) -> None:
    closed.when(replace(reached, **change)).then_rejected(callbacks.CallbackAnswersDoNotFit)


def test_who_was_reached_need_not_grade() -> None:
    assert recorded(closed, replace(reached, satisfaction="0")).final


@pytest.mark.parametrize(
    ("result", "status"),
    [("2", "DONE"), ("3", "PENDING"), ("4", "UNREACHABLE"), ("5", "UNREACHABLE"), ("6", "DONE")],
)
def test_every_result_but_no_answer_is_final_at_once(
    result: Literal["2", "3", "4", "5", "6"], status: str
) -> None:
    facts = closed.when(replace(missed, result=result)).facts or ()
    assert view(closed.given(*facts).state)["evaluation"] == status


@pytest.mark.parametrize(
    ("times", "status"),
    [
        ((1,), "PENDING"),
        ((1, 24), "PENDING"),
        ((1, 2, 3), "PENDING"),
        ((1, 2, 3, 24), "UNREACHABLE"),
        ((1, 2, 24), "UNREACHABLE"),
        ((1, 24, 48), "UNREACHABLE"),
    ],
)
def test_nobody_answering_is_final_after_three_calls_on_two_days(times: tuple[int, ...], status: str) -> None:
    story = tried(*times)
    assert view(story.state)["evaluation"] == status
    assert ("record-callback" in allowed(story.state)) == (status == "PENDING")


def test_the_same_call_is_recorded_once() -> None:
    tried(24).when(missed).then_nothing()


def test_a_reopened_case_is_called_about_after_its_next_close_only() -> None:
    story = closed.given(case.called_back, case.reopened)
    assert view(story.state)["evaluation"] == "NOT_DUE"
    story.when(reached).then_rejected(IllegalTransition)
    again = story.given(
        case.signed, case.answered, case.closed.model_copy(update={"cycle": 2, "closed_at": case.FRIDAY})
    )
    assert view(again.state)["evaluation"] == "PENDING"
    fact = recorded(again, replace(reached, called_at=case.FRIDAY))
    assert (fact.cycle, fact.attempt_no) == (2, 1)


def test_the_clock_runs_on_until_a_result_is_final() -> None:
    monday, tuesday, friday = at("03-02 10:00"), at("03-03 10:00"), at("03-06 09:00")
    story = dispatched(usual(), monday)
    for command in (SIGN, answer(monday), close(monday)):
        story.asks(command, monday)
    assert story.clock("CALLBACK").due_at == at("03-06 00:00")
    story.asks(replace(missed, called_at=tuesday, at=tuesday), tuesday)
    assert story.clocks["CALLBACK"] == "RUNNING"
    assert story.ticks("CALLBACK", friday) == ["SlaWarned", "SlaBreached"]
    story.asks(replace(reached, called_at=friday, at=friday), friday)
    assert (story.clock("CALLBACK").state, story.clock("CALLBACK").breached) == ("STOPPED", True)
