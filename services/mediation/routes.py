"""The commands of mediation over HTTP: seal what is personal, ask the decider."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from libs.events.http import By
from libs.events.numbering import number
from services.mediation import commands as ask
from services.mediation import schemas as forms

router = APIRouter()


@router.post("", operation_id="RegisterDispute", summary="Register a dispute that was found")
async def register_dispute(body: forms.RegisterDisputeForm, by: By) -> Response:
    """Starts a matter; disputes that other stages hand over are registered by themselves."""
    matter = by.new_matter()
    command = ask.RegisterDispute(
        origin=body.origin,
        dispute_no=await number(by, "dispute_no", "M"),
        channel=body.channel,
        category=body.category,
        scale=body.scale,
        people_count=body.people_count,
        party_count=body.party_count,
        level=body.level,
        org_code=body.org_code,
        risk=body.risk,
        title=await by.seal(matter, body.title),
        summary=await by.seal(matter, body.summary),
        parties=await by.seal(matter, body.parties),
        registered_at=body.registered_at or by.at,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command, starts=True, channel=body.channel)


@router.post(
    "/{matter}/accept-mediation", operation_id="AcceptMediation", summary="Accept a dispute for mediation"
)
async def accept_mediation(matter: UUID, body: forms.AcceptMediationForm, by: By) -> Response:
    """Only with the consent of every party: mediation is voluntary."""
    command = ask.AcceptMediation(
        initiated_by=body.initiated_by,
        mediation_type=body.mediation_type,
        committee=body.committee or by.org,
        consents=body.consents,
        party_count=body.party_count,
        by=by.user,
    )
    return await by.run(matter, command)


@router.post("/{matter}/appoint-mediators", operation_id="AppointMediators", summary="Appoint the mediators")
async def appoint_mediators(matter: UUID, body: forms.AppointMediatorsForm, by: By) -> Response:
    """The chief is one of them, and all have disclosed their interests."""
    command = ask.AppointMediators(
        mediators=body.mediators,
        chief=body.chief,
        chosen_by=body.chosen_by,
        interests_disclosed=body.interests_disclosed,
        by=by.user,
    )
    return await by.run(matter, command)


@router.post("/{matter}/hold-session", operation_id="HoldSession", summary="Record a session")
async def hold_session(matter: UUID, body: forms.HoldSessionForm, by: By) -> Response:
    """The parties were told their rights before it."""
    command = ask.HoldSession(
        mode=body.mode,
        place=await by.seal_optional(matter, body.place),
        attendees=body.attendees,
        record=await by.seal(matter, body.record),
        rights_told=body.rights_told,
        held_at=body.held_at or by.at,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)


@router.post("/{matter}/reach-agreement", operation_id="ReachAgreement", summary="Record an agreement")
async def reach_agreement(matter: UUID, body: forms.ReachAgreementForm, by: By) -> Response:
    """Written when not performed at once, when a party asks for it, or for a major dispute."""
    command = ask.ReachAgreement(
        form=body.form,
        extent=body.extent,
        performed_at_once=body.performed_at_once,
        written_requested=body.written_requested,
        content=await by.seal(matter, body.content),
        effective_at=body.effective_at or by.at,
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)


@router.post("/{matter}/end-unsuccessful", operation_id="EndUnsuccessful", summary="End without agreement")
async def end_unsuccessful(matter: UUID, body: forms.EndUnsuccessfulForm, by: By) -> Response:
    """The parties were told of the other routes that stay open to them."""
    command = ask.EndUnsuccessful(
        cause=body.cause,
        explanation=await by.seal(matter, body.explanation),
        other_routes_told=body.other_routes_told,
        by=by.user,
    )
    return await by.run(matter, command)


@router.post(
    "/{matter}/escalate-dispute", operation_id="EscalateDispute", summary="Have a higher level take it"
)
async def escalate_dispute(matter: UUID, body: forms.EscalateDisputeForm, by: By) -> Response:
    """One level up; a red risk may skip levels."""
    command = ask.EscalateDispute(
        to_level=body.to_level,
        to_org=body.to_org,
        explanation=await by.seal(matter, body.explanation),
        by=by.user,
    )
    return await by.run(matter, command)


@router.post("/{matter}/close-dispute", operation_id="CloseDispute", summary="Close the dispute")
async def close_dispute(matter: UUID, body: forms.CloseDisputeForm, by: By) -> Response:
    """Agreed or settled by the parties is resolved; another failure is not."""
    command = ask.CloseDispute(
        outcome=body.outcome,
        explanation=await by.seal(matter, body.explanation),
        by=by.user,
        at=by.at,
    )
    return await by.run(matter, command)
