"""A case of a legacy register: its row, and the commands that bring it into the log at their own times."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal

from libs.events.contracts.values import (
    CaseOutcome,
    CategoryCode,
    GridCode,
    OffsetInstant,
    OrgCode,
    ReopenCause,
    ReturnReason,
    Sealed,
    Urgency,
    UserId,
)
from libs.events.register import Fault, LegacyText, Number, Row, Step, future_faults, stated, step_faults
from services.dispatch import commands as ask

POLICY = "legacy"
MIS_SENT = frozenset({"B01", "B02", "B03", "B04"})
"""Return reasons that are the dispatcher's error (indicators DISPATCH_ACC)."""
Seal = Callable[[str | None], Sealed]
"""The sealed form of a text of the row; None stands for the text that the register does not state."""
Planned = tuple[ask.Command, datetime]


class CaseRow(Row):
    """A case as its register states it, from filing to closing; at most one return and one reopening."""

    case_no: Number | None = None
    category: CategoryCode
    urgency: Urgency = "1"
    org_code: OrgCode
    grid_code: GridCode | None = None
    confidential: bool = False
    filed_at: OffsetInstant

    dispatched_at: OffsetInstant | None = None
    unit: OrgCode | None = None
    dispatched_by: UserId | None = None

    return_requested_at: OffsetInstant | None = None
    return_reason: ReturnReason | None = None
    return_basis: LegacyText | None = None
    suggested_unit: OrgCode | None = None
    return_by: UserId | None = None
    return_decided_at: OffsetInstant | None = None
    return_decision: Literal["APPROVED", "REJECTED"] | None = None
    return_answer: LegacyText | None = None
    return_decided_by: UserId | None = None
    redispatched_at: OffsetInstant | None = None
    redispatched_unit: OrgCode | None = None

    signed_at: OffsetInstant | None = None
    person_in_charge: UserId | None = None
    feedback_at: OffsetInstant | None = None
    handled_by: UserId | None = None
    result: CaseOutcome | None = None
    truth: bool = True
    contacted_at: OffsetInstant | None = None
    measures: LegacyText | None = None
    closed_at: OffsetInstant | None = None
    closed_by: UserId | None = None
    outcome: CaseOutcome | None = None
    check: Literal["PASSED", "WAIVED"] = "WAIVED"
    closing_note: LegacyText | None = None

    reopened_at: OffsetInstant | None = None
    reopened_by: UserId | None = None
    reopen_cause: ReopenCause | None = None
    reopen_note: LegacyText | None = None
    resigned_at: OffsetInstant | None = None
    refeedback_at: OffsetInstant | None = None
    reclosed_at: OffsetInstant | None = None


TEXTS = ("return_basis", "return_answer", "measures", "closing_note", "reopen_note")
"""Fields whose text is sealed at the edge before anything is planned."""
STEPS = (
    Step("dispatched_at", ("filed_at",), ("unit", "dispatched_by")),
    Step("return_requested_at", ("dispatched_at",), ("return_reason", "suggested_unit", "return_by")),
    Step("return_decided_at", ("return_requested_at",), ("return_decision", "return_decided_by")),
    Step("redispatched_at", ("return_decided_at",), ("redispatched_unit",)),
    Step("signed_at", ("dispatched_at", "redispatched_at"), ("person_in_charge",)),
    Step("feedback_at", ("signed_at", "return_decided_at"), ("handled_by", "result")),
    Step("closed_at", ("feedback_at",), ("closed_by", "outcome")),
    Step("reopened_at", ("closed_at",), ("reopen_cause", "reopened_by")),
    Step("resigned_at", ("reopened_at",)),
    Step("refeedback_at", ("resigned_at",)),
    Step("reclosed_at", ("refeedback_at",)),
)


def faults(row: object, now: datetime) -> list[Fault]:
    """All that makes the row impossible before a rule is asked; `row` has the attributes of a row."""
    return [*step_faults(row, STEPS), *future_faults(row, (Step("filed_at", ()), *STEPS), now)]


def plan(row: CaseRow, seal: Seal) -> tuple[Planned, ...]:
    """The commands of a row without faults, with their business times, in the order they happened."""
    opened = (_receive(row), *_sending(row, row.dispatched_at, row.unit), *_returning(row, seal))
    again = _sending(row, row.redispatched_at, row.redispatched_unit)
    steps = (*opened, *again, *_handling(row, seal), *_handling_again(row, seal))
    return tuple(sorted(steps, key=lambda step: step[1]))


def _receive(row: CaseRow) -> Planned:
    received = ask.ReceiveCase(
        origin="IMPORT",
        case_no=row.case_no or row.external_no,
        channel=row.channel,
        category=row.category,
        urgency=row.urgency,
        org_code=row.org_code,
        grid_code=row.grid_code,
        confidential=row.confidential,
        filed_at=row.filed_at,
    )
    return received, row.filed_at


def _sending(row: CaseRow, at: datetime | None, unit: str | None) -> Iterator[Planned]:
    if at is not None:
        by = stated(row.dispatched_by)
        yield ask.Dispatch(lead=stated(unit), policy_version=POLICY, by=by, at=at), at


def _returning(row: CaseRow, seal: Seal) -> Iterator[Planned]:
    if row.return_requested_at is not None:
        yield _request_return(row, row.return_requested_at, seal), row.return_requested_at
    if row.return_decided_at is not None:
        yield _decide_return(row, seal), row.return_decided_at


def _request_return(row: CaseRow, at: datetime, seal: Seal) -> ask.Command:
    return ask.RequestReturn(
        org=stated(row.unit),
        reason=stated(row.return_reason),
        legal_basis=seal(row.return_basis),
        suggested_unit=stated(row.suggested_unit),
        by=stated(row.return_by),
        at=at,
    )


def _decide_return(row: CaseRow, seal: Seal) -> ask.Command:
    decided_by = stated(row.return_decided_by)
    if row.return_decision == "REJECTED":
        return ask.RejectReturn(explanation=seal(row.return_answer), by=decided_by)
    return ask.ApproveReturn(mis_sent=row.return_reason in MIS_SENT, by=decided_by)


def _handling(row: CaseRow, seal: Seal) -> Iterator[Planned]:
    if row.signed_at is not None:
        yield _sign(row), row.signed_at
    if row.feedback_at is not None:
        yield _feedback(row, row.feedback_at, seal), row.feedback_at
    if row.closed_at is not None:
        yield _close(row, row.closed_at, seal), row.closed_at


def _handling_again(row: CaseRow, seal: Seal) -> Iterator[Planned]:
    if row.reopened_at is not None:
        yield _reopen(row, seal), row.reopened_at
    if row.resigned_at is not None:
        yield _sign(row), row.resigned_at
    if row.refeedback_at is not None:
        yield _feedback(row, row.refeedback_at, seal), row.refeedback_at
    if row.reclosed_at is not None:
        yield _close(row, row.reclosed_at, seal), row.reclosed_at


def _sign(row: CaseRow) -> ask.Command:
    person = stated(row.person_in_charge)
    return ask.Sign(org=_lead(row), person_in_charge=person, by=person)


def _feedback(row: CaseRow, at: datetime, seal: Seal) -> ask.Command:
    contacted = row.contacted_at is not None
    return ask.SubmitFeedback(
        org=_lead(row),
        result=stated(row.result),
        truth=row.truth,
        contacted=contacted,
        contacted_at=row.contacted_at,
        no_contact_reason=None if contacted else seal(None),
        measures=seal(row.measures),
        by=stated(row.handled_by),
        at=at,
    )


def _close(row: CaseRow, at: datetime, seal: Seal) -> ask.Command:
    return ask.CloseCase(
        outcome=stated(row.outcome),
        check=row.check,
        explanation=seal(row.closing_note),
        by=stated(row.closed_by),
        at=at,
    )


def _reopen(row: CaseRow, seal: Seal) -> ask.Command:
    return ask.Reopen(
        cause=stated(row.reopen_cause), explanation=seal(row.reopen_note), by=stated(row.reopened_by)
    )


def _lead(row: CaseRow) -> str:
    return stated(row.unit if row.redispatched_at is None else row.redispatched_unit)
