"""What facts do to clocks, as sentences (lifecycles C5)."""

from datetime import timedelta

import pytest

from libs.events.contracts import dispatch as facts
from libs.events.contracts.values import Moved
from libs.events.envelope import Actor, Cause
from libs.events.timing import Moment, Recalculate, heard
from libs.events.timing.deciding import decided
from libs.reference import EditionMissing, Library
from services.dispatch import commands as ask
from services.intake.commands import FileCase
from services.intake.decider import intake
from tests import scenarios as case
from tests.unit.timing.editions import REVISED, USUAL, longer_holiday, publish, revised, usual
from tests.unit.timing.story import (
    HAND_OVER,
    REJECT,
    REOPEN,
    SIGN,
    Story,
    answer,
    at,
    close,
    dispatched,
    names,
    received,
    send,
)

MONDAY, TUESDAY, WEDNESDAY = at("03-02 10:00"), at("03-03 10:00"), at("03-04 10:00")
DUE = at("03-10 00:00")
"""Five working days after Monday, 2 March 2026."""


def handling(library: Library | None = None) -> Story:
    story = dispatched(library or usual(), MONDAY)
    story.asks(SIGN, MONDAY + timedelta(hours=1))
    return story


def test_a_fact_carries_the_whole_new_reading_of_the_clocks_it_starts() -> None:
    story = received(usual())
    (fact,) = story.asks(send(MONDAY), MONDAY)
    assert isinstance(fact, facts.CaseDispatched)
    sign, handle = fact.clocks or ()
    assert (sign.clock, sign.limit, sign.due_at) == ("SIGN", "1wd", at("03-04 00:00"))
    assert (handle.clock, handle.limit, handle.due_at) == ("HANDLE", "5wd", DUE)
    assert (handle.hours_of, handle.policy_version, handle.calendar_version) == (
        case.HOUSING,
        "640202-2026.1",
        "cn-2026.1",
    )
    assert story.ruled == ("640202-2026.1", "cn-2026.1")


def test_without_an_edition_in_force_no_clock_starts_and_nothing_is_pinned() -> None:
    for library in (Library(), usual()):
        before = at("2025-12-01 10:00")
        story = dispatched(library, before)
        assert (story.clocks, story.ruled) == ({}, (None, None))
        assert story.facts[0].policy_version == "none"
    assert dispatched(Library(), MONDAY, policy_version=None).clocks == {}


def test_a_deadline_that_the_dispatcher_states_wins_over_the_limit() -> None:
    story, stated = received(usual()), at("03-05 17:30")
    story.asks(send(MONDAY, handle_due_at=stated), MONDAY)
    clock = story.clock("HANDLE")
    assert (clock.limit, clock.due_at) == (None, stated)
    assert clock.warn_at == MONDAY + (stated - MONDAY) * 0.7
    assert story.clock("SIGN").limit == "1wd"


def test_a_stated_deadline_gets_back_the_length_of_a_pause() -> None:
    story, stated = received(usual()), at("03-05 17:30")
    story.asks(send(MONDAY, handle_due_at=stated), MONDAY)
    story.asks(SIGN, MONDAY)
    story.asks(answer(TUESDAY), TUESDAY)
    story.asks(REJECT, WEDNESDAY)
    assert story.clock("HANDLE").due_at == stated + timedelta(days=1)


def test_a_limit_of_none_is_a_clock_without_a_deadline() -> None:
    story = dispatched(publish(Library(), "e", "HANDLE|*|*|none"), MONDAY)
    assert (story.clock("HANDLE").limit, story.clock("HANDLE").due_at) == (None, None)
    assert story.ticks("HANDLE", MONDAY + timedelta(days=900)) == []


def test_a_clock_without_a_rule_does_not_start() -> None:
    assert dispatched(publish(Library(), "e", "SIGN|*|*|1wd"), MONDAY).clocks == {"SIGN": "RUNNING"}


def test_the_first_tick_warns_the_second_breaches_and_no_further_one_says_anything() -> None:
    story = handling()
    clock = story.clock("HANDLE")
    assert clock.warn_at
    assert story.ticks("HANDLE", clock.warn_at - timedelta(seconds=1)) == []
    assert story.ticks("HANDLE", clock.warn_at) == ["SlaWarned"]
    assert story.ticks("HANDLE", clock.warn_at) == []
    assert story.ticks("HANDLE", DUE) == ["SlaBreached"]
    assert story.ticks("HANDLE", DUE) == []
    assert story.clock("HANDLE").due_at == DUE


def test_a_tick_that_comes_late_says_both_and_says_when_it_was_due() -> None:
    story = handling()
    assert story.ticks("HANDLE", DUE + timedelta(days=3)) == ["SlaWarned", "SlaBreached"]
    breach = story.facts[-1]
    assert isinstance(breach, facts.SlaBreached)
    assert breach.due_at == DUE


@pytest.mark.parametrize("name", ["SIGN", "CALLBACK", "REVIEW"])
def test_a_tick_for_a_clock_that_does_not_run_says_nothing(name: str) -> None:
    assert handling().ticks(name, DUE) == []


def test_a_late_signature_says_first_that_it_is_late() -> None:
    story = dispatched(usual(), MONDAY)
    late = at("03-04 09:00")
    assert names(story.asks(SIGN, late)) == ["SlaWarned", "SlaBreached", "AssignmentSigned"]
    assert (story.clock("SIGN").state, story.clock("SIGN").breached) == ("STOPPED", True)
    assert story.ticks("SIGN", late + timedelta(days=9)) == []


def test_who_speaks_for_a_clock_is_not_who_signed_late() -> None:
    story, late = dispatched(usual(), MONDAY), at("03-04 09:00")
    cause = Cause(Actor("liaison", case.HOUSING, "UNT"), late, case.MATTER, case.MATTER)
    causes = decided(story.decider, SIGN, story.state, Moment(late, story.library)).causes(cause)
    assert [it.actor.user for it in causes] == ["system", "system", "liaison"]
    assert {it.policy_version for it in causes} == {"640202-2026.1"}


def test_handling_stands_still_while_the_answer_is_checked() -> None:
    story = handling()
    story.asks(answer(TUESDAY), TUESDAY)
    assert story.clocks == {"SIGN": "STOPPED", "HANDLE": "PAUSED", "CHECK": "RUNNING"}
    assert story.ticks("HANDLE", DUE) == []
    story.asks(REJECT, WEDNESDAY)
    assert story.clocks == {"SIGN": "STOPPED", "HANDLE": "RUNNING", "CHECK": "STOPPED"}
    assert story.clock("HANDLE").due_at == at("03-11 00:00")


def test_what_was_answered_in_time_and_closed_after_the_deadline_was_done_in_time() -> None:
    story = handling()
    story.asks(answer(TUESDAY), TUESDAY)
    story.asks(close(DUE), DUE)
    handle = story.clock("HANDLE")
    assert (handle.state, handle.stopped_at, handle.due_at) == ("STOPPED", TUESDAY, DUE)
    assert (handle.pauses, handle.breached) == (None, None)
    assert story.clocks["CHECK"] == "STOPPED"
    assert story.clocks["CALLBACK"] == "RUNNING"


def test_a_breached_clock_cannot_be_paused_into_health() -> None:
    story, late = handling(), at("03-11 10:00")
    assert names(story.asks(answer(late), late)) == ["SlaWarned", "SlaBreached", "FeedbackSubmitted"]
    assert (story.clock("HANDLE").state, story.clock("HANDLE").pauses) == ("RUNNING", None)
    story.asks(REJECT, late + timedelta(days=2))
    assert (story.clock("HANDLE").due_at, story.clock("HANDLE").breached) == (DUE, True)


def test_an_answer_after_hours_leaves_no_working_time_behind() -> None:
    story, evening, morning = handling(), at("03-03 19:00"), at("03-04 08:00")
    story.asks(answer(evening), evening)
    story.asks(REJECT, morning)
    assert story.clock("HANDLE").due_at == DUE


def test_what_does_not_concern_a_clock_does_not_move_it() -> None:
    story = handling()
    before = dict(story.state.clocks)
    asked = ask.RequestReturn(
        org=case.HOUSING,
        reason="B01",
        legal_basis=case.TEXT,
        suggested_unit=case.WATER,
        by="liaison",
        at=TUESDAY,
    )
    story.asks(asked, TUESDAY)
    story.asks(ask.RejectReturn(explanation=case.TEXT, by="dispatcher"), WEDNESDAY)
    assert dict(story.state.clocks) == before
    assert story.ruled == (None, None)


def test_a_fact_without_clocks_leaves_the_very_same_readings() -> None:
    clocks = handling().state.clocks
    assert heard(clocks, case.return_requested) is clocks


def test_a_reopened_case_is_signed_and_handled_anew() -> None:
    story = handling()
    story.asks(answer(TUESDAY), TUESDAY)
    story.asks(close(WEDNESDAY), WEDNESDAY)
    story.asks(REOPEN, at("03-05 10:00"))
    assert (story.clock("HANDLE").started_at, story.clock("HANDLE").pauses) == (at("03-05 10:00"), None)
    assert story.clocks["CALLBACK"] == "STOPPED"
    assert story.clocks["SIGN"] == "RUNNING"


def test_what_mediation_takes_over_is_no_longer_due_here() -> None:
    story = handling()
    story.asks(HAND_OVER, TUESDAY)
    assert set(story.clocks.values()) == {"STOPPED"}
    assert story.ticks("HANDLE", DUE) == []


def test_a_case_keeps_the_limits_it_was_filed_under() -> None:
    library = publish(usual(), "stricter", "HANDLE|*|*|1wd", effective_at="2026-03-01T00:00:00+08:00")
    old = dispatched(library, MONDAY, policy_version="640202-2026.1")
    new = dispatched(library, MONDAY)
    assert (old.clock("HANDLE").limit, new.clock("HANDLE").limit) == ("5wd", "1wd")
    assert old.facts[0].policy_version == "640202-2026.1"
    assert new.facts[0].policy_version == "stricter"


def test_a_pinned_edition_that_is_not_known_here_is_awaited_and_not_guessed() -> None:
    story = received(usual(), policy_version="not-heard-of")
    with pytest.raises(EditionMissing, match="not-heard-of"):
        story.asks(send(MONDAY), MONDAY)


def test_publishing_an_edition_moves_no_open_case() -> None:
    story = handling()
    revised(story.library)
    story.asks(answer(TUESDAY), TUESDAY)
    story.asks(REJECT, WEDNESDAY)
    assert story.clock("HANDLE").due_at == at("03-11 00:00")
    assert story.clock("HANDLE").calendar_version == "cn-2026.1"


def test_a_revised_calendar_moves_an_open_case_in_one_fact_and_only_once() -> None:
    story = handling()
    revised(story.library)
    (fact,) = story.asks(Recalculate(REVISED), TUESDAY)
    assert isinstance(fact, facts.DeadlineRecalculated)
    assert (fact.old_calendar, fact.new_calendar, fact.edition) == ("cn-2026.1", "cn-2026.2", REVISED)
    assert fact.moved == (Moved(clock="HANDLE", old_due_at=DUE, new_due_at=at("03-11 00:00")),)
    assert story.clock("HANDLE").calendar_version == "cn-2026.2"
    assert story.asks(Recalculate(REVISED), TUESDAY) == []


def test_what_is_recalculated_is_what_it_would_have_been_from_the_start() -> None:
    story = handling()
    revised(story.library)
    story.asks(Recalculate(REVISED), TUESDAY)
    afresh = publish(Library(), "640202-2026.1", *USUAL, calendar=longer_holiday())
    assert story.clock("HANDLE") == handling(afresh).clock("HANDLE")


def test_a_breached_deadline_stays_where_it_was() -> None:
    story = handling()
    story.ticks("HANDLE", DUE)
    revised(story.library)
    story.asks(Recalculate(REVISED), DUE)
    clock = story.clock("HANDLE")
    assert (clock.due_at, clock.breached, clock.calendar_version) == (DUE, True, "cn-2026.2")
    assert story.asks(Recalculate(REVISED), DUE) == []


def test_what_had_run_out_before_the_notice_is_said_before_it_is_recalculated() -> None:
    story = handling()
    revised(story.library)
    said = names(story.asks(Recalculate(REVISED), DUE))
    assert said == ["SlaWarned", "SlaBreached", "DeadlineRecalculated"]
    assert story.clock("HANDLE").due_at == DUE


def test_a_closed_case_is_not_recalculated() -> None:
    story = handling()
    story.asks(HAND_OVER, TUESDAY)
    revised(story.library)
    assert story.asks(Recalculate(REVISED), WEDNESDAY) == []


def test_a_deadline_past_the_loaded_calendar_is_open_until_one_is_loaded() -> None:
    december = at("2027-12-30 10:00")
    story = dispatched(usual(), december)
    clock = story.clock("HANDLE")
    assert (clock.limit, clock.due_at, clock.provisional) == ("5wd", None, True)
    assert story.ticks("HANDLE", december + timedelta(days=60)) == []
    publish(story.library, "longer", *USUAL, calendar=longer_holiday(last="2028-12-31"))
    story.asks(Recalculate("longer"), december)
    assert story.clock("HANDLE").due_at == at("2028-01-07 00:00")


def test_a_calendar_by_which_a_clock_ran_out_before_its_pause_gives_that_pause_no_time() -> None:
    story = handling(publish(Library(), "640202-2026.2", *USUAL, calendar=longer_holiday()))
    story.asks(answer(at("03-10 10:00")), at("03-10 10:00"))
    story.asks(REJECT, at("03-10 11:00"))
    publish(story.library, "shorter", *USUAL)
    story.asks(Recalculate("shorter"), at("03-10 12:00"))
    assert (story.clock("HANDLE").due_at, story.clock("HANDLE").pauses) == (DUE, None)
    assert story.ticks("HANDLE", at("03-10 12:00")) == ["SlaBreached"]


def test_the_filing_pins_the_edition_that_is_in_force() -> None:
    story = Story(intake, usual(), *case.approved_report)
    fact = story.asks(FileCase(case_no="1", route="DISPATCH", by="reviewer", at=MONDAY), MONDAY)[0]
    assert fact.policy_version == "640202-2026.1"
    assert story.ruled == ("640202-2026.1", "cn-2026.1")
    assert story.clock("DISPATCH").due_at == at("03-02 16:00")
