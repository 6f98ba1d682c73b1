"""A matter's history over three streams."""

import json

from hypothesis import given

from libs.events.contracts import Event
from libs.events.envelope import Actor
from services.metrics.rows import row
from services.metrics.timeline import Entry, timeline
from tests.unit.metrics.histories import MATTER, fact, folded, happened
from tests.unit.metrics.test_laws import columns, histories

DEPUTY = Actor('u"1\\', "centre", "DSP", "chief-1")


def entries(history: list[Event], actor: Actor = DEPUTY) -> list[Entry]:
    named = columns(row(folded(happened(history, actor=actor))))
    logs = (named["report_log"] or "", named["case_log"] or "", named["dispute_log"] or "")
    return timeline(str(MATTER), logs)


@given(histories)
def test_every_event_is_in_it_once_with_its_own_id(history: list[Event]) -> None:
    events = happened(history)
    shown = [entry.view() for entry in entries(history)]
    assert sorted(view["event_id"] for view in shown) == sorted(event.id for event in events)
    assert [view["kind"] for view in shown] == [event.kind for event in events]


@given(histories)
def test_the_order_inside_a_stream_is_kept(history: list[Event]) -> None:
    found = entries(history)
    for stream in {entry.stream for entry in found}:
        versions = [entry.version for entry in found if entry.stream == stream]
        assert versions == sorted(versions)


def test_a_line_says_who_did_it_for_whom_and_under_which_trace() -> None:
    line = entries([fact("dispatch.case_received")])[0].view()
    assert (line["actor"], line["org"], line["role"]) == ('u"1\\', "centre", "DSP")
    assert line["on_behalf_of"] == "chief-1"
    assert line["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert line["stage"] == "dispatch"


def test_a_line_says_who_held_the_matter_from_then_on() -> None:
    history = [fact("dispatch.case_received"), fact("dispatch.case_dispatched"), fact("dispatch.case_closed")]
    assert [entry.holder for entry in entries(history)] == ["centre", "unit-housing", None]


def test_nothing_happened_to_nothing() -> None:
    assert timeline(str(MATTER), ("[]", "[]", "[]")) == []


def test_a_reaction_stands_behind_its_cause_although_both_have_one_business_time() -> None:
    def log(kind: str, recorded_at: str) -> str:
        return json.dumps([[1, kind, "2020-03-02T01:00", recorded_at, "u", "o", "SYS", None, None, None]])

    reaction = log("intake.outcome_recorded", "2020-03-02T01:02")
    cause = log("mediation.dispute_closed", "2020-03-02T01:01")
    kinds = [entry.kind for entry in timeline(str(MATTER), (reaction, "[]", cause))]
    assert kinds == ["mediation.dispute_closed", "intake.outcome_recorded"]
