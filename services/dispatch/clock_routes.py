"""What a unit may ask about its time, and what the platform answers: more of it, or a pause."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from libs.events.http import By
from services.dispatch import commands as ask
from services.dispatch import schemas as forms

LEADER = "LDR"
router = APIRouter()


@router.post("/{matter}/request-extension", operation_id="RequestExtension", summary="Ask for more time")
async def request_extension(matter: UUID, body: forms.RequestExtensionForm, by: By) -> Response:
    """Before the deadline, by the lead. The clock runs on; undecided at the deadline, the request lapses."""
    explanation = await by.seal(matter, body.explanation)
    command = ask.RequestExtension(
        org=by.org, limit=body.limit, explanation=explanation, by=by.user, at=by.at
    )
    return await by.run(matter, command)


@router.post("/{matter}/approve-extension", operation_id="ApproveExtension", summary="Give more time")
async def approve_extension(matter: UUID, body: forms.ApproveExtensionForm, by: By) -> Response:
    """As much as was asked for, or less. The second extension takes a leader."""
    command = ask.ApproveExtension(limit=body.limit, leader=LEADER in by.roles, by=by.user)
    return await by.run(matter, command)


@router.post("/{matter}/reject-extension", operation_id="RejectExtension", summary="Give no more time")
async def reject_extension(matter: UUID, body: forms.ExplanationForm, by: By) -> Response:
    """The deadline stays where it is."""
    explanation = await by.seal(matter, body.explanation)
    return await by.run(matter, ask.RejectExtension(explanation=explanation, by=by.user))


@router.post("/{matter}/request-suspension", operation_id="RequestSuspension", summary="Ask for a pause")
async def request_suspension(matter: UUID, body: forms.RequestSuspensionForm, by: By) -> Response:
    """Why the unit cannot go on, and when it will. Not after the deadline."""
    command = ask.RequestSuspension(
        org=by.org,
        reason=body.reason,
        resume_at=body.resume_at,
        explanation=await by.seal(matter, body.explanation),
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)


@router.post("/{matter}/suspend", operation_id="Suspend", summary="Suspend the case")
async def suspend(matter: UUID, _body: forms.NothingToAdd, by: By) -> Response:
    """The handling clock stands still until the date that was asked for, and then goes on by itself."""
    return await by.run(matter, ask.Suspend(by=by.user, at=by.at))


@router.post("/{matter}/reject-suspension", operation_id="RejectSuspension", summary="Refuse the pause")
async def reject_suspension(matter: UUID, body: forms.ExplanationForm, by: By) -> Response:
    """The unit must go on."""
    explanation = await by.seal(matter, body.explanation)
    return await by.run(matter, ask.RejectSuspension(explanation=explanation, by=by.user))


@router.post("/{matter}/resume", operation_id="Resume", summary="Resume a suspended case")
async def resume(matter: UUID, _body: forms.NothingToAdd, by: By) -> Response:
    """Before its date; the time that was left is left again."""
    return await by.run(matter, ask.Resume(by=by.user))
