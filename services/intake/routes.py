"""The commands of intake over HTTP: seal what is personal, ask the decider."""

from datetime import datetime, timedelta, timezone
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from libs.events.http import Caller, caller
from services.intake.commands import ApproveReport, DeclineReport, FileCase, SubmitReport
from services.intake.schemas import ApproveReportForm, DeclineReportForm, FileCaseForm, SubmitReportForm

CHINA = timezone(timedelta(hours=8))

router = APIRouter()
By = Annotated[Caller, Depends(caller)]


@router.post("", operation_id="SubmitReport", summary="Report a matter")
async def submit_report(body: SubmitReportForm, by: By) -> Response:
    """Starts a matter; the answer's `Location` is where it can be followed."""
    matter = by.new_matter()
    command = SubmitReport(
        channel=body.channel,
        business_type=body.business_type,
        category=body.category,
        urgency=body.urgency,
        org_code=body.org_code,
        grid_code=body.grid_code,
        subject=await by.seal(matter, body.subject),
        description=await by.seal(matter, body.description),
        place=await by.seal_optional(matter, body.place),
        reporter=await by.seal_optional(matter, body.reporter),
        anonymous=body.anonymous,
        confidential=body.confidential,
        wants_reply=body.wants_reply,
        attachments=body.attachments,
        reported_at=body.reported_at or by.at,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command, starts=True, channel=body.channel)


@router.post("/{matter}/approve-report", operation_id="ApproveReport", summary="Approve a report")
async def approve_report(matter: UUID, body: ApproveReportForm, by: By) -> Response:
    """Fixes category, grid, urgency and confidentiality. The reviewer is not the reporter."""
    command = ApproveReport(
        category=body.category,
        grid_code=body.grid_code,
        urgency=body.urgency,
        confidential=body.confidential,
        by=by.user,
    )
    return await by.run(matter, command)


@router.post("/{matter}/decline-report", operation_id="DeclineReport", summary="Decline a report")
async def decline_report(matter: UUID, body: DeclineReportForm, by: By) -> Response:
    """Ends the report for one of the reasons D01 to D08. The reviewer is not the reporter."""
    explanation = await by.seal(matter, body.explanation)
    return await by.run(matter, DeclineReport(reason=body.reason, explanation=explanation, by=by.user))


@router.post("/{matter}/file-case", operation_id="FileCase", summary="File an approved report as a case")
async def file_case(matter: UUID, body: FileCaseForm, by: By) -> Response:
    """Issues the case number and sends the case to dispatch or to mediation."""
    county = county_of(by.jurisdiction)
    command = FileCase(
        case_no=case_no(county, by.at, await by.serial(f"case_no:{county}:{day(by.at)}")),
        route=body.route,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)


def county_of(jurisdiction: str | None) -> str:
    """The six digits of the county that the caller works for; zeros when the token names none."""
    return (jurisdiction or "").ljust(6, "0")[:6]


def day(moment: datetime) -> str:
    """The calendar day in Asia/Shanghai."""
    return moment.astimezone(CHINA).strftime("%Y%m%d")


def case_no(county: str, moment: datetime, serial: int) -> str:
    """County code, day and six-digit serial; for people to read, never a key (codes-and-fields D1)."""
    return f"{county}{day(moment)}{serial:06d}"
