"""The commands that move a clock of a dispute without ending it: its period, and its confirmation."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from libs.events.http import By
from services.mediation import commands as ask
from services.mediation import schemas as forms

router = APIRouter()


@router.post("/{matter}/pause-mediation", operation_id="PauseMediation", summary="Let mediation stand still")
async def pause_mediation(matter: UUID, body: forms.PauseMediationForm, by: By) -> Response:
    """The period stands still with it."""
    command = ask.PauseMediation(
        reason=body.reason, explanation=await by.seal(matter, body.explanation), by=by.user
    )
    return await by.run(matter, command)


@router.post("/{matter}/resume-mediation", operation_id="ResumeMediation", summary="Let mediation go on")
async def resume_mediation(matter: UUID, _body: forms.ResumeMediationForm, by: By) -> Response:
    """The period runs again from where it stood."""
    return await by.run(matter, ask.ResumeMediation(by=by.user))


@router.post("/{matter}/extend-period", operation_id="ExtendPeriod", summary="Lengthen the period")
async def extend_period(matter: UUID, body: forms.ExtendPeriodForm, by: By) -> Response:
    """Every party agrees, before the period is over."""
    command = ask.ExtendPeriod(
        limit=body.limit,
        consents=body.consents,
        agreed_at=body.agreed_at or by.at,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)


@router.post(
    "/{matter}/apply-confirmation", operation_id="ApplyConfirmation", summary="Record an application to court"
)
async def apply_confirmation(matter: UUID, body: forms.ApplyConfirmationForm, by: By) -> Response:
    """The parties ask together, within thirty days, and not about identity, adoption or marriage."""
    command = ask.ApplyConfirmation(
        court=body.court,
        joint=body.joint,
        concerns_identity=body.concerns_identity,
        applied_at=body.applied_at or by.at,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)


@router.post(
    "/{matter}/record-confirmation", operation_id="RecordConfirmation", summary="Record the court's result"
)
async def record_confirmation(matter: UUID, body: forms.RecordConfirmationForm, by: By) -> Response:
    """Confirmed, refused, or withdrawn by the parties."""
    command = ask.RecordConfirmation(
        result=body.result,
        doc_no=await by.seal_optional(matter, body.doc_no),
        concluded_at=body.concluded_at or by.at,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)
