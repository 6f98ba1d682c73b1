"""Where a matter stands, who holds it and since when, as the events tell it."""

from types import SimpleNamespace
from typing import Any

import pytest

from libs.events.contracts import registry
from libs.events.errors import UnknownKind
from libs.events.fast import Fast
from services.metrics.fold import STEPS, fold, misplaced
from services.metrics.matter import Matter
from services.metrics.rows import place
from tests.unit.metrics.histories import MATTER, fact, happened, matter_of

SUBMITTED, APPROVED, FILED = (
    fact("intake.report_submitted"),
    fact("intake.report_approved"),
    fact("intake.case_filed"),
)
RECEIVED, DISPATCHED, SIGNED = (
    fact("dispatch.case_received"),
    fact("dispatch.case_dispatched"),
    fact("dispatch.assignment_signed"),
)
FEEDBACK, CLOSED = fact("dispatch.feedback_submitted"), fact("dispatch.case_closed")


def test_every_released_kind_has_a_handler() -> None:
    stages = {kind for kind, _ in registry() if not kind.startswith("reference.")}
    assert set(STEPS) == stages, "reference data is no matter of a stage"


def test_a_submitted_report_waits_in_intake() -> None:
    now = place(matter_of(SUBMITTED))
    assert (now.stage, now.status, now.holder) == ("intake", "SUBMITTED", "com-1")
    assert now.since == "2020-03-02T01:00:00.000000Z"


def test_a_filed_report_is_held_by_dispatch_before_dispatch_has_seen_it() -> None:
    now = place(matter_of(SUBMITTED, APPROVED, FILED))
    assert (now.stage, now.status) == ("dispatch", "FILED")


def test_a_report_filed_to_mediation_is_held_by_mediation() -> None:
    now = place(matter_of(SUBMITTED, APPROVED, fact("intake.case_filed", route="MEDIATION")))
    assert (now.stage, now.status) == ("mediation", "HANDED_TO_MEDIATION")


def test_the_unit_holds_a_dispatched_case_and_the_centre_a_feedback() -> None:
    assert place(matter_of(RECEIVED, DISPATCHED)).holder == "unit-housing"
    assert place(matter_of(RECEIVED, DISPATCHED, SIGNED, FEEDBACK)).holder == "centre"


def test_a_return_request_moves_nothing_until_it_is_decided() -> None:
    matter = matter_of(RECEIVED, DISPATCHED, fact("dispatch.return_requested"))
    assert place(matter).status == "DISPATCHED"
    assert matter.case is not None
    assert matter.case.return_open


def test_an_approved_return_gives_the_case_back_to_the_centre() -> None:
    matter = matter_of(
        RECEIVED,
        DISPATCHED,
        fact("dispatch.return_requested"),
        fact("dispatch.return_approved"),
        fact("dispatch.assignment_returned"),
    )
    assert place(matter)[:3] == ("dispatch", "FILED", "centre")
    assert matter.case is not None
    assert (matter.case.lead, matter.case.return_no, matter.case.return_open) == (None, 1, False)


def test_a_closed_case_is_held_by_nobody() -> None:
    now = place(matter_of(RECEIVED, DISPATCHED, SIGNED, FEEDBACK, CLOSED))
    assert (now.status, now.holder) == ("CLOSED", None)
    assert now.closed_at == "2020-03-02T01:00:00.000000Z"


def test_a_reopened_case_is_not_closed_and_both_facts_stay_in_its_history() -> None:
    matter = matter_of(RECEIVED, DISPATCHED, SIGNED, FEEDBACK, CLOSED, fact("dispatch.case_reopened"))
    now = place(matter)
    assert (now.status, now.holder, now.closed_at) == ("DISPATCHED", "unit-housing", None)
    assert matter.case is not None
    assert matter.case.reopen_no == 1
    assert b"dispatch.case_closed" in matter.case.log


def test_a_handed_over_case_is_held_by_mediation_before_mediation_has_seen_it() -> None:
    matter = matter_of(RECEIVED, DISPATCHED, fact("dispatch.case_handed_to_mediation"))
    assert place(matter)[:2] == ("mediation", "HANDED_TO_MEDIATION")


def test_a_handed_back_case_is_in_dispatch_again_although_the_dispute_exists() -> None:
    matter = matter_of(
        RECEIVED,
        DISPATCHED,
        fact("dispatch.case_handed_to_mediation"),
        fact("mediation.dispute_registered", origin="HAND_OVER", hand_over_no=1),
        fact("mediation.dispute_closed", outcome="UNRESOLVED", resolved=False, hand_over_no=1),
        fact("dispatch.case_handed_back", outcome="UNRESOLVED"),
    )
    assert place(matter)[:3] == ("dispatch", "FILED", "centre")


def test_a_second_hand_over_waits_for_mediation_although_the_first_dispute_is_closed() -> None:
    matter = matter_of(
        RECEIVED,
        fact("dispatch.case_handed_to_mediation"),
        fact("mediation.dispute_registered", origin="HAND_OVER", hand_over_no=1),
        fact("mediation.dispute_closed", outcome="UNRESOLVED", resolved=False, hand_over_no=1),
        fact("dispatch.case_handed_back", outcome="UNRESOLVED"),
        fact("dispatch.case_handed_to_mediation", hand_over_no=2),
    )
    assert place(matter)[:2] == ("mediation", "HANDED_TO_MEDIATION")


def test_an_escalated_dispute_is_held_by_the_upper_level() -> None:
    registered, escalated = fact("mediation.dispute_registered"), fact("mediation.dispute_escalated")
    assert place(matter_of(registered, escalated))[:3] == ("mediation", "REGISTERED", "str-1")
    accepted = fact("mediation.mediation_accepted")
    assert place(matter_of(registered, accepted, escalated))[:3] == ("mediation", "ACCEPTED", "str-1")


def test_a_mediated_dispute_walks_through_its_states() -> None:
    walk = [
        ("mediation.dispute_registered", "REGISTERED"),
        ("mediation.mediation_proposed", "SCREENING"),
        ("mediation.mediation_accepted", "ACCEPTED"),
        ("mediation.mediators_appointed", "ASSIGNED"),
        ("mediation.session_held", "MEDIATING"),
        ("mediation.agreement_reached", "AGREED"),
        ("mediation.dispute_closed", "CLOSED"),
    ]
    facts = [fact(kind) for kind, _ in walk]
    for count, (_, status) in enumerate(walk, 1):
        assert place(matter_of(*facts[:count])).status == status


def test_an_unknown_kind_stops_the_fold() -> None:
    newer: Any = SimpleNamespace(kind="intake.report_blessed", stream=f"report-{MATTER}", version=1)
    with pytest.raises(UnknownKind):
        fold(Matter(str(MATTER)), newer)


def test_a_kind_on_a_foreign_stream_is_misplaced() -> None:
    event = happened([SUBMITTED])[0]
    assert not misplaced(event)
    elsewhere: Any = SimpleNamespace(kind=event.kind, stream=f"case-{MATTER}")
    assert misplaced(elsewhere)


def test_the_replay_view_is_what_the_fold_reads() -> None:
    assert isinstance(happened([SUBMITTED])[0], Fast)


def test_every_kind_has_a_step_with_code_of_its_own() -> None:
    """What the interpreter learns of one kind's attributes is kept in the code that reads them."""
    codes = {id(getattr(step, "__code__", None)) for _, step in STEPS.values()}
    assert len(codes) == len(STEPS)
