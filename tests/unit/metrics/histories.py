"""Facts with every mandatory field filled, and histories of one matter made of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.events.codec import decode_fast, encode
from libs.events.contracts import Event, registry
from libs.events.contracts.values import Attachment, Sealed, SlaClock
from libs.events.envelope import Actor, Cause, Envelope
from libs.events.fast import Fast
from services.metrics.fold import fold
from services.metrics.matter import Matter

START = datetime(2020, 3, 2, 1, 0, tzinfo=UTC)
MATTER = UUID("7f9c0b52-53a4-5d0f-9d1e-2f3c4b5a6978")
SEALED = Sealed(sealed="c2VhbGVk", key="k1")
CLOCKS = tuple(
    SlaClock(
        clock=name,
        state="RUNNING",
        started_at=START,
        due_at=START + timedelta(days=1),
        policy_version="p1",
        calendar_version="cn-1",
    )
    for name in ("SIGN", "HANDLE")
)
PREFIX = {"intake": "report", "dispatch": "case", "mediation": "dispute"}

DEFAULTS: dict[str, Any] = {
    "agreed_at": START,
    "applied_at": START,
    "assignment_no": 1,
    "attempt_no": 1,
    "attachments": (),
    "anonymous": False,
    "attendees": 3,
    "by": "someone",
    "called_at": START,
    "case_no": "64020220200302000001",
    "category": "2.EVENT.LITTER",
    "cause": "UNSATISFIED",
    "channel": "01",
    "check": "PASSED",
    "chief": "med-1",
    "chosen_by": "COMMITTEE",
    "clock": "SIGN",
    "clocks": CLOCKS,
    "closed_at": START,
    "committee": "mc-traffic",
    "confidential": False,
    "consents": 2,
    "contacted": True,
    "content": SEALED,
    "court": "court-1",
    "cycle": 1,
    "description": SEALED,
    "dispute_no": "JF2020-1",
    "due_at": START,
    "edition": "e-2",
    "effective_at": START,
    "explanation": SEALED,
    "extension_no": 1,
    "extent": "FULL",
    "filed_at": START,
    "final": True,
    "form": "WRITTEN",
    "from_level": "COMMUNITY",
    "from_org": "com-1",
    "grid_code": "640202001001001",
    "hand_over_no": 1,
    "held_at": START,
    "initiated_by": "PARTY",
    "lead": "unit-housing",
    "legal_basis": SEALED,
    "level": "COMMUNITY",
    "limit": "30sd",
    "measures": SEALED,
    "mediation_type": "1",
    "mediators": ("med-1",),
    "mis_sent": True,
    "mode": "ONSITE",
    "moved": (),
    "new_calendar": "cn-2",
    "old_calendar": "cn-1",
    "org": "unit-housing",
    "org_code": "com-1",
    "origin": "INTAKE",
    "outcome": "O1",
    "party_count": 2,
    "people_count": 2,
    "performed_at_once": False,
    "planned": True,
    "person_in_charge": "worker-1",
    "policy_version": "p1",
    "reason": "B01",
    "record": SEALED,
    "registered_at": START,
    "reopen_no": 1,
    "reported_at": START,
    "resolved": True,
    "result": "O1",
    "resume_at": START,
    "return_no": 1,
    "risk": "BLUE",
    "route": "DISPATCH",
    "satisfaction": "0",
    "scale": "01",
    "session_no": 1,
    "subject": SEALED,
    "suggested_unit": "unit-other",
    "to_level": "STREET",
    "to_org": "str-1",
    "truth": True,
    "urgency": "1",
    "wants_reply": True,
    "concluded_at": START,
}
BY_KIND: dict[str, dict[str, Any]] = {
    "intake.report_declined": {"reason": "D05"},
    "intake.deadline_recalculated": {"reason": "CALENDAR_REVISED"},
    "dispatch.callback_recorded": {"result": "1"},
    "dispatch.deadline_recalculated": {"reason": "CALENDAR_REVISED"},
    "mediation.deadline_recalculated": {"reason": "CALENDAR_REVISED"},
    "dispatch.suspension_requested": {"reason": "H01"},
    "dispatch.case_suspended": {"reason": "H01"},
    "mediation.mediation_paused": {"reason": "APPRAISAL"},
    "mediation.confirmation_concluded": {"result": "GRANTED"},
    "mediation.dispute_registered": {"hand_over_no": 0},
    "dispatch.case_handed_back": {"outcome": "UNRESOLVED"},
    "mediation.mediation_failed": {"cause": "F05"},
    "mediation.dispute_closed": {"outcome": "RESOLVED", "hand_over_no": 0},
}
PHOTO = Attachment(id="a1", sha256="0" * 64, mime="image/jpeg", size=10, phase="AFTER")


def fact(kind: str, **changes: Any) -> Event:
    """A fact of this kind; what a test does not name has an ordinary value."""
    contract = registry()[kind, 1]
    values = DEFAULTS | BY_KIND.get(kind, {}) | changes
    required = {name for name, field in contract.model_fields.items() if field.is_required()}
    return contract(
        **{name: values[name] for name in contract.model_fields if name in required | changes.keys()}
    )


def happened(
    facts: Iterable[Event], matter: UUID = MATTER, start: datetime = START, **cause: Any
) -> list[Fast]:
    """The facts as replay sees them: versions count per stream, one minute passes between two facts."""
    versions: dict[str, int] = {}
    seen = []
    for minute, data in enumerate(facts):
        stream = f"{PREFIX[data.kind.partition('.')[0]]}-{matter}"
        versions[stream] = versions.get(stream, 0) + 1
        at = start + timedelta(minutes=minute)
        seen.append(decode_fast(encode(envelope(stream, versions[stream], data, at, **cause))))
    return seen


def envelope(stream: str, version: int, data: Event, at: datetime, **cause: Any) -> Envelope:
    """One envelope, recorded half a second after it happened."""
    return Envelope(
        source="/bihuan/test/stage",
        stream=stream,
        version=version,
        data=data,
        cause=Cause(
            actor=cause.pop("actor", Actor("dsp-1", "centre", "DSP")),
            at=at,
            command_id=UUID(int=1),
            correlation_id=UUID(int=2),
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            **cause,
        ),
        recorded_at=at + timedelta(milliseconds=500),
    )


def folded(events: Sequence[Fast], matter: UUID = MATTER) -> Matter:
    """The matter after these events."""
    result = Matter(str(matter))
    for event in events:
        fold(result, event)
    return result


def matter_of(*facts: Event, **options: Any) -> Matter:
    """The matter after these facts, one minute apart."""
    return folded(happened(facts, **options))
