"""Facts the intake stage publishes on `case.intake`, stream `report-<matter>`. Owner: services/intake."""

from libs.events.contracts._event import Event
from libs.events.contracts.clocks import ClockTold, DeadlinesMoved
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
    SlaClock,
    Urgency,
    UserId,
)


class ReportSubmitted(Event, kind="intake.report_submitted"):
    """Somebody reported a matter through one channel (lifecycles C1 #2)."""

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
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class ReportApproved(Event, kind="intake.report_approved"):
    """A reviewer accepted the report and fixed what it is (lifecycles C1 #9)."""

    category: CategoryCode
    grid_code: GridCode
    urgency: Urgency
    confidential: bool
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class ReportDeclined(Event, kind="intake.report_declined"):
    """The report is not accepted, for one of the listed reasons (lifecycles C1 #13)."""

    reason: DeclineReason
    explanation: Sealed
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class CaseFiled(Event, kind="intake.case_filed"):
    """The report became a case and was routed to a stage (lifecycles C1 #10)."""

    case_no: str
    route: Route
    channel: Channel
    category: CategoryCode
    urgency: Urgency
    org_code: OrgCode
    grid_code: GridCode
    confidential: bool
    filed_at: Instant
    policy_version: str
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class OutcomeRecorded(Event, kind="intake.outcome_recorded"):
    """The stage that handled the matter ended it; the reporter can be answered (lifecycles C0 rule 8)."""

    route: Route
    outcome: str
    cycle: Count
    concluded_at: Instant


class OutcomeWithdrawn(Event, kind="intake.outcome_withdrawn"):
    """The matter is open again, so the recorded outcome no longer holds (lifecycles C2 #25)."""

    route: Route
    cycle: Count


class DispatchNoted(Event, kind="intake.dispatch_noted"):
    """A unit was made responsible, or the matter passed on: the dispatch clock stops (lifecycles C2 #1)."""

    assignment_no: Count
    clocks: tuple[SlaClock, ...] | None = None


class DispatchAwaited(Event, kind="intake.dispatch_awaited"):
    """The case came back and waits to be dispatched again: the clock starts anew (lifecycles C2 #6, #33)."""

    assignment_no: Count
    clocks: tuple[SlaClock, ...] | None = None


class SlaWarned(Event, ClockTold, kind="intake.sla_warned"):
    """A clock used up its amber share of the limit (lifecycles C5 rule 7)."""


class SlaBreached(Event, ClockTold, kind="intake.sla_breached"):
    """A clock ran out; said once per deadline (lifecycles C5 rule 7)."""


class DeadlineRecalculated(Event, DeadlinesMoved, kind="intake.deadline_recalculated"):
    """The deadlines of one open matter were computed again, explicitly (lifecycles C5 rule 3)."""
