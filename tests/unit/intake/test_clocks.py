"""The review clock and the dispatch clock, and how intake hears that a case has found a unit."""

from datetime import timedelta
from typing import Any

from libs.events.contracts.values import Route
from services.intake.commands import (
    ApproveReport,
    AwaitDispatch,
    DeclineReport,
    FileCase,
    NoteDispatch,
    SubmitReport,
)
from services.intake.decider import intake
from tests import scenarios as case
from tests.unit.timing.editions import usual
from tests.unit.timing.story import Story, at, names

MORNING, NOON = at("03-02 10:00"), at("03-02 12:00")
APPROVE = ApproveReport(
    category="2.EVENT", grid_code=case.GRID, urgency="1", confidential=False, by="reviewer"
)
DECLINE = DeclineReport(reason="D07", explanation=case.TEXT, by="reviewer")


def submit(urgency: str = "1") -> SubmitReport:
    asked: dict[str, Any] = {
        "channel": "03",
        "category": "2.EVENT",
        "urgency": urgency,
        "org_code": "640202001",
        "grid_code": case.GRID,
        "subject": case.TEXT,
        "description": case.TEXT,
        "anonymous": False,
        "confidential": False,
        "wants_reply": True,
    }
    return SubmitReport(**asked, reported_at=MORNING, by="grid-worker", at=MORNING)


def file(route: Route = "DISPATCH") -> FileCase:
    return FileCase(case_no="1", route=route, by="reviewer", at=NOON)


def reported(urgency: str = "1") -> Story:
    story = Story(intake, usual())
    story.asks(submit(urgency), MORNING)
    return story


def filed() -> Story:
    story = Story(intake, usual(), *case.approved_report)
    story.asks(file(), NOON)
    return story


def test_the_review_clock_runs_from_the_report_to_the_decision() -> None:
    for decision in (APPROVE, DECLINE):
        story = reported()
        assert story.clock("REVIEW").due_at == at("03-04 00:00")
        story.asks(decision, NOON)
        assert (story.clock("REVIEW").state, story.clock("REVIEW").stopped_at) == ("STOPPED", NOON)


def test_what_is_most_urgent_is_reviewed_within_half_an_hour() -> None:
    assert reported("3").clock("REVIEW").due_at == MORNING + timedelta(minutes=30)


def test_the_office_hours_are_those_of_who_received_the_report() -> None:
    assert reported().clock("REVIEW").hours_of == "640202001"


def test_a_report_left_alone_is_warned_about_and_then_breached() -> None:
    story = reported()
    assert story.ticks("REVIEW", at("03-03 17:00")) == ["SlaWarned"]
    assert story.ticks("REVIEW", at("03-04 00:00")) == ["SlaBreached"]


def test_a_case_filed_to_dispatch_waits_until_a_unit_is_responsible() -> None:
    story = filed()
    assert story.clock("DISPATCH").due_at == at("03-03 09:00")
    assert names(story.asks(NoteDispatch(assignment_no=1), NOON)) == ["DispatchNoted"]
    assert story.clocks["DISPATCH"] == "STOPPED"
    assert story.asks(NoteDispatch(assignment_no=1), NOON) == []


def test_a_case_that_comes_back_waits_anew() -> None:
    story, later = filed(), at("03-05 09:00")
    story.asks(NoteDispatch(assignment_no=1), NOON)
    (fact,) = story.asks(AwaitDispatch(), later)
    assert (fact.assignment_no, story.clock("DISPATCH").started_at) == (1, later)
    assert story.asks(AwaitDispatch(), later) == []
    (passed_on,) = story.asks(NoteDispatch(), later)
    assert passed_on.assignment_no == 1


def test_a_case_filed_to_mediation_waits_for_no_unit() -> None:
    story = Story(intake, usual(), *case.approved_report)
    story.asks(file("MEDIATION"), NOON)
    assert "DISPATCH" not in story.clocks
    assert story.asks(NoteDispatch(assignment_no=1), NOON) == []


def test_a_matter_without_a_report_waits_for_nothing_and_is_no_error() -> None:
    story = Story(intake, usual())
    assert story.asks(NoteDispatch(assignment_no=1), NOON) == []
    assert story.asks(AwaitDispatch(), NOON) == []
