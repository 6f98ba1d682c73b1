"""The commands of intake over HTTP: seal what is personal, ask the decider."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from libs.events.http import By
from libs.events.numbering import number
from services.intake.commands import ApproveReport, DeclineReport, FileCase, SubmitReport
from services.intake.schemas import ApproveReportForm, DeclineReportForm, FileCaseForm, SubmitReportForm

router = APIRouter()


@router.post("", operation_id="SubmitReport", summary="Report a matter")
async def submit_report(body: SubmitReportForm, by: By) -> Response:
    """Starts a matter; the answer's `Location` is where it can be followed."""
    matter = by.new_matter()
    key = await by.cipher(matter)
    command = SubmitReport(
        channel=body.channel,
        business_type=body.business_type,
        category=body.category,
        urgency=body.urgency,
        org_code=body.org_code,
        grid_code=body.grid_code,
        subject=key.seal(body.subject),
        description=key.seal(body.description),
        place=key.seal_optional(body.place),
        reporter=key.seal_optional(body.reporter),
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
    command = FileCase(
        case_no=await number(by, "case_no"),
        route=body.route,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)
