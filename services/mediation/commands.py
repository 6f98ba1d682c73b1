"""What mediation can be asked. `by` is the person who asks, `at` the business time of the request."""

from dataclasses import dataclass
from typing import Literal

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
    UserId,
)

PauseReason = Literal["APPRAISAL", "OTHER"]
ConfirmationResult = Literal["GRANTED", "REFUSED", "WITHDRAWN"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterDispute:
    """Enter a dispute: found by screening, handed over, or imported (lifecycles C3 #1)."""

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
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptMediation:
    """Accept for mediation with the consent of every party (L1 art. 17; lifecycles C3 #2, #3).

    `party_count` corrects a hand-over, whose parties nobody had counted; it never goes down.
    """

    initiated_by: Literal["PARTY", "COMMITTEE"]
    mediation_type: MediationType
    committee: OrgCode
    consents: Count
    party_count: Count | None = None
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointMediators:
    """Choose one or several mediators, who disclosed their interests (lifecycles C3 #5)."""

    mediators: tuple[UserId, ...]
    chief: UserId
    chosen_by: Literal["COMMITTEE", "PARTIES"]
    interests_disclosed: bool
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldSession:
    """Record a session, held after the parties were told their rights (lifecycles C3 #8)."""

    mode: Literal["ONSITE", "ONLINE"]
    place: Sealed | None = None
    attendees: Count
    record: Sealed
    rights_told: bool
    held_at: Instant
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseMediation:
    """Stand still, for an appraisal or another reason: time outside the period (L10 art. 26, C3 #10)."""

    reason: PauseReason
    explanation: Sealed
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeMediation:
    """Go on: the period runs again from where it stood (lifecycles C3 #10)."""

    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendPeriod:
    """Lengthen the period as every party agreed (L9 art. 27, L10 art. 24; lifecycles C3 #11)."""

    limit: LimitText
    consents: Count
    agreed_at: Instant
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachAgreement:
    """Record what the parties agreed (L1 arts. 28-30; lifecycles C3 #12)."""

    form: Literal["WRITTEN", "ORAL"]
    extent: Literal["FULL", "PARTIAL"]
    performed_at_once: bool
    written_requested: bool
    content: Sealed
    effective_at: Instant
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class EndUnsuccessful:
    """End without agreement and tell the parties of other routes (lifecycles C3 #17)."""

    cause: FailCause
    explanation: Sealed
    other_routes_told: bool
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateDispute:
    """Have a higher level take the dispute (lifecycles C3 #18)."""

    to_level: Level
    to_org: OrgCode
    explanation: Sealed
    by: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDispute:
    """Close an agreed or failed dispute with its outcome (lifecycles C3 #26)."""

    outcome: DisputeOutcome
    explanation: Sealed
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyConfirmation:
    """Record that the parties asked the court together to confirm (L1 art. 33; lifecycles C3 #15)."""

    court: OrgCode
    joint: bool
    concerns_identity: bool
    applied_at: Instant
    by: UserId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConfirmation:
    """Record how the application for confirmation ended (L2 arts. 4-5; lifecycles C3 #16)."""

    result: ConfirmationResult
    doc_no: Sealed | None = None
    concluded_at: Instant
    by: UserId
    at: Instant


Command = (
    RegisterDispute
    | AcceptMediation
    | AppointMediators
    | HoldSession
    | PauseMediation
    | ResumeMediation
    | ExtendPeriod
    | ReachAgreement
    | EndUnsuccessful
    | EscalateDispute
    | CloseDispute
    | ApplyConfirmation
    | RecordConfirmation
)
