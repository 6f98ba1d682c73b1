"""HTTP bodies of intake's commands."""

from pydantic import ConfigDict

from libs.events.contracts.values import (
    BusinessType,
    CategoryCode,
    Channel,
    DeclineReason,
    GridCode,
    OffsetInstant,
    OrgCode,
    Route,
    Urgency,
)
from libs.events.forms import Attachments, Form, Line, Subject, Text

GRID = "640202001001001"


class SubmitReportForm(Form):
    """Channels 01 and 02 need an attachment of phase BEFORE. `reported_at` is now, unless stated."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "03",
                    "business_type": "02",
                    "category": "2.EVENT.LITTER",
                    "urgency": "1",
                    "org_code": "640202001",
                    "grid_code": GRID,
                    "subject": "Litter at the gate",
                    "description": "Household waste has been lying at the north gate for a week.",
                    "place": "North gate of the compound",
                    "reporter": "Name and telephone number",
                }
            ]
        }
    )

    channel: Channel
    business_type: BusinessType | None = None
    category: CategoryCode
    urgency: Urgency = "1"
    org_code: OrgCode
    grid_code: GridCode
    subject: Subject
    description: Text
    place: Line | None = None
    reporter: Line | None = None
    anonymous: bool = False
    confidential: bool = False
    wants_reply: bool = True
    attachments: Attachments = ()
    reported_at: OffsetInstant | None = None


class ApproveReportForm(Form):
    """What the reviewer fixed; confidentiality that the reporter asked for stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"category": "2.EVENT.LITTER", "grid_code": GRID, "urgency": "1", "confidential": False}
            ]
        }
    )

    category: CategoryCode
    grid_code: GridCode
    urgency: Urgency
    confidential: bool


class DeclineReportForm(Form):
    """Why the report is not accepted, and which way is open to the applicant."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "D07", "explanation": "The place lies in the neighbouring district."}]
        }
    )

    reason: DeclineReason
    explanation: Text


class FileCaseForm(Form):
    """The stage that handles the case."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"route": "DISPATCH"}]})

    route: Route
