"""Time: more of it, a pause, and what the clocks said."""

from libs.events.contracts._event import Event
from libs.events.contracts.clocks import ClockTold, DeadlinesMoved
from libs.events.contracts.values import (
    Count,
    Instant,
    LimitText,
    OrgCode,
    Sealed,
    SlaClock,
    SuspensionReason,
    UserId,
)


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


class SlaWarned(Event, ClockTold, kind="dispatch.sla_warned"):
    """A clock used up its amber share of the limit (lifecycles C5 rule 7)."""


class SlaBreached(Event, ClockTold, kind="dispatch.sla_breached"):
    """A clock ran out; said once per deadline (lifecycles C5 rule 7)."""


class DeadlineRecalculated(Event, DeadlinesMoved, kind="dispatch.deadline_recalculated"):
    """The deadlines of one open matter were computed again, explicitly (lifecycles C5 rule 3)."""
