"""Reports, cases and disputes by state: facts to start from, in the order they happened."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from libs.events.contracts import dispatch, intake, mediation
from libs.events.contracts.values import Attachment, Sealed

MATTER = UUID("0192f0aa-0000-7000-8000-000000000001")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
WEDNESDAY = MONDAY + timedelta(days=2)
FRIDAY = MONDAY + timedelta(days=4)
TEXT = Sealed(sealed="c2VhbGVk", key="k1")
GRID = "640202001001001"
HOUSING, WATER, PARKS = "DWK-HOUSING", "DWK-WATER", "DWK-PARKS"


def photo(phase: str) -> Attachment:
    """A photo taken before or after the work."""
    return Attachment.model_validate(
        {"id": f"photo-{phase}", "sha256": "0" * 64, "mime": "image/jpeg", "size": 2048, "phase": phase}
    )


# intake
submitted = intake.ReportSubmitted(
    channel="01",
    category="2.EVENT.LITTER",
    urgency="1",
    org_code="640202001",
    grid_code=GRID,
    subject=TEXT,
    description=TEXT,
    anonymous=False,
    confidential=False,
    wants_reply=True,
    attachments=(photo("BEFORE"),),
    reported_at=MONDAY,
    by="grid-worker",
)
approved = intake.ReportApproved(
    category="2.EVENT.LITTER", grid_code=GRID, urgency="2", confidential=False, by="reviewer"
)
declined = intake.ReportDeclined(reason="D07", explanation=TEXT, by="reviewer")
filed = intake.CaseFiled(
    case_no="64020220260302000001",
    route="DISPATCH",
    channel="01",
    category="2.EVENT.LITTER",
    urgency="2",
    org_code="640202001",
    grid_code=GRID,
    confidential=False,
    filed_at=MONDAY,
    policy_version="none",
    by="reviewer",
)
submitted_report = (submitted,)
approved_report = (*submitted_report, approved)
declined_report = (*submitted_report, declined)
filed_report = (*approved_report, filed)

# dispatch
received = dispatch.CaseReceived(
    origin="INTAKE",
    case_no="64020220260302000001",
    channel="01",
    category="2.EVENT.LITTER",
    urgency="2",
    org_code="640202001",
    grid_code=GRID,
    confidential=False,
    filed_at=MONDAY,
)
dispatched = dispatch.CaseDispatched(
    assignment_no=1, lead=HOUSING, return_until=TUESDAY, policy_version="none", by="dispatcher"
)
signed = dispatch.AssignmentSigned(assignment_no=1, org=HOUSING, person_in_charge="builder", by="liaison")
return_requested = dispatch.ReturnRequested(
    assignment_no=1, org=HOUSING, reason="B01", legal_basis=TEXT, suggested_unit=WATER, by="liaison"
)
return_approved = dispatch.ReturnApproved(assignment_no=1, mis_sent=True, by="dispatcher")
assignment_returned = dispatch.AssignmentReturned(assignment_no=1, org=HOUSING, reason="B01", return_no=1)
return_rejected = dispatch.ReturnRejected(assignment_no=1, explanation=TEXT, by="dispatcher")
answered = dispatch.FeedbackSubmitted(
    assignment_no=1,
    org=HOUSING,
    result="O1",
    truth=True,
    contacted=True,
    contacted_at=TUESDAY,
    measures=TEXT,
    attachments=(photo("AFTER"),),
    by="liaison",
)
sent_back = dispatch.FeedbackRejected(assignment_no=1, explanation=TEXT, by="closer")
closed = dispatch.CaseClosed(
    assignment_no=1,
    org=HOUSING,
    outcome="O1",
    check="PASSED",
    explanation=TEXT,
    cycle=1,
    closed_at=WEDNESDAY,
    by="closer",
)
reopened = dispatch.CaseReopened(
    cause="UNSATISFIED", reopen_no=1, assignment_no=2, lead=HOUSING, explanation=TEXT, by="supervisor"
)
called_back = dispatch.CallbackRecorded(
    attempt_no=1,
    called_at=WEDNESDAY + timedelta(days=1),
    result="1",
    final=True,
    responded=True,
    solved=True,
    satisfaction="4",
    cycle=1,
    by="caller",
)
handed_over = dispatch.CaseHandedToMediation(
    hand_over_no=1,
    case_no="64020220260302000001",
    channel="01",
    category="2.EVENT.LITTER",
    org_code="640202001",
    explanation=TEXT,
    by="dispatcher",
)
handed_back = dispatch.CaseHandedBack(outcome="UNRESOLVED", hand_over_no=1)
received_case = (received,)
dispatched_case = (*received_case, dispatched)
signed_case = (*dispatched_case, signed)
return_open_case = (*signed_case, return_requested)
returned_case = (*return_open_case, return_approved, assignment_returned)
answered_case = (*signed_case, answered)
closed_case = (*answered_case, closed)
called_back_case = (*closed_case, called_back)
reopened_case = (*closed_case, reopened)
handed_over_case = (*received_case, handed_over)
handed_back_case = (*handed_over_case, handed_back)

# mediation
registered = mediation.DisputeRegistered(
    origin="SCREENING",
    dispute_no="M64020220260302000001",
    channel="13",
    category="5",
    scale="01",
    people_count=2,
    party_count=2,
    level="COMMUNITY",
    org_code="640202001001",
    risk="BLUE",
    title=TEXT,
    summary=TEXT,
    parties=TEXT,
    registered_at=MONDAY,
    by="community-worker",
)
proposed = mediation.MediationProposed(initiated_by="PARTY", by="committee-head")
accepted = mediation.MediationAccepted(
    mediation_type="1", committee="640202001001", consents=2, by="committee-head"
)
appointed = mediation.MediatorsAppointed(
    mediators=("mediator", "second-mediator"), chief="mediator", chosen_by="PARTIES", by="committee-head"
)
session_held = mediation.SessionHeld(
    session_no=1, mode="ONSITE", place=TEXT, attendees=3, record=TEXT, held_at=TUESDAY, by="mediator"
)
agreed = mediation.AgreementReached(
    form="WRITTEN",
    extent="FULL",
    performed_at_once=False,
    content=TEXT,
    effective_at=WEDNESDAY,
    by="mediator",
)
failed = mediation.MediationFailed(cause="F05", explanation=TEXT, by="mediator")
resolved = mediation.DisputeClosed(
    origin="SCREENING",
    outcome="RESOLVED",
    resolved=True,
    explanation=TEXT,
    cycle=1,
    closed_at=FRIDAY,
    by="committee-head",
)
unresolved = resolved.model_copy(update={"outcome": "UNRESOLVED", "resolved": False})
registered_dispute = (registered,)
accepted_dispute = (*registered_dispute, proposed, accepted)
assigned_dispute = (*accepted_dispute, appointed)
mediated_dispute = (*assigned_dispute, session_held)
agreed_dispute = (*mediated_dispute, agreed)
failed_dispute = (*mediated_dispute, failed)
resolved_dispute = (*agreed_dispute, resolved)
unresolved_dispute = (*failed_dispute, unresolved)
