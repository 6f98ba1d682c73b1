"""HTTP bodies of mediation's commands."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from libs.events.contracts.values import (
    CategoryCode,
    Channel,
    Count,
    DisputeOutcome,
    FailCause,
    Level,
    LimitText,
    MediationType,
    OffsetInstant,
    OrgCode,
    RiskColour,
    Scale,
    UserId,
)
from libs.events.forms import Form, Line, Text
from services.mediation.commands import ConfirmationResult, PauseReason

Title = Annotated[Line, Field(max_length=100)]
Mediators = Annotated[tuple[UserId, ...], Field(min_length=1, max_length=9)]
People = Annotated[int, Field(ge=2, le=1_000_000)]
Longer = Annotated[LimitText, StringConstraints(pattern=r"^[1-9][0-9]?(sd|wd)$")]
"""1 to 99 statutory or working days at a time; parties who need more agree again."""


class RegisterDisputeForm(Form):
    """A dispute that was found. `registered_at` is now, unless stated."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "origin": "SCREENING",
                    "channel": "13",
                    "category": "5.LABOUR",
                    "scale": "01",
                    "people_count": 2,
                    "party_count": 2,
                    "level": "COMMUNITY",
                    "org_code": "640202001001",
                    "risk": "BLUE",
                    "title": "Unpaid wages",
                    "summary": "A worker and a restaurant disagree about two months of wages.",
                    "parties": "The worker; the owner of the restaurant",
                }
            ]
        }
    )

    origin: Literal["SCREENING", "HOTLINE"] = "SCREENING"
    channel: Channel
    category: CategoryCode
    scale: Scale = "01"
    people_count: People
    party_count: Annotated[int, Field(ge=2, le=1000)]
    level: Level
    org_code: OrgCode
    risk: RiskColour
    title: Title
    summary: Text
    parties: Text
    registered_at: OffsetInstant | None = None


class AcceptMediationForm(Form):
    """Every party must have consented. `committee` is the acceptor's own organisation, unless stated."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"initiated_by": "PARTY", "mediation_type": "1", "consents": 2}]}
    )

    initiated_by: Literal["PARTY", "COMMITTEE"]
    mediation_type: MediationType
    committee: OrgCode | None = None
    consents: Count
    party_count: Count | None = None


class AppointMediatorsForm(Form):
    """One or several mediators, the chief among them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "mediators": ["mediator-001"],
                    "chief": "mediator-001",
                    "chosen_by": "PARTIES",
                    "interests_disclosed": True,
                }
            ]
        }
    )

    mediators: Mediators
    chief: UserId
    chosen_by: Literal["COMMITTEE", "PARTIES"]
    interests_disclosed: bool


class HoldSessionForm(Form):
    """A session that was held. `held_at` is now, unless stated."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "mode": "ONSITE",
                    "place": "Mediation room of the community",
                    "attendees": 3,
                    "record": "Both sides stated their accounts of the wages.",
                    "rights_told": True,
                }
            ]
        }
    )

    mode: Literal["ONSITE", "ONLINE"]
    place: Line | None = None
    attendees: People
    record: Text
    rights_told: bool
    held_at: OffsetInstant | None = None


class PauseMediationForm(Form):
    """Why mediation stands still; the time of an appraisal is outside the period."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "APPRAISAL",
                    "explanation": "The injury is assessed by the institute of forensics.",
                }
            ]
        }
    )

    reason: PauseReason
    explanation: Text


class ResumeMediationForm(Form):
    """Mediation goes on; nothing else is said."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class ExtendPeriodForm(Form):
    """By how much every party agreed to lengthen the period. `agreed_at` is now, unless stated."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"limit": "15sd", "consents": 2}]})

    limit: Longer
    consents: Count
    agreed_at: OffsetInstant | None = None


class ReachAgreementForm(Form):
    """What was agreed. `effective_at` is now, unless stated."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "form": "WRITTEN",
                    "extent": "FULL",
                    "performed_at_once": False,
                    "written_requested": False,
                    "content": "The owner pays the wages by the end of the month.",
                }
            ]
        }
    )

    form: Literal["WRITTEN", "ORAL"]
    extent: Literal["FULL", "PARTIAL"]
    performed_at_once: bool
    written_requested: bool
    content: Text
    effective_at: OffsetInstant | None = None


class EndUnsuccessfulForm(Form):
    """Why mediation ended without agreement; the parties were told of other routes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "cause": "F05",
                    "explanation": "The two sides remain far apart on the amount.",
                    "other_routes_told": True,
                }
            ]
        }
    )

    cause: FailCause
    explanation: Text
    other_routes_told: bool


class EscalateDisputeForm(Form):
    """The level and organisation that take the dispute, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "to_level": "STREET",
                    "to_org": "640202001",
                    "explanation": "The community could not bring the owner to the table.",
                }
            ]
        }
    )

    to_level: Level
    to_org: OrgCode
    explanation: Text


class CloseDisputeForm(Form):
    """The outcome; it must fit how mediation ended."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"outcome": "RESOLVED", "explanation": "The agreement is signed by both sides."}]
        }
    )

    outcome: DisputeOutcome
    explanation: Text


class ApplyConfirmationForm(Form):
    """The court that the parties asked together. `applied_at` is now, unless stated."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"court": "640202-court", "joint": True, "concerns_identity": False}]}
    )

    court: OrgCode
    joint: bool
    concerns_identity: bool
    applied_at: OffsetInstant | None = None


class RecordConfirmationForm(Form):
    """What the court ruled, or that the parties withdrew. `concluded_at` is now, unless stated."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"result": "GRANTED", "doc_no": "(2026) Ning 0202 Conf. 17"}]}
    )

    result: ConfirmationResult
    doc_no: Line | None = None
    concluded_at: OffsetInstant | None = None
