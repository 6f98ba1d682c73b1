"""Facts the mediation stage publishes on `case.mediation`, stream `dispute-<matter>`. Owner: mediation."""

from typing import Literal

from libs.events.contracts._event import Event
from libs.events.contracts.clocks import ClockTold, DeadlinesMoved
from libs.events.contracts.values import (
    CategoryCode,
    Channel,
    Count,
    DisputeOutcome,
    EditionName,
    FailCause,
    Instant,
    Level,
    LimitText,
    MediationType,
    OrgCode,
    RiskColour,
    Scale,
    Sealed,
    SlaClock,
    UserId,
)


class DisputeRegistered(Event, kind="mediation.dispute_registered"):
    """A dispute was found or handed over; it counts as found (lifecycles C3 #1)."""

    origin: Literal["SCREENING", "INTAKE", "HAND_OVER", "HOTLINE", "IMPORT"]
    hand_over_no: Count = 0
    dispute_no: str
    channel: Channel
    category: CategoryCode
    scale: Scale
    people_count: Count
    party_count: Count
    level: Level
    org_code: OrgCode
    risk: RiskColour
    title: Sealed | None = None
    summary: Sealed | None = None
    parties: Sealed | None = None
    registered_at: Instant
    policy_version: EditionName | None = None
    by: UserId


class MediationProposed(Event, kind="mediation.mediation_proposed"):
    """A party applied or the committee offered (People's Mediation Law art. 17; lifecycles C3 #2)."""

    initiated_by: Literal["PARTY", "COMMITTEE"]
    by: UserId


class MediationAccepted(Event, kind="mediation.mediation_accepted"):
    """Both sides consented; the period starts (People's Mediation Law art. 17; lifecycles C3 #3)."""

    mediation_type: MediationType
    committee: OrgCode
    consents: Count
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class MediatorsAppointed(Event, kind="mediation.mediators_appointed"):
    """Mediators were chosen, interests disclosed (People's Mediation Law art. 19; lifecycles C3 #5)."""

    mediators: tuple[UserId, ...]
    chief: UserId
    chosen_by: Literal["COMMITTEE", "PARTIES"]
    by: UserId


class SessionHeld(Event, kind="mediation.session_held"):
    """A session took place after the parties were told their rights (lifecycles C3 #8)."""

    session_no: Count
    mode: Literal["ONSITE", "ONLINE"]
    place: Sealed | None = None
    attendees: Count
    record: Sealed
    held_at: Instant
    by: UserId


class MediationPaused(Event, kind="mediation.mediation_paused"):
    """Mediation stands still; an appraisal's time is outside the period (L10 art. 26; lifecycles C3 #10)."""

    reason: Literal["APPRAISAL", "OTHER"]
    explanation: Sealed
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class MediationResumed(Event, kind="mediation.mediation_resumed"):
    """Mediation goes on, and its period from where it stood (lifecycles C3 #10)."""

    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class PeriodExtended(Event, kind="mediation.period_extended"):
    """Every party agreed to a longer period (L9 art. 27, L10 art. 24; lifecycles C3 #11)."""

    extension_no: Count
    limit: LimitText
    consents: Count
    agreed_at: Instant
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class AgreementReached(Event, kind="mediation.agreement_reached"):
    """The parties agreed (People's Mediation Law arts. 28-30; lifecycles C3 #12)."""

    form: Literal["WRITTEN", "ORAL"]
    extent: Literal["FULL", "PARTIAL"]
    performed_at_once: bool
    content: Sealed
    effective_at: Instant
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class MediationFailed(Event, kind="mediation.mediation_failed"):
    """Mediation ended without agreement; the parties were told of other routes (lifecycles C3 #17)."""

    cause: FailCause
    explanation: Sealed
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class DisputeEscalated(Event, kind="mediation.dispute_escalated"):
    """A higher level took the dispute; the lower level stays to assist (lifecycles C3 #18)."""

    from_level: Level
    to_level: Level
    from_org: OrgCode
    to_org: OrgCode
    explanation: Sealed
    by: UserId


class DisputeClosed(Event, kind="mediation.dispute_closed"):
    """The dispute is closed; `resolved` drives RESOLVE_RATE (lifecycles C3 #26)."""

    origin: Literal["SCREENING", "INTAKE", "HAND_OVER", "HOTLINE", "IMPORT"]
    hand_over_no: Count = 0
    outcome: DisputeOutcome
    resolved: bool
    explanation: Sealed | None = None
    cycle: Count
    closed_at: Instant
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class ConfirmationApplied(Event, kind="mediation.confirmation_applied"):
    """Both parties asked the court to confirm the agreement (Mediation Law art. 33; lifecycles C3 #15)."""

    court: OrgCode
    applied_at: Instant
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class ConfirmationConcluded(Event, kind="mediation.confirmation_concluded"):
    """The court confirmed or refused, or the parties withdrew (lifecycles C3 #16)."""

    result: Literal["GRANTED", "REFUSED", "WITHDRAWN"]
    doc_no: Sealed | None = None
    concluded_at: Instant
    clocks: tuple[SlaClock, ...] | None = None
    by: UserId


class SlaWarned(Event, ClockTold, kind="mediation.sla_warned"):
    """A clock used up its amber share of the limit (lifecycles C5 rule 7)."""


class SlaBreached(Event, ClockTold, kind="mediation.sla_breached"):
    """A clock ran out; said once per deadline (lifecycles C5 rule 7)."""


class DeadlineRecalculated(Event, DeadlinesMoved, kind="mediation.deadline_recalculated"):
    """The deadlines of one open matter were computed again, explicitly (lifecycles C5 rule 3)."""
