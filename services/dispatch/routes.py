"""The commands of dispatch over HTTP: seal what is personal, ask the decider."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from libs.events.http import By
from services.dispatch import commands as ask
from services.dispatch import schemas as forms

router = APIRouter()


@router.post("/{matter}/dispatch", operation_id="Dispatch", summary="Make a unit responsible")
async def dispatch(matter: UUID, body: forms.DispatchForm, by: By) -> Response:
    """One lead and any assisting units. A deadline that is stated binds instead of the policy's limit."""
    command = ask.Dispatch(
        lead=body.lead,
        assists=body.assists,
        requirement=await by.seal_optional(matter, body.requirement),
        sign_due_at=body.sign_due_at,
        handle_due_at=body.handle_due_at,
        return_until=body.return_until,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)


@router.post("/{matter}/sign", operation_id="Sign", summary="Confirm receipt for the lead unit")
async def sign(matter: UUID, body: forms.SignForm, by: By) -> Response:
    """Names the person in charge, who will not be the one to close the case."""
    person = body.person_in_charge or by.user
    return await by.run(matter, ask.Sign(org=by.org, person_in_charge=person, by=by.user))


@router.post("/{matter}/request-return", operation_id="RequestReturn", summary="Ask to return the case")
async def request_return(matter: UUID, body: forms.RequestReturnForm, by: By) -> Response:
    """The lead says that the matter is another unit's; nothing moves until a dispatcher decides."""
    command = ask.RequestReturn(
        org=by.org,
        reason=body.reason,
        legal_basis=await by.seal(matter, body.legal_basis),
        suggested_unit=body.suggested_unit,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)


@router.post("/{matter}/approve-return", operation_id="ApproveReturn", summary="Take the case back")
async def approve_return(matter: UUID, body: forms.ApproveReturnForm, by: By) -> Response:
    """The case waits to be dispatched again. Applicant and decider are two people."""
    return await by.run(matter, ask.ApproveReturn(mis_sent=body.mis_sent, by=by.user))


@router.post("/{matter}/reject-return", operation_id="RejectReturn", summary="Refuse the return")
async def reject_return(matter: UUID, body: forms.ExplanationForm, by: By) -> Response:
    """The unit must handle the case."""
    explanation = await by.seal(matter, body.explanation)
    return await by.run(matter, ask.RejectReturn(explanation=explanation, by=by.user))


@router.post("/{matter}/submit-feedback", operation_id="SubmitFeedback", summary="Report the unit's result")
async def submit_feedback(matter: UUID, body: forms.SubmitFeedbackForm, by: By) -> Response:
    """Measures, the record of contact and, where one was taken before, a photo of after."""
    command = ask.SubmitFeedback(
        org=by.org,
        result=body.result,
        truth=body.truth,
        contacted=body.contacted,
        contacted_at=body.contacted_at,
        no_contact_reason=await by.seal_optional(matter, body.no_contact_reason),
        measures=await by.seal(matter, body.measures),
        public_reply=await by.seal_optional(matter, body.public_reply),
        attachments=body.attachments,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)


@router.post("/{matter}/reject-feedback", operation_id="RejectFeedback", summary="Send the feedback back")
async def reject_feedback(matter: UUID, body: forms.ExplanationForm, by: By) -> Response:
    """The unit handles on, and answers again."""
    explanation = await by.seal(matter, body.explanation)
    return await by.run(matter, ask.RejectFeedback(explanation=explanation, by=by.user))


@router.post("/{matter}/close-case", operation_id="CloseCase", summary="Close the case after review")
async def close_case(matter: UUID, body: forms.CloseCaseForm, by: By) -> Response:
    """Nobody who handled the case closes it."""
    command = ask.CloseCase(
        outcome=body.outcome,
        check=body.check,
        explanation=await by.seal(matter, body.explanation),
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)


@router.post("/{matter}/reopen", operation_id="Reopen", summary="Have a closed case handled again")
async def reopen(matter: UUID, body: forms.ReopenForm, by: By) -> Response:
    """The last lead gets a fresh assignment."""
    explanation = await by.seal(matter, body.explanation)
    return await by.run(matter, ask.Reopen(cause=body.cause, explanation=explanation, by=by.user))


@router.post("/{matter}/record-callback", operation_id="RecordCallback", summary="Record a call-back")
async def record_callback(matter: UUID, body: forms.RecordCallbackForm, by: By) -> Response:
    """Nobody answering is final after three calls on two days, any other result at once."""
    command = ask.RecordCallback(
        org=by.org,
        called_at=body.called_at or by.at,
        result=body.result,
        responded=body.responded,
        solved=body.solved,
        satisfaction=body.satisfaction,
        reason=await by.seal_optional(matter, body.reason),
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)


@router.post(
    "/{matter}/hand-to-mediation", operation_id="HandToMediation", summary="Hand the matter to mediation"
)
async def hand_to_mediation(matter: UUID, body: forms.ExplanationForm, by: By) -> Response:
    """Mediation registers a dispute of the same matter; it comes back when mediation has no effect."""
    explanation = await by.seal(matter, body.explanation)
    return await by.run(matter, ask.HandToMediation(explanation=explanation, by=by.user))
