"""Laws of the fold and of the row, over generated histories."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.events.contracts import Event
from libs.events.contracts.values import PauseSpan
from libs.events.fast import Fast
from services.metrics.definitions import DEFINITIONS, Definition
from services.metrics.fold import PREFIXES, fold
from services.metrics.handlers import HANDLERS
from services.metrics.matter import CasePart, DisputePart, Matter, ReportPart
from services.metrics.rows import COLUMNS, Row, restore, row
from tests.unit.metrics.histories import CLOCKS, MATTER, START, fact, folded, happened


def _readings() -> list[object]:
    """Clocks as facts may carry them: none, running, breached, standing still, stopped in time and late."""
    early, late = START, START + timedelta(days=2)
    ended = [{"state": "STOPPED", "stopped_at": at} for at in (early, late)]
    paused = [{"state": "PAUSED", "pauses": (PauseSpan(start=at),)} for at in (early, late)]
    ways: list[dict[str, Any]] = [{}, {"breached": True}, {"due_at": None}, *ended, *paused]
    return [None, CLOCKS, *((it.model_copy(update=way),) for it in CLOCKS for way in ways)]


READINGS: dict[str, list[object]] = {"clocks": _readings()}
NUMBERED: dict[str, list[object]] = {"assignment_no": [1, 2, 3], **READINGS}
VARIANTS: dict[str, dict[str, list[object]]] = {
    "dispatch.assignment_signed": NUMBERED,
    "dispatch.assignment_returned": NUMBERED,
    "dispatch.case_reopened": NUMBERED,
    "dispatch.feedback_submitted": READINGS,
    "dispatch.feedback_rejected": READINGS,
    "dispatch.deadline_extended": READINGS,
    "dispatch.case_suspended": READINGS,
    "dispatch.case_resumed": READINGS,
    "dispatch.case_closed": READINGS,
    "dispatch.sla_breached": {"clocks": _readings()[1:]},
    "dispatch.deadline_recalculated": {"clocks": _readings()[1:]},
    "intake.case_filed": {"route": ["DISPATCH", "MEDIATION"], "channel": ["01", "03"]},
    "dispatch.case_dispatched": {"lead": ["unit-a", "unit-b"], **NUMBERED},
    "dispatch.case_handed_to_mediation": {"hand_over_no": [1, 2], **READINGS},
    "mediation.dispute_registered": {"hand_over_no": [0, 1, 2]},
    "mediation.dispute_closed": {"resolved": [True, False]},
    "mediation.mediation_failed": {"cause": ["F02", "F05"]},
}


@st.composite
def facts(draw: st.DrawFn) -> Event:
    """Any fact, legal here or not: the fold must be silent and total on all of them."""
    kind = draw(st.sampled_from(sorted(HANDLERS)))
    choices = VARIANTS.get(kind, {})
    return fact(kind, **{name: draw(st.sampled_from(values)) for name, values in choices.items()})


histories = st.lists(facts(), min_size=1, max_size=25)


def columns(values: Row) -> dict[str, Any]:
    """The row by column name."""
    return dict(zip(COLUMNS, values, strict=True))


def interleave(events: Sequence[Fast], order: Sequence[int]) -> list[Fast]:
    """The same events, the order inside each stream kept, the streams mixed as `order` says."""
    queues = [list(group) for _, group in groupby(sorted(events, key=_stream), key=_stream)]
    mixed = []
    for pick in order:
        queue = queues[pick % len(queues)]
        mixed.append(queue.pop(0))
        queues = [left for left in queues if left]
    return mixed


def _stream(event: Fast) -> str:
    return event.stream


@given(histories, st.data())
def test_any_interleaving_of_the_stage_topics_gives_the_same_row(
    history: list[Event], data: st.DataObject
) -> None:
    events = happened(history)
    picks = st.lists(st.integers(0, 5), min_size=len(events), max_size=len(events))
    assert row(folded(interleave(events, data.draw(picks)))) == row(folded(events))


@given(histories, st.data())
def test_a_stored_row_goes_on_as_if_it_had_never_been_stored(
    history: list[Event], data: st.DataObject
) -> None:
    events = happened(history)
    cut = data.draw(st.integers(1, len(events)))
    stored = columns(row(folded(events[:cut])))
    logs = tuple(stored[f"{prefix}_log"] or "" for prefix in PREFIXES)
    matter = restore(str(MATTER), stored["parts"] or "", (logs[0], logs[1], logs[2]))
    for event in events[cut:]:
        fold(matter, event)
    assert row(matter) == row(folded(events))


TYPES = {"uuid": str, "text": str, "timestamptz": datetime, "boolean": bool, "integer": int}
"""What the driver packs as each type of PostgreSQL."""


@given(histories)
def test_a_row_has_every_column_and_the_values_its_type_needs(history: list[Event]) -> None:
    values = row(folded(happened(history)))
    assert len(values) == len(COLUMNS)
    named = columns(values)
    for name, kind in COLUMNS.items():
        found = named[name] if kind.endswith("[]") else [named[name]]
        assert {type(value) for value in found or []} <= {TYPES[kind.removesuffix("[]")], type(None)}, name
        assert kind != "boolean" or named[name] is not None, name
    assert all(named[name] is not None for name in ("stage", "status", "opened_at", "last_at"))
    assert (named["since"] is not None) == (named["status"] != ""), "no state without its instant"


@given(histories)
@settings(max_examples=200)
def test_every_numerator_lies_inside_its_denominator(history: list[Event]) -> None:
    named = columns(row(folded(happened(history))))
    for definition in DEFINITIONS.values():
        for one in counted_ones(named, definition):
            for switch in (None, *definition.switches):
                counted = all(one[flag] for flag in definition.base(switch))
                succeeded = all(one[flag] for flag in definition.top(switch))
                assert counted or not succeeded
                if counted:
                    assert one[definition.cohort] is not None, "what is counted belongs to a period"


def counted_ones(named: dict[str, Any], definition: Definition) -> list[dict[str, Any]]:
    """The row, or one for each assignment in it."""
    if definition.of == "matter":
        return [named]
    arrays = {name: named[name] or [] for name, kind in COLUMNS.items() if kind.endswith("[]")}
    assert len({len(found) for found in arrays.values()}) == 1, "one element per assignment in every array"
    return [dict(zip(arrays, values, strict=True)) for values in zip(*arrays.values(), strict=True)]


@given(histories)
def test_reopening_takes_a_closed_case_out_of_the_numerator_and_keeps_its_history(
    history: list[Event],
) -> None:
    closed = [*history, fact("dispatch.case_received"), fact("dispatch.case_closed")]
    before = columns(row(folded(happened(closed))))
    after = columns(row(folded(happened([*closed, fact("dispatch.case_reopened")]))))
    assert (before["case_closed"], after["case_closed"]) == (True, False)
    assert after["case_counted"]
    assert "dispatch.case_closed" in (after["case_log"] or "")


@given(histories)
def test_handed_to_mediation_leaves_the_dispatch_rate_and_enters_the_mediation_rates(
    history: list[Event],
) -> None:
    handed = [*history, fact("dispatch.case_received"), fact("dispatch.case_handed_to_mediation")]
    named = columns(row(folded(happened(handed))))
    assert (named["case_counted"], named["dispute_counted"]) == (False, True)


@given(st.integers(0, 2**48 - 1), histories)
def test_the_order_of_the_list_never_changes_for_a_time_ordered_matter(
    instant: int, history: list[Event]
) -> None:
    plain = f"{instant:012x}"
    matter = UUID(f"{plain[:8]}-{plain[8:]}-7abc-8def-0123456789ab")
    instant_text = columns(row(folded(happened(history, matter), matter)))["opened_at"]
    assert instant_text == columns(row(folded(happened(history[:1], matter), matter)))["opened_at"]


def test_a_private_settlement_is_resolved_but_no_success_of_mediation() -> None:
    history = [
        fact("mediation.dispute_registered"),
        fact("mediation.mediation_accepted"),
        fact("mediation.mediation_failed", cause="F02"),
        fact("mediation.dispute_closed", outcome="RESOLVED", resolved=True),
    ]
    named = columns(row(folded(happened(history))))
    assert named["dispute_resolved"]
    assert (named["dispute_accepted"], named["dispute_ended"], named["dispute_agreed"]) == (True, True, False)


def test_a_case_counts_as_filed_before_dispatch_has_received_it() -> None:
    named = columns(row(folded(happened([fact("intake.report_submitted"), fact("intake.case_filed")]))))
    assert (named["case_counted"], named["case_closed"], named["filed_at"]) == (
        True,
        False,
        datetime(2020, 3, 2, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize("part", [ReportPart(), CasePart(), DisputePart()])
def test_a_part_gives_every_field_back_in_its_place(part: ReportPart | CasePart | DisputePart) -> None:
    count = len(part.fields())
    part.load(range(count))
    assert part.values() == tuple(range(count))


def test_a_matter_that_was_never_folded_has_no_version() -> None:
    assert Matter(str(MATTER)).version(f"case-{MATTER}") == 0
