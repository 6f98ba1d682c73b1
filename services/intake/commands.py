"""What intake can be asked. `by` is the person who asks, `at` the business time of the request."""

from dataclasses import dataclass

from libs.events.carrier import carrier
from libs.events.contracts.values import (
    Attachment,
    BusinessType,
    CategoryCode,
    Channel,
    Count,
    DeclineReason,
    GridCode,
    Instant,
    OrgCode,
    Route,
    Sealed,
    Urgency,
    UserId,
)
from libs.events.timing.terms import NOT_RULED


@carrier
@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitReport:
    """Report a matter through one channel (lifecycles C1 #2)."""

    channel: Channel
    business_type: BusinessType | None = None
    category: CategoryCode
    urgency: Urgency
    org_code: OrgCode
    grid_code: GridCode
    subject: Sealed
    description: Sealed
    place: Sealed | None = None
    reporter: Sealed | None = None
    anonymous: bool
    confidential: bool
    wants_reply: bool
    attachments: tuple[Attachment, ...] = ()
    reported_at: Instant
    by: UserId
    at: Instant


@carrier
@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveReport:
    """Accept the report and fix what it is (lifecycles C1 #9)."""

    category: CategoryCode
    grid_code: GridCode
    urgency: Urgency
    confidential: bool
    by: UserId


@carrier
@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineReport:
    """Refuse the report for a listed reason (lifecycles C1 #13)."""

    reason: DeclineReason
    explanation: Sealed
    by: UserId


@carrier
@dataclass(frozen=True, slots=True, kw_only=True)
class FileCase:
    """Make the report a case and send it to a stage (lifecycles C1 #10).

    Left open, `policy_version` becomes the edition that is in force when the command is decided.
    """

    case_no: str
    route: Route
    policy_version: str = NOT_RULED
    by: UserId
    at: Instant


@carrier
@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOutcome:
    """Note how the handling stage ended the matter; asked by the policy only (lifecycles C0 rule 8)."""

    route: Route
    outcome: str
    cycle: Count
    concluded_at: Instant


@carrier
@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawOutcome:
    """Note that the matter is open again; asked by the policy only (lifecycles C2 #25)."""

    route: Route
    cycle: Count


@carrier
@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDispatch:
    """Note that a unit is responsible or, without a number, that the matter was passed on; policy only."""

    assignment_no: Count | None = None


@carrier
@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitDispatch:
    """Note that the case waits to be dispatched again; asked by the policy only (lifecycles C2 #6, #33)."""


Command = (
    SubmitReport
    | ApproveReport
    | DeclineReport
    | FileCase
    | RecordOutcome
    | WithdrawOutcome
    | NoteDispatch
    | AwaitDispatch
)
