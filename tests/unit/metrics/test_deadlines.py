"""On-time figures: what the clocks on the facts say, case by case (indicators E2)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.events.contracts import Event
from libs.events.envelope import event_id
from services.metrics import evidence
from services.metrics.definitions import DEFINITIONS
from services.metrics.fold import fold
from services.metrics.matter import Matter
from services.metrics.rows import COLUMNS, restore, row
from tests.unit.metrics.clocked import (
    AFTER,
    BEFORE,
    DUE,
    FAR,
    HANDED,
    LATER,
    RECEIVED,
    answered,
    breached,
    closed,
    dispatched,
    extended,
    handle,
    rejected,
    reopened,
    resumed,
    returned,
    sign,
    signed,
    suspended,
)
from tests.unit.metrics.histories import MATTER, fact, folded, happened, matter_of


def columns(matter: Matter) -> dict[str, Any]:
    return dict(zip(COLUMNS, row(matter), strict=True))


def signings(*facts: Event) -> list[tuple[bool, bool]]:
    """Of every assignment with a sign limit: counted, in time."""
    named = columns(matter_of(RECEIVED, *facts))
    return list(zip(named["sign_counted"] or [], named["sign_in_time"] or [], strict=True))


def case(*facts: Event) -> tuple[bool, bool]:
    """The case in CLOSE_ONTIME: due, closed in time."""
    named = columns(matter_of(RECEIVED, *facts))
    return named["case_due"], named["case_closed_in_time"]


IN_TIME, LATE, OUT = (True, True), (True, False), (False, False)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param([dispatched()], [OUT], id="not signed, limit not passed"),
        pytest.param([dispatched(), signed()], [IN_TIME], id="signed in time"),
        pytest.param([dispatched(), signed(DUE)], [LATE], id="signed at the due instant, which is exclusive"),
        pytest.param([dispatched(), signed(DUE - timedelta(microseconds=1))], [IN_TIME], id="just in time"),
        pytest.param([dispatched(), signed(AFTER)], [LATE], id="signed late before any timer said so"),
        pytest.param([dispatched(), breached(sign())], [LATE], id="limit passed, not signed"),
        pytest.param(
            [dispatched(), breached(sign()), signed(AFTER, breached=True)], [LATE], id="breach then sign late"
        ),
        pytest.param([dispatched(), returned()], [OUT], id="returned unsigned"),
        pytest.param([dispatched(), signed(), returned()], [OUT], id="returned after a signing in time"),
        pytest.param([dispatched(), breached(sign()), returned()], [OUT], id="returned after a breach"),
        pytest.param(
            [dispatched(), returned(), dispatched(2, "unit-b"), signed(no=2)],
            [OUT, IN_TIME],
            id="the second unit signs in time",
        ),
        pytest.param(
            [dispatched(), signed(), closed(), reopened(due=FAR), breached(sign(due=FAR))],
            [IN_TIME, LATE],
            id="each assignment counts by itself: reopened and not signed",
        ),
        pytest.param([dispatched(), signed(), HANDED], [OUT], id="handed over"),
        pytest.param(
            [dispatched(), signed(), HANDED, fact("dispatch.case_handed_back")], [IN_TIME], id="handed back"
        ),
        pytest.param(
            [dispatched(), HANDED, fact("dispatch.case_handed_back")], [OUT], id="never signed, handed back"
        ),
        pytest.param([dispatched(1, "unit-a", sign(due=None)), signed(due_at=None)], [], id="no sign limit"),
        pytest.param(
            [fact("dispatch.case_dispatched"), fact("dispatch.assignment_signed")], [], id="no clocks"
        ),
    ],
)
def test_signing_in_time(facts: Sequence[Event], expected: list[tuple[bool, bool]]) -> None:
    assert signings(*facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param([dispatched(), signed()], OUT, id="open, deadline not passed"),
        pytest.param([dispatched(), signed(), breached(handle())], LATE, id="open, deadline passed"),
        pytest.param([dispatched(), signed(), answered(), closed()], IN_TIME, id="closed in time"),
        pytest.param([dispatched(), signed(), closed(LATER)], LATE, id="closed at the due instant"),
        pytest.param(
            [dispatched(), signed(), breached(handle()), closed(LATER, late=True)], LATE, id="closed late"
        ),
        pytest.param(
            [
                dispatched(),
                signed(),
                answered(BEFORE),
                fact(
                    "dispatch.case_closed",
                    closed_at=FAR,
                    clocks=(handle("STOPPED", LATER, stopped_at=BEFORE),),
                ),
            ],
            IN_TIME,
            id="closed late after a feedback in time: the clock stood still (C2 #18)",
        ),
        pytest.param([dispatched(), signed(), answered(BEFORE)], OUT, id="feedback in time, not closed yet"),
        pytest.param([dispatched(), signed(), answered(LATER)], LATE, id="feedback after the deadline"),
        pytest.param(
            [dispatched(), signed(), answered(BEFORE), rejected(FAR), closed(LATER, FAR)],
            IN_TIME,
            id="rejected: judged against the deadline that was given back",
        ),
        pytest.param(
            [dispatched(), signed(), answered(BEFORE), rejected(FAR), breached(handle(due=FAR))],
            LATE,
            id="rejected and then overdue",
        ),
        pytest.param(
            [dispatched(), signed(), breached(handle()), answered(FAR, breached=True)], LATE, id="no healing"
        ),
        pytest.param(
            [dispatched(), signed(), closed(LATER, late=True), fact("dispatch.case_reopened", reopen_no=1)],
            OUT,
            id="reopened where no limit is set",
        ),
        pytest.param([dispatched(), signed(), suspended()], OUT, id="suspended: put off (E1 rule 13)"),
        pytest.param(
            [dispatched(), signed(), suspended(), resumed(), closed(LATER, FAR)],
            IN_TIME,
            id="resumed: judged against the deadline that was moved (E5 V09)",
        ),
        pytest.param(
            [dispatched(), signed(), suspended(), resumed(), breached(handle(due=FAR))],
            LATE,
            id="overdue then",
        ),
        pytest.param(
            [dispatched(), signed(), extended(), closed(LATER, FAR)], IN_TIME, id="extended in time (rule 12)"
        ),
        pytest.param(
            [dispatched(), signed(), fact("dispatch.extension_requested"), closed(LATER)],
            LATE,
            id="an extension that was only asked for (rule 12)",
        ),
        pytest.param([dispatched(), signed(), closed(), reopened()], OUT, id="reopened: not closed, not due"),
        pytest.param(
            [dispatched(), signed(), closed(LATER, late=True), reopened(), signed(no=2), closed(BEFORE, FAR)],
            IN_TIME,
            id="closed late, reopened, closed in time again (E1 rule 14)",
        ),
        pytest.param(
            [dispatched(), signed(), closed(), reopened(), breached(handle(due=FAR))],
            LATE,
            id="reopened, overdue",
        ),
        pytest.param(
            [dispatched(), breached(handle()), returned()], OUT, id="returned: no deadline (E1 rule 11)"
        ),
        pytest.param(
            [dispatched(), signed(), breached(handle()), HANDED], OUT, id="handed over (E1 rule 10)"
        ),
        pytest.param([dispatched(), closed(due=LATER)], IN_TIME, id="closed without a signing"),
        pytest.param(
            [fact("dispatch.case_dispatched"), fact("dispatch.case_closed")],
            OUT,
            id="no clocks, as in a register",
        ),
        pytest.param(
            [
                dispatched(1, "unit-a", sign(), handle(due=None)),
                fact("dispatch.case_closed", clocks=(handle("STOPPED", None, stopped_at=FAR),)),
            ],
            OUT,
            id="no limit, no deadline",
        ),
    ],
)
def test_closing_in_time(facts: Sequence[Event], expected: tuple[bool, bool]) -> None:
    assert case(*facts) == expected


@pytest.mark.parametrize(
    ("facts", "deferred"),
    [
        ([dispatched(), signed(), suspended()], True),
        ([dispatched(), signed(), suspended(), resumed()], False),
        ([dispatched(), signed(), answered()], False),
        ([dispatched(), signed(), suspended(), returned()], False),
        ([dispatched(), signed(), suspended(), HANDED], False),
        ([dispatched(), signed(), closed()], False),
        ([fact("dispatch.case_dispatched"), fact("dispatch.case_suspended")], False),
    ],
)
def test_what_is_suspended_is_counted_beside_the_rate(facts: Sequence[Event], *, deferred: bool) -> None:
    assert columns(matter_of(RECEIVED, *facts))["case_deferred"] is deferred


def test_the_unit_of_the_assignment_carries_its_signing() -> None:
    named = columns(matter_of(RECEIVED, dispatched(), returned(), dispatched(2, "unit-b"), signed(no=2)))
    assert named["sign_org"] == ["unit-a", "unit-b"]
    assert named["sign_no"] == [1, 2]


def test_a_new_calendar_moves_the_deadline_and_names_itself() -> None:
    moved = (sign(due=FAR, calendar_version="cn-2"), handle(due=FAR, calendar_version="cn-2"))
    recalculated = fact(
        "dispatch.deadline_recalculated",
        reason="CALENDAR_REVISED",
        edition="e-2",
        old_calendar="cn-1",
        new_calendar="cn-2",
        moved=(),
        clocks=moved,
    )
    named = columns(matter_of(RECEIVED, dispatched(), recalculated))
    assert (named["case_calendar"], named["sign_calendar"]) == ("cn-2", ["cn-2"])
    assert named["case_due_at"] == datetime(2020, 3, 11, 1, tzinfo=UTC)
    assert (named["case_policy"], named["sign_policy"]) == ("p-1", ["p-1"])


def test_a_calendar_that_comes_after_the_signing_does_not_judge_it_again() -> None:
    late = fact(
        "dispatch.deadline_recalculated",
        reason="CALENDAR_REVISED",
        edition="e-2",
        old_calendar="cn-1",
        new_calendar="cn-2",
        moved=(),
        clocks=(handle(due=FAR, calendar_version="cn-2"),),
    )
    named = columns(matter_of(RECEIVED, dispatched(), signed(), late))
    assert (named["sign_calendar"], named["case_calendar"]) == (["cn-1"], "cn-2")
    assert signings(dispatched(), signed(), late) == [IN_TIME]


def test_reading_and_noting_move_no_deadline() -> None:
    story = [RECEIVED, dispatched(), signed()]
    before = columns(matter_of(*story))
    after = columns(matter_of(*story, fact("dispatch.return_requested"), fact("dispatch.return_rejected")))
    names = [name for name in COLUMNS if name.startswith("sign_") or name in {"case_due_at", "case_due"}]
    assert [before[name] for name in names] == [after[name] for name in names]


@pytest.mark.parametrize(
    ("code", "facts", "no", "counted", "succeeded"),
    [
        ("SIGN_ONTIME", [dispatched(), signed()], 1, [3], [3]),
        ("SIGN_ONTIME", [dispatched(), breached(sign()), signed(AFTER, breached=True)], 1, [3], []),
        ("SIGN_ONTIME", [dispatched(), returned(), dispatched(2), signed(no=2)], 2, [5], [5]),
        ("CLOSE_ONTIME", [dispatched(), signed(), closed()], 0, [4], [4]),
        ("CLOSE_ONTIME", [dispatched(), signed(), breached(handle())], 0, [4], []),
        ("CLOSE_ONTIME", [dispatched(), signed(), breached(handle()), closed(FAR, late=True)], 0, [4], [5]),
        ("CLOSE_ONTIME", [dispatched(), signed(), closed(FAR)], 0, [4], [4]),
    ],
)
def test_a_figure_leads_to_the_events_that_made_it(
    code: str, facts: Sequence[Event], no: int, counted: list[int], succeeded: list[int]
) -> None:
    matter, witness = matter_of(RECEIVED, *facts), evidence.WITNESSES[code]

    def ids(versions: list[int]) -> list[str]:
        return [str(event_id(f"case-{MATTER}", version)) for version in versions]

    assert evidence.event_ids(matter, witness.counted(matter, no)) == ids(counted)
    assert evidence.event_ids(matter, witness.succeeded(matter, no)) == ids(succeeded)


def test_a_stored_case_goes_on_with_its_deadlines() -> None:
    story = happened([RECEIVED, dispatched(), returned(), dispatched(2, "unit-b"), signed(no=2), closed()])
    for cut in range(1, len(story)):
        stored = columns(folded(story[:cut]))
        logs = (stored["report_log"] or "", stored["case_log"] or "", stored["dispute_log"] or "")
        again = restore(str(MATTER), stored["parts"] or "", logs)
        assert row(folded(story)) == row(_continued(again, story[cut:]))


def _continued(matter: Matter, events: Sequence[Any]) -> Matter:
    for event in events:
        fold(matter, event)
    return matter


def test_a_register_without_clocks_is_stored_as_before() -> None:
    named = columns(matter_of(RECEIVED, fact("dispatch.case_dispatched"), fact("dispatch.case_closed")))
    assert all(named[name] is None for name in COLUMNS if name.startswith("sign_"))
    assert (named["parts"] or "").count("[") == 2, "three parts of which one is there, and no deadlines"


def test_every_figure_of_time_names_its_versions() -> None:
    assert {it.code for it in DEFINITIONS.values() if it.mode == "DUE"} == {"SIGN_ONTIME", "CLOSE_ONTIME"}
    assert all((it.versions is not None) == (it.mode == "DUE") for it in DEFINITIONS.values())
