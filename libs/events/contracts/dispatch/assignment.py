"""Who is responsible: received, dispatched, signed, returned, handed over and handed back."""

from typing import Literal

from libs.events.contracts._event import Event
from libs.events.contracts.values import (
    CategoryCode,
    Channel,
    Count,
    DisputeOutcome,
    GridCode,
    Instant,
    OrgCode,
    ReturnReason,
    Sealed,
    SlaClock,
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
