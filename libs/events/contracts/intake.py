"""Facts the intake stage publishes on `case.intake`, stream `report-<matter>`. Owner: services/intake."""

from libs.events.contracts._event import Event
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
    by: UserId


class ReportApproved(Event, kind="intake.report_approved"):
    """A reviewer accepted the report and fixed what it is (lifecycles C1 #9)."""

    category: CategoryCode
    grid_code: GridCode
    urgency: Urgency
    confidential: bool
    by: UserId


class ReportDeclined(Event, kind="intake.report_declined"):
    """The report is not accepted, for one of the listed reasons (lifecycles C1 #13)."""

    reason: DeclineReason
    explanation: Sealed
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
