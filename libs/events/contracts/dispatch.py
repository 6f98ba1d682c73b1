"""Facts the dispatch stage publishes on `case.dispatch`, stream `case-<matter>`. Owner: services/dispatch."""

from typing import Literal

from libs.events.contracts._event import Event
from libs.events.contracts.values import (
    Attachment,
    CallbackResult,
    CaseOutcome,
    CategoryCode,
    Channel,
    ClockName,
    Count,
    DisputeOutcome,
    EditionName,
    GridCode,
    Instant,
    LimitText,
    Moved,
    OrgCode,
    ReopenCause,
    ReturnReason,
    Satisfaction,
    Sealed,
    SlaClock,
    SuspensionReason,
    Urgency,
    UserId,
)


class CaseReceived(Event, kind="dispatch.case_received"):
    """A filed case waits to be dispatched: filed by intake, or brought in from a legacy register."""

    origin: Literal["INTAKE", "IMPORT"]
    case_no: str
    channel: Channel
    category: CategoryCode
    urgency: Urgency
    org_code: OrgCode
    grid_code: GridCode | None = None
    confidential: bool
    filed_at: Instant
    policy_version: str | None = None


class CaseDispatched(Event, kind="dispatch.case_dispatched"):
    """One lead unit, and any assisting units, were made responsible (lifecycles C2 #1)."""

    assignment_no: Count
    lead: OrgCode
    assists: tuple[OrgCode, ...] = ()
    requirement: Sealed | None = None
    sign_due_at: Instant | None = None
    handle_due_at: Instant | None = None
    return_until: Instant | None = None
    policy_version: str
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class AssignmentSigned(Event, kind="dispatch.assignment_signed"):
    """The lead unit confirmed receipt and named the person in charge (lifecycles C2 #3)."""

    assignment_no: Count
    org: OrgCode
    person_in_charge: UserId
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class ReturnRequested(Event, kind="dispatch.return_requested"):
    """The unit says the matter is not its duty; nothing moves until it is decided (lifecycles C2 #5)."""

    assignment_no: Count
    org: OrgCode
    reason: ReturnReason
    legal_basis: Sealed
    suggested_unit: OrgCode
    by: UserId


class ReturnApproved(Event, kind="dispatch.return_approved"):
    """A dispatcher agreed that the case goes back (lifecycles C2 #6)."""

    assignment_no: Count
    mis_sent: bool
    by: UserId


class AssignmentReturned(Event, kind="dispatch.assignment_returned"):
    """The unit no longer holds the case; it waits to be dispatched again (lifecycles C2 #6)."""

    assignment_no: Count
    org: OrgCode
    reason: ReturnReason
    return_no: Count
    clocks: tuple[SlaClock, ...] | None = None


class ReturnRejected(Event, kind="dispatch.return_rejected"):
    """A dispatcher refused the return; the unit must handle the case (lifecycles C2 #7)."""

    assignment_no: Count
    explanation: Sealed
    by: UserId


class ExtensionRequested(Event, kind="dispatch.extension_requested"):
    """The unit asks for more time; the clock runs on until that is decided (lifecycles C2 #11)."""

    assignment_no: Count
    org: OrgCode
    limit: LimitText
    explanation: Sealed
    by: UserId


class DeadlineExtended(Event, kind="dispatch.deadline_extended"):
    """The handling got more time, perhaps less than was asked for (lifecycles C2 #12)."""

    assignment_no: Count
    extension_no: Count
    limit: LimitText
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class ExtensionRejected(Event, kind="dispatch.extension_rejected"):
    """The deadline stays where it is (lifecycles C2 #13)."""

    assignment_no: Count
    explanation: Sealed
    by: UserId


class SuspensionRequested(Event, kind="dispatch.suspension_requested"):
    """The unit says why it cannot go on, and when it will (lifecycles C2 #14, codes D5 H01-H06)."""

    assignment_no: Count
    org: OrgCode
    reason: SuspensionReason
    resume_at: Instant
    explanation: Sealed
    by: UserId


class CaseSuspended(Event, kind="dispatch.case_suspended"):
    """The handling stands still until the planned date, or until it is resumed before (lifecycles C2 #14)."""

    assignment_no: Count
    reason: SuspensionReason
    resume_at: Instant
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class SuspensionRejected(Event, kind="dispatch.suspension_rejected"):
    """The unit must go on (lifecycles C2 #14)."""

    assignment_no: Count
    explanation: Sealed
    by: UserId


class CaseResumed(Event, kind="dispatch.case_resumed"):
    """The handling goes on with the time that was left; `planned`: on its date (lifecycles C2 #15)."""

    assignment_no: Count
    planned: bool
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class FeedbackSubmitted(Event, kind="dispatch.feedback_submitted"):
    """The handling unit reported its result (lifecycles C2 #18, requirement A04)."""

    assignment_no: Count
    org: OrgCode
    result: CaseOutcome
    truth: bool
    contacted: bool
    contacted_at: Instant | None = None
    no_contact_reason: Sealed | None = None
    measures: Sealed
    public_reply: Sealed | None = None
    attachments: tuple[Attachment, ...] = ()
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class FeedbackRejected(Event, kind="dispatch.feedback_rejected"):
    """The platform sent the feedback back to the unit (lifecycles C2 #19)."""

    assignment_no: Count
    explanation: Sealed
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class CaseClosed(Event, kind="dispatch.case_closed"):
    """The platform closed the case after review; the closer never handled it (lifecycles C2 #23)."""

    assignment_no: Count
    org: OrgCode
    outcome: CaseOutcome
    check: Literal["PASSED", "WAIVED"]
    explanation: Sealed | None = None
    cycle: Count
    closed_at: Instant
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class CaseReopened(Event, kind="dispatch.case_reopened"):
    """A closed case is handled again by a fresh assignment (lifecycles C2 #25)."""

    cause: ReopenCause
    reopen_no: Count
    assignment_no: Count
    lead: OrgCode
    explanation: Sealed
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class CaseHandedToMediation(Event, kind="dispatch.case_handed_to_mediation"):
    """The matter is a dispute: mediation takes it over, dispatch keeps the back link (lifecycles C2 #33)."""

    hand_over_no: Count
    case_no: str | None = None
    channel: Channel
    category: CategoryCode
    org_code: OrgCode
    explanation: Sealed
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class CaseHandedBack(Event, kind="dispatch.case_handed_back"):
    """Mediation ended without effect; the case waits to be dispatched again (lifecycles C2 #33)."""

    outcome: DisputeOutcome
    hand_over_no: Count


class CallbackRecorded(Event, kind="dispatch.callback_recorded"):
    """The reporter was called back; grade 0 means not rated (lifecycles C2 #24, codes D5 SA, CB)."""

    attempt_no: Count
    called_at: Instant
    result: CallbackResult
    final: bool
    responded: bool | None = None
    solved: bool | None = None
    satisfaction: Satisfaction
    reason: Sealed | None = None
    cycle: Count
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class SlaWarned(Event, kind="dispatch.sla_warned"):
    """A clock used up its amber share of the limit (lifecycles C5 rule 7)."""

    clock: ClockName
    due_at: Instant
    clocks: tuple[SlaClock, ...]


class SlaBreached(Event, kind="dispatch.sla_breached"):
    """A clock ran out; said once per deadline (lifecycles C5 rule 7)."""

    clock: ClockName
    due_at: Instant
    clocks: tuple[SlaClock, ...]


class DeadlineRecalculated(Event, kind="dispatch.deadline_recalculated"):
    """The deadlines of one open matter were computed again, explicitly (lifecycles C5 rule 3)."""

    reason: Literal["CALENDAR_REVISED"]
    edition: EditionName
    old_calendar: EditionName
    new_calendar: EditionName
    moved: tuple[Moved, ...]
    clocks: tuple[SlaClock, ...]
