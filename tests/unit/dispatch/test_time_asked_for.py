"""More time and a pause, as sentences (lifecycles C2 #11 to #15, C5 rule 6)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.events.duelist import attention
from libs.events.errors import IllegalTransition, Rejected
from libs.reference import Library
from services.dispatch import commands as ask
from services.dispatch.decider import allowed, extension, requests, suspension, view
from services.dispatch.decider.lifecycle import NotTheLead
from tests import scenarios as case
from tests.unit.timing.editions import publish, usual
from tests.unit.timing.story import HAND_OVER, REJECT, SIGN, Story, answer, at, dispatched, names

MONDAY, TUESDAY, WEDNESDAY = at("03-02 10:00"), at("03-03 10:00"), at("03-04 10:00")
DUE, RESUMES = at("03-10 00:00"), at("03-16 08:30")
APPROVE = ask.ApproveExtension(by="dispatcher")
LEADER = ask.ApproveExtension(leader=True, by="leader")
REFUSE = ask.RejectExtension(explanation=case.TEXT, by="dispatcher")
NO_PAUSE = ask.RejectSuspension(explanation=case.TEXT, by="dispatcher")
RESUME = ask.Resume(by="dispatcher")


def more(limit: str = "3wd", **changes: Any) -> ask.RequestExtension:
    asked: dict[str, Any] = {"org": case.HOUSING, "limit": limit, "explanation": case.TEXT}
    asked |= {"by": "liaison", "at": TUESDAY}
    return ask.RequestExtension(**(asked | changes))


def wait(**changes: Any) -> ask.RequestSuspension:
    asked: dict[str, Any] = {"org": case.HOUSING, "reason": "H01", "resume_at": RESUMES}
    asked |= {"explanation": case.TEXT, "by": "liaison", "at": TUESDAY}
    return ask.RequestSuspension(**(asked | changes))


def suspend(moment: datetime = TUESDAY, by: str = "dispatcher") -> ask.Suspend:
    return ask.Suspend(by=by, at=moment)


def handling(library: Library | None = None) -> Story:
    story = dispatched(library or usual(), MONDAY)
    story.asks(SIGN, MONDAY)
    return story


def told(*asked: Any, moment: datetime = TUESDAY) -> Story:
    story = handling()
    for command in asked:
        story.asks(command, moment)
    return story


def refuses(story: Story, command: Any, refusal: type[Rejected], moment: datetime = TUESDAY) -> None:
    with pytest.raises(refusal):
        story.asks(command, moment)


# more time


def test_the_clock_runs_on_until_the_extension_is_decided() -> None:
    story = handling()
    assert names(story.asks(more(), TUESDAY)) == ["ExtensionRequested"]
    assert (story.clock("HANDLE").due_at, view(story.state)["extension"]) == (DUE, "OPEN")
    assert story.asks(more(), TUESDAY) == []


def test_an_approved_extension_comes_on_top_of_the_deadline() -> None:
    story = told(more(), APPROVE)
    clock = story.clock("HANDLE")
    assert (clock.due_at, clock.extensions, clock.limit) == (at("03-13 00:00"), ("3wd",), "5wd")
    assert view(story.state)["extension"] == "NONE"


def test_less_may_be_granted_than_was_asked_for_and_never_more() -> None:
    story = told(more())
    for limit in ("4wd", "1sd"):
        refuses(story, ask.ApproveExtension(limit=limit, by="dispatcher"), extension.LongerThanAsked)
    story.asks(ask.ApproveExtension(limit="1wd", by="dispatcher"), TUESDAY)
    assert story.clock("HANDLE").due_at == at("03-11 00:00")


def test_a_rejected_extension_moves_nothing_and_may_be_asked_again() -> None:
    story = told(more(), REFUSE)
    assert (story.clock("HANDLE").due_at, view(story.state)["extension"]) == (DUE, "NONE")
    assert names(story.asks(more(), TUESDAY)) == ["ExtensionRequested"]


def test_the_applicant_does_not_decide_and_nobody_decides_nothing() -> None:
    story = told(more())
    refuses(story, ask.ApproveExtension(by="liaison"), requests.ApplicantDecides)
    refuses(story, ask.RejectExtension(explanation=case.TEXT, by="liaison"), requests.ApplicantDecides)
    refuses(handling(), APPROVE, extension.NoExtensionIsOpen)
    refuses(handling(), REFUSE, extension.NoExtensionIsOpen)


def test_the_second_extension_takes_a_leader_and_there_is_no_third() -> None:
    story = told(more(), APPROVE, more())
    refuses(story, APPROVE, extension.LeaderDecides)
    story.asks(LEADER, TUESDAY)
    assert story.clock("HANDLE").extensions == ("3wd", "3wd")
    refuses(story, more(), extension.ExtendedTooOften)
    assert "request-extension" not in allowed(story.state)


def test_what_is_asked_for_twice_is_one_request_at_a_time() -> None:
    refuses(told(more()), more("1wd"), extension.ExtensionIsOpen)


def test_only_the_lead_asks_and_only_while_it_handles() -> None:
    refuses(handling(), more(org=case.WATER), NotTheLead)
    refuses(dispatched(usual(), MONDAY), more(), IllegalTransition)


def test_there_is_nothing_to_extend_after_the_deadline_or_without_one() -> None:
    refuses(handling(), more(at=DUE), extension.NothingToExtend, DUE)
    breached = handling()
    breached.ticks("HANDLE", DUE)
    refuses(breached, more(), extension.NothingToExtend)
    for library in (publish(Library(), "e", "HANDLE|*|*|none"), Library()):
        refuses(handling(library), more(), extension.NothingToExtend)


def test_a_request_that_is_undecided_at_the_deadline_has_lapsed() -> None:
    story = told(more())
    assert story.ticks("HANDLE", DUE) == ["SlaWarned", "SlaBreached"]
    assert view(story.state)["extension"] == "LAPSED"
    refuses(story, APPROVE, extension.NoExtensionIsOpen, DUE)
    assert "approve-extension" not in allowed(story.state)


def test_an_answer_needs_no_more_time() -> None:
    story = told(more(), answer(TUESDAY))
    assert view(story.state)["extension"] == "NONE"


# a pause


def test_a_suspended_case_stands_still_and_goes_on_by_itself_on_its_date() -> None:
    story = told(wait(), suspend())
    clock = story.clock("HANDLE")
    assert (clock.state, attention(clock)) == ("PAUSED", RESUMES)
    assert story.ticks("HANDLE", RESUMES - timedelta(seconds=1)) == []
    assert story.ticks("HANDLE", RESUMES + timedelta(minutes=5)) == ["CaseResumed"]
    assert story.facts[-1].planned
    assert [span.end for span in story.clock("HANDLE").pauses or ()] == [RESUMES]
    assert story.clock("HANDLE").due_at == at("03-20 16:00")
    assert story.ticks("HANDLE", RESUMES + timedelta(minutes=5)) == []


def test_whoever_comes_first_after_the_date_finds_the_case_resumed() -> None:
    story, later = told(wait(), suspend()), RESUMES + timedelta(hours=1)
    assert names(story.asks(answer(later), later)) == ["CaseResumed", "FeedbackSubmitted"]
    assert [span.end for span in story.clock("HANDLE").pauses or ()] == [RESUMES, None]


def test_a_case_may_be_resumed_before_its_date() -> None:
    story = told(wait(), suspend())
    (fact,) = story.asks(RESUME, WEDNESDAY)
    assert not fact.planned
    assert story.clock("HANDLE").due_at == at("03-11 00:00")
    refuses(story, RESUME, suspension.CaseIsNotSuspended)


def test_a_suspended_case_is_resumed_before_it_is_answered() -> None:
    story = told(wait(), suspend())
    refuses(story, answer(TUESDAY), suspension.CaseIsSuspended)
    refuses(story, more(), suspension.CaseIsSuspended)
    refuses(story, wait(), suspension.CaseIsSuspended)
    assert allowed(story.state) == ["hand-to-mediation", "resume"]


def test_what_is_overdue_cannot_be_suspended() -> None:
    overdue = handling()
    overdue.ticks("HANDLE", DUE)
    refuses(overdue, wait(at=DUE), suspension.SuspendedAfterTheDeadline, DUE)
    story = told(wait())
    refuses(story, suspend(DUE), suspension.SuspendedAfterTheDeadline, DUE)


def test_the_date_lies_ahead_when_asked_and_when_granted() -> None:
    refuses(handling(), wait(resume_at=TUESDAY), suspension.ResumeDateHasPassed)
    story = told(wait(resume_at=WEDNESDAY))
    refuses(story, suspend(WEDNESDAY), suspension.ResumeDateHasPassed, WEDNESDAY)


def test_applicant_and_decider_are_two_people_here_too() -> None:
    story = told(wait())
    assert story.asks(wait(), TUESDAY) == []
    refuses(story, wait(reason="H02"), suspension.SuspensionIsOpen)
    refuses(story, suspend(by="liaison"), requests.ApplicantDecides)
    story.asks(NO_PAUSE, TUESDAY)
    assert view(story.state)["suspension"] == "NONE"
    refuses(story, suspend(), suspension.NoSuspensionIsOpen)
    refuses(story, NO_PAUSE, suspension.NoSuspensionIsOpen)


def test_without_reference_data_a_case_is_suspended_and_resumed_by_hand() -> None:
    story = handling(Library())
    for command in (wait(), suspend()):
        story.asks(command, TUESDAY)
    assert (story.clocks, view(story.state)["suspension"]) == ({}, "SUSPENDED")
    story.asks(RESUME, WEDNESDAY)
    assert view(story.state)["suspension"] == "NONE"


def test_mediation_that_takes_over_ends_the_pause() -> None:
    story = told(wait(), suspend(), HAND_OVER)
    assert (story.clock("HANDLE").state, view(story.state)["suspension"]) == ("STOPPED", "NONE")
    assert story.ticks("HANDLE", RESUMES + timedelta(days=1)) == []


def test_an_extension_and_a_pause_add_up() -> None:
    story = told(more("1wd"), APPROVE, wait(resume_at=WEDNESDAY), suspend())
    story.asks(RESUME, WEDNESDAY - timedelta(minutes=1))
    story.asks(answer(WEDNESDAY), WEDNESDAY)
    story.asks(REJECT, at("03-05 10:00"))
    assert story.clock("HANDLE").due_at == at("03-12 17:29")
