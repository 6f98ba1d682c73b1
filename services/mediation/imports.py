"""A dispute of a legacy register: its row, and the commands that bring it into the log at their own times."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from libs.events.contracts.values import (
    CategoryCode,
    Count,
    DisputeOutcome,
    FailCause,
    Level,
    MediationType,
    OffsetInstant,
    OrgCode,
    RiskColour,
    Scale,
    Sealed,
    UserId,
)
from libs.events.register import Fault, LegacyText, Number, Row, Step, future_faults, stated, step_faults
from services.mediation import commands as ask

Seal = Callable[[str | None], Sealed]
"""The sealed form of a text of the row; None stands for the text that the register does not state."""
Planned = tuple[ask.Command, datetime]


class DisputeRow(Row):
    """A dispute as its register states it, from registration to closing."""

    dispute_no: Number | None = None
    category: CategoryCode
    scale: Scale = "01"
    people_count: Count = 2
    party_count: Count = 2
    level: Level = "COMMUNITY"
    org_code: OrgCode
    risk: RiskColour = "BLUE"
    title: LegacyText | None = None
    summary: LegacyText | None = None
    parties: LegacyText | None = None
    registered_at: OffsetInstant
    registered_by: UserId

    accepted_at: OffsetInstant | None = None
    initiated_by: Literal["PARTY", "COMMITTEE"] = "PARTY"
    mediation_type: MediationType | None = None
    committee: OrgCode | None = None
    accepted_by: UserId | None = None

    appointed_at: OffsetInstant | None = None
    mediators: Annotated[tuple[UserId, ...], Field(min_length=1, max_length=20)] | None = None
    chief: UserId | None = None
    chosen_by: Literal["COMMITTEE", "PARTIES"] = "COMMITTEE"
    interests_disclosed: bool | None = None

    session_at: OffsetInstant | None = None
    session_mode: Literal["ONSITE", "ONLINE"] = "ONSITE"
    attendees: Count | None = None
    rights_told: bool | None = None
    record: LegacyText | None = None

    agreed_at: OffsetInstant | None = None
    form: Literal["WRITTEN", "ORAL"] | None = None
    extent: Literal["FULL", "PARTIAL"] = "FULL"
    performed_at_once: bool = False
    written_requested: bool = False
    content: LegacyText | None = None

    failed_at: OffsetInstant | None = None
    fail_cause: FailCause | None = None
    fail_note: LegacyText | None = None
    other_routes_told: bool | None = None

    closed_at: OffsetInstant | None = None
    outcome: DisputeOutcome | None = None
    closing_note: LegacyText | None = None
    closed_by: UserId | None = None


TEXTS = ("title", "summary", "parties", "record", "content", "fail_note", "closing_note")
"""Fields whose text is sealed at the edge before anything is planned."""
STEPS = (
    Step("accepted_at", ("registered_at",), ("mediation_type", "committee", "accepted_by")),
    Step("appointed_at", ("accepted_at",), ("mediators", "chief", "interests_disclosed")),
    Step("session_at", ("appointed_at",), ("attendees", "rights_told")),
    Step("agreed_at", ("session_at",), ("form",)),
    Step("failed_at", ("session_at",), ("fail_cause", "other_routes_told")),
    Step("closed_at", ("registered_at", "agreed_at", "failed_at"), ("outcome", "closed_by")),
)


def faults(row: object, now: datetime) -> list[Fault]:
    """All that makes the row impossible before a rule is asked; `row` has the attributes of a row."""
    return [*step_faults(row, STEPS), *future_faults(row, (Step("registered_at", ()), *STEPS), now)]


def plan(row: DisputeRow, seal: Seal) -> tuple[Planned, ...]:
    """The commands of a row without faults, with their business times, in the order they happened."""
    steps = [_register(row, seal), *_opening(row, seal), *_ending(row, seal)]
    return tuple(sorted(steps, key=lambda step: step[1]))


def _register(row: DisputeRow, seal: Seal) -> Planned:
    registered = ask.RegisterDispute(
        origin="IMPORT",
        dispute_no=row.dispute_no or row.external_no,
        channel=row.channel,
        category=row.category,
        scale=row.scale,
        people_count=row.people_count,
        party_count=row.party_count,
        level=row.level,
        org_code=row.org_code,
        risk=row.risk,
        title=None if row.title is None else seal(row.title),
        summary=None if row.summary is None else seal(row.summary),
        parties=None if row.parties is None else seal(row.parties),
        registered_at=row.registered_at,
        by=row.registered_by,
        at=row.registered_at,
    )
    return registered, row.registered_at


def _opening(row: DisputeRow, seal: Seal) -> Iterator[Planned]:
    if row.accepted_at is not None:
        yield _accept(row), row.accepted_at
    if row.appointed_at is not None:
        yield _appoint(row), row.appointed_at
    if row.session_at is not None:
        yield _session(row, row.session_at, seal), row.session_at


def _ending(row: DisputeRow, seal: Seal) -> Iterator[Planned]:
    if row.agreed_at is not None:
        yield _agree(row, row.agreed_at, seal), row.agreed_at
    if row.failed_at is not None:
        yield _fail(row, seal), row.failed_at
    if row.closed_at is not None:
        yield _close(row, row.closed_at, seal), row.closed_at


def _accept(row: DisputeRow) -> ask.Command:
    return ask.AcceptMediation(
        initiated_by=row.initiated_by,
        mediation_type=stated(row.mediation_type),
        committee=stated(row.committee),
        consents=row.party_count,
        by=stated(row.accepted_by),
    )


def _appoint(row: DisputeRow) -> ask.Command:
    return ask.AppointMediators(
        mediators=stated(row.mediators),
        chief=stated(row.chief),
        chosen_by=row.chosen_by,
        interests_disclosed=stated(row.interests_disclosed),
        by=stated(row.accepted_by),
    )


def _session(row: DisputeRow, at: datetime, seal: Seal) -> ask.Command:
    return ask.HoldSession(
        mode=row.session_mode,
        attendees=stated(row.attendees),
        record=seal(row.record),
        rights_told=stated(row.rights_told),
        held_at=at,
        by=stated(row.chief),
        at=at,
    )


def _agree(row: DisputeRow, at: datetime, seal: Seal) -> ask.Command:
    return ask.ReachAgreement(
        form=stated(row.form),
        extent=row.extent,
        performed_at_once=row.performed_at_once,
        written_requested=row.written_requested,
        content=seal(row.content),
        effective_at=at,
        by=stated(row.chief),
        at=at,
    )


def _fail(row: DisputeRow, seal: Seal) -> ask.Command:
    return ask.EndUnsuccessful(
        cause=stated(row.fail_cause),
        explanation=seal(row.fail_note),
        other_routes_told=stated(row.other_routes_told),
        by=stated(row.chief),
    )


def _close(row: DisputeRow, at: datetime, seal: Seal) -> ask.Command:
    return ask.CloseDispute(
        outcome=stated(row.outcome), explanation=seal(row.closing_note), by=stated(row.closed_by), at=at
    )
