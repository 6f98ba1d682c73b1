"""What each event changes in the part of its stage: one small function per kind, one table.

No handler reads the clock, another part or the database; none can fail on a decoded event of its kind.
"""

from collections.abc import Callable
from sys import intern
from typing import Any

from services.metrics.deadlines import heard
from services.metrics.happened import Happened, once
from services.metrics.matter import CasePart, DisputePart, ReportPart


def _noted(_part: ReportPart | CasePart | DisputePart, _event: Happened) -> None:
    """A fact about clocks stands in the timeline; it moves no figure and no holder."""


# --- intake: the report -----------------------------------------------------------------------------


def _report_submitted(part: ReportPart, event: Happened) -> None:
    data = event.data
    part.channel, part.category, part.area = data.channel, intern(data.category), intern(data.org_code)
    part.status, part.holder, part.since = "SUBMITTED", part.area, event.occurred_at


def _report_approved(part: ReportPart, event: Happened) -> None:
    part.category = intern(event.data.category)
    part.status, part.holder, part.since = "APPROVED", intern(event.actor_org), event.occurred_at


def _report_declined(part: ReportPart, event: Happened) -> None:
    part.outcome = event.data.reason
    part.status, part.holder, part.since = "DECLINED", None, event.occurred_at


def _case_filed(part: ReportPart, event: Happened) -> None:
    data = event.data
    part.case_no, part.route = data.case_no, data.route
    part.channel, part.category, part.area = data.channel, intern(data.category), intern(data.org_code)
    part.filed_at, part.filed_version = once(data.filed_at, event), event.version
    part.status, part.holder, part.since = "FILED", None, event.occurred_at


def _outcome_recorded(part: ReportPart, event: Happened) -> None:
    part.outcome = event.data.outcome


def _outcome_withdrawn(part: ReportPart, _: Happened) -> None:
    part.outcome = None


# --- dispatch: the case -----------------------------------------------------------------------------


def _case_received(part: CasePart, event: Happened) -> None:
    data = event.data
    part.case_no, part.channel = data.case_no, data.channel
    part.category, part.area = intern(data.category), intern(data.org_code)
    part.filed_at, part.filed_version = once(data.filed_at, event), event.version
    part.platform = intern(event.actor_org)
    part.status, part.holder, part.since = "FILED", part.platform, event.occurred_at


def _case_dispatched(part: CasePart, event: Happened) -> None:
    part.lead, part.platform = intern(event.data.lead), intern(event.actor_org)
    part.return_open = False
    part.status, part.holder, part.since = "DISPATCHED", part.lead, event.occurred_at
    _assigned(part, event)


def _assigned(part: CasePart, event: Happened) -> None:
    """A new assignment, with the clocks that run for it; without one, an earlier deadline is over too."""
    if event.data.clocks or part.deadlines is not None:
        began = (event.data.assignment_no, part.lead)
        part.deadlines = heard(part.deadlines, event.data.clocks or (), event.version, began)


def _clocks_read(part: CasePart, event: Happened) -> None:
    """New readings of clocks that run already; most facts of a register have none."""
    if event.data.clocks:
        part.deadlines = heard(part.deadlines, event.data.clocks, event.version, None)


def _assignment_signed(part: CasePart, event: Happened) -> None:
    _clocks_read(part, event)
    if part.deadlines is not None:
        part.deadlines.signed(event.data.assignment_no, event.version)
    part.status, part.holder, part.since = "HANDLING", part.lead, event.occurred_at


def _suspension_moved(part: CasePart, event: Happened) -> None:
    _clocks_read(part, event)
    if part.deadlines is not None:
        part.deadlines.suspended = event.kind == "dispatch.case_suspended"


def _return_requested(part: CasePart, _: Happened) -> None:
    # The unit holds the case until the dispatcher decides (lifecycles C0 rule 4).
    part.return_open = True


def _return_decided(part: CasePart, event: Happened) -> None:
    part.return_open = False
    part.platform = intern(event.actor_org)


def _assignment_returned(part: CasePart, event: Happened) -> None:
    part.lead, part.return_no, part.return_open = None, event.data.return_no, False
    part.status, part.holder, part.since = "FILED", part.platform, event.occurred_at
    if part.deadlines is not None:
        part.deadlines.returned(event.data.assignment_no)


def _feedback_submitted(part: CasePart, event: Happened) -> None:
    part.status, part.holder, part.since = "FEEDBACK", part.platform, event.occurred_at
    _clocks_read(part, event)


def _feedback_rejected(part: CasePart, event: Happened) -> None:
    part.status, part.holder, part.since = "HANDLING", part.lead, event.occurred_at
    _clocks_read(part, event)


def _case_closed(part: CasePart, event: Happened) -> None:
    data = event.data
    part.closed_at, part.closed_version, part.outcome = (
        once(data.closed_at, event),
        event.version,
        data.outcome,
    )
    part.return_open = False
    part.status, part.holder, part.since = "CLOSED", None, event.occurred_at
    _clocks_read(part, event)


def _case_reopened(part: CasePart, event: Happened) -> None:
    # From this moment the case does not count as closed (indicators E1 rule 14).
    part.closed_at, part.closed_version, part.outcome = None, 0, None
    part.reopen_no, part.lead = event.data.reopen_no, intern(event.data.lead)
    part.status, part.holder, part.since = "DISPATCHED", part.lead, event.occurred_at
    _assigned(part, event)


def _case_handed_to_mediation(part: CasePart, event: Happened) -> None:
    part.hand_over_no = event.data.hand_over_no
    part.handed_at, part.handed_version = event.occurred_at, event.version
    part.lead, part.return_open = None, False
    part.status, part.holder, part.since = "HANDED_TO_MEDIATION", None, event.occurred_at
    _clocks_read(part, event)
    if part.deadlines is not None:
        part.deadlines.handed_over()


def _case_handed_back(part: CasePart, event: Happened) -> None:
    part.handed_at, part.handed_version = None, 0
    part.status, part.holder, part.since = "FILED", part.platform, event.occurred_at


# --- mediation: the dispute -------------------------------------------------------------------------


def _dispute_registered(part: DisputePart, event: Happened) -> None:
    data = event.data
    part.dispute_no, part.channel, part.category = data.dispute_no, data.channel, intern(data.category)
    part.area = part.org = intern(data.org_code)
    part.level, part.risk, part.hand_over_no = data.level, data.risk, data.hand_over_no
    if part.registered_at is None:
        # Handed over a second time it is still one dispute: it counts as found once, in its first period.
        part.registered_at, part.registered_version = once(data.registered_at, event), event.version
    _begin_again(part)
    part.status, part.holder, part.since = "REGISTERED", part.org, event.occurred_at


def _begin_again(part: DisputePart) -> None:
    part.committee, part.accepted_now = None, False
    part.agreed, part.end_cause, part.ended_at, part.ended_version = False, None, None, 0
    part.resolved, part.outcome, part.closed_at, part.closed_version = False, None, None, 0


def _mediation_proposed(part: DisputePart, event: Happened) -> None:
    part.status, part.holder, part.since = "SCREENING", part.org, event.occurred_at


def _mediation_accepted(part: DisputePart, event: Happened) -> None:
    part.committee, part.accepted_now = intern(event.data.committee), True
    if part.accepted_at is None:
        part.accepted_at, part.accepted_version = event.occurred_at, event.version
    part.status, part.holder, part.since = "ACCEPTED", part.committee, event.occurred_at


def _mediators_appointed(part: DisputePart, event: Happened) -> None:
    part.status, part.holder, part.since = "ASSIGNED", part.committee, event.occurred_at


def _session_held(part: DisputePart, event: Happened) -> None:
    if part.status != "MEDIATING":
        part.status, part.holder, part.since = "MEDIATING", part.committee, event.occurred_at


def _agreement_reached(part: DisputePart, event: Happened) -> None:
    part.agreed, part.end_cause = True, "F01"
    part.ended_at, part.ended_version = event.occurred_at, event.version
    part.status, part.holder, part.since = "AGREED", part.committee, event.occurred_at


def _mediation_paused(part: DisputePart, event: Happened) -> None:
    part.status, part.holder, part.since = "PAUSED", part.committee, event.occurred_at


def _mediation_resumed(part: DisputePart, event: Happened) -> None:
    part.status, part.holder, part.since = "MEDIATING", part.committee, event.occurred_at


def _mediation_failed(part: DisputePart, event: Happened) -> None:
    part.agreed, part.end_cause = False, event.data.cause
    part.ended_at, part.ended_version = event.occurred_at, event.version
    part.status, part.holder, part.since = "FAILED", part.committee, event.occurred_at


def _dispute_escalated(part: DisputePart, event: Happened) -> None:
    # The upper level takes it, the lower level only assists (lifecycles C3 #18).
    part.level, part.org = event.data.to_level, intern(event.data.to_org)
    part.committee = part.org if part.accepted_now else None
    part.status, part.holder, part.since = (
        "ACCEPTED" if part.accepted_now else "REGISTERED",
        part.org,
        event.occurred_at,
    )


def _dispute_closed(part: DisputePart, event: Happened) -> None:
    data = event.data
    part.resolved, part.outcome = data.resolved, data.outcome
    part.closed_at, part.closed_version = once(data.closed_at, event), event.version
    if part.ended_at is None:
        part.ended_at, part.ended_version = event.occurred_at, event.version
    part.status, part.holder, part.since = "CLOSED", None, event.occurred_at


Handler = Callable[[Any, Happened], None]

HANDLERS: dict[str, Handler] = {
    "intake.report_submitted": _report_submitted,
    "intake.report_approved": _report_approved,
    "intake.report_declined": _report_declined,
    "intake.case_filed": _case_filed,
    "intake.outcome_recorded": _outcome_recorded,
    "intake.outcome_withdrawn": _outcome_withdrawn,
    "intake.dispatch_noted": _noted,
    "intake.dispatch_awaited": _noted,
    "intake.sla_warned": _noted,
    "intake.sla_breached": _noted,
    "intake.deadline_recalculated": _noted,
    "dispatch.case_received": _case_received,
    "dispatch.case_dispatched": _case_dispatched,
    "dispatch.assignment_signed": _assignment_signed,
    "dispatch.return_requested": _return_requested,
    "dispatch.return_approved": _return_decided,
    "dispatch.assignment_returned": _assignment_returned,
    "dispatch.return_rejected": _return_decided,
    "dispatch.extension_requested": _noted,
    "dispatch.deadline_extended": _clocks_read,
    "dispatch.extension_rejected": _noted,
    "dispatch.suspension_requested": _noted,
    "dispatch.case_suspended": _suspension_moved,
    "dispatch.suspension_rejected": _noted,
    "dispatch.case_resumed": _suspension_moved,
    "dispatch.feedback_submitted": _feedback_submitted,
    "dispatch.feedback_rejected": _feedback_rejected,
    "dispatch.case_closed": _case_closed,
    "dispatch.case_reopened": _case_reopened,
    "dispatch.case_handed_to_mediation": _case_handed_to_mediation,
    "dispatch.case_handed_back": _case_handed_back,
    "dispatch.callback_recorded": _noted,
    "dispatch.sla_warned": _noted,
    "dispatch.sla_breached": _clocks_read,
    "dispatch.deadline_recalculated": _clocks_read,
    "mediation.dispute_registered": _dispute_registered,
    "mediation.mediation_proposed": _mediation_proposed,
    "mediation.mediation_accepted": _mediation_accepted,
    "mediation.mediators_appointed": _mediators_appointed,
    "mediation.session_held": _session_held,
    "mediation.agreement_reached": _agreement_reached,
    "mediation.mediation_failed": _mediation_failed,
    "mediation.dispute_escalated": _dispute_escalated,
    "mediation.dispute_closed": _dispute_closed,
    "mediation.mediation_paused": _mediation_paused,
    "mediation.mediation_resumed": _mediation_resumed,
    "mediation.period_extended": _noted,
    "mediation.confirmation_applied": _noted,
    "mediation.confirmation_concluded": _noted,
    "mediation.sla_warned": _noted,
    "mediation.sla_breached": _noted,
    "mediation.deadline_recalculated": _noted,
}
