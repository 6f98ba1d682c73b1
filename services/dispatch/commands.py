"""What dispatch can be asked. `by` is the person who asks, `at` the business time of the request."""

from dataclasses import dataclass
from typing import Literal

from libs.events.contracts.values import (
    Attachment,
    CallbackResult,
    CaseOutcome,
    CategoryCode,
    Channel,
    Count,
    DisputeOutcome,
    GridCode,
    Instant,
    LimitText,
    OrgCode,
    ReopenCause,
    ReturnReason,
    Satisfaction,
    Sealed,
    SuspensionReason,
    Urgency,
    UserId,
)
from libs.events.timing.terms import NOT_RULED


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveCase:
    """Take in a filed case; asked by the policy or by an import, never by a person."""

    origin: Literal["INTAKE", "IMPORT"]
    case_no: str
    channel: Channel
    category: CategoryCode
    urgency: Urgency
    org_code: OrgCode
    grid_code: GridCode | None = None
    confidential: bool = False
    filed_at: Instant
    policy_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Make one lead unit responsible, with any assisting units (lifecycles C2 #1).

    A deadline that is stated wins over the limit of the policy. `policy_version` left open becomes the
    edition that the filing pinned, or else the one in force.
    """

    lead: OrgCode
    assists: tuple[OrgCode, ...] = ()
    requirement: Sealed | None = None
    sign_due_at: Instant | None = None
    handle_due_at: Instant | None = None
    return_until: Instant | None = None
    policy_version: str = NOT_RULED
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Confirm receipt for the lead unit and name the person in charge (lifecycles C2 #3)."""

    org: OrgCode
    person_in_charge: UserId
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReturn:
    """Say that the matter is not the unit's duty, and whose it is (lifecycles C2 #5)."""

    org: OrgCode
    reason: ReturnReason
    legal_basis: Sealed
    suggested_unit: OrgCode
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveReturn:
    """Take the case back from the unit; `mis_sent` marks the dispatcher's error (lifecycles C2 #6)."""

    mis_sent: bool
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectReturn:
    """Refuse the return; the unit must handle the case (lifecycles C2 #7)."""

    explanation: Sealed
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExtension:
    """Ask for more time to handle the case (lifecycles C2 #11)."""

    org: OrgCode
    limit: LimitText
    explanation: Sealed
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveExtension:
    """Give the time that was asked for, or `limit` where that is less (lifecycles C2 #12)."""

    limit: LimitText | None = None
    leader: bool = False
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectExtension:
    """Leave the deadline where it is (lifecycles C2 #13)."""

    explanation: Sealed
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSuspension:
    """Say why the unit cannot go on, and when it will (lifecycles C2 #14)."""

    org: OrgCode
    reason: SuspensionReason
    resume_at: Instant
    explanation: Sealed
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend:
    """Let the case stand still until the date that was asked for (lifecycles C2 #14)."""

    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectSuspension:
    """Have the unit go on (lifecycles C2 #14)."""

    explanation: Sealed
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Have the case go on before its date (lifecycles C2 #15)."""

    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitFeedback:
    """Report the unit's result with the record of contact (lifecycles C2 #18).

    Contacted: `contacted_at` is needed. Not contacted: `no_contact_reason` is needed.
    """

    org: OrgCode
    result: CaseOutcome
    truth: bool
    contacted: bool
    contacted_at: Instant | None = None
    no_contact_reason: Sealed | None = None
    measures: Sealed
    public_reply: Sealed | None = None
    attachments: tuple[Attachment, ...] = ()
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectFeedback:
    """Send the feedback back to the unit (lifecycles C2 #19)."""

    explanation: Sealed
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase:
    """Close after review; never asked by somebody who handled the case (lifecycles C2 #23, C0 rule 6)."""

    outcome: CaseOutcome
    check: Literal["PASSED", "WAIVED"]
    explanation: Sealed
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """Have a closed case handled again by its last lead unit (lifecycles C2 #25)."""

    cause: ReopenCause
    explanation: Sealed
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCallback:
    """Say what came of a call to the reporter (lifecycles C2 #24, codes D5 CB and SA)."""

    org: OrgCode
    called_at: Instant
    result: CallbackResult
    responded: bool | None = None
    solved: bool | None = None
    satisfaction: Satisfaction = "0"
    reason: Sealed | None = None
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class HandToMediation:
    """Pass the matter to mediation as a dispute (lifecycles C2 #33)."""

    explanation: Sealed
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack:
    """Take the matter back from mediation; asked by the policy only (lifecycles C2 #33)."""

    outcome: DisputeOutcome
    hand_over_no: Count


Command = (
    ReceiveCase
    | Dispatch
    | Sign
    | RequestReturn
    | ApproveReturn
    | RejectReturn
    | RequestExtension
    | ApproveExtension
    | RejectExtension
    | RequestSuspension
    | Suspend
    | RejectSuspension
    | Resume
    | SubmitFeedback
    | RejectFeedback
    | CloseCase
    | Reopen
    | RecordCallback
    | HandToMediation
    | HandBack
)
