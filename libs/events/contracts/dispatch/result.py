"""What came of it: the unit's feedback, the close, the reopening, the call-back."""

from typing import Literal

from libs.events.contracts._event import Event
from libs.events.contracts.values import (
    Attachment,
    CallbackResult,
    CaseOutcome,
    Count,
    Instant,
    OrgCode,
    ReopenCause,
    Satisfaction,
    Sealed,
    SlaClock,
    UserId,
)


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
