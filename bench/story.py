"""Records of invented cases, made fast: ten events a case, as the relays of three stages publish them.

Each kind of event is encoded once by the real codec; for a case only what differs is put in its place: ids,
instants, trace, sealed text. What is left compresses as real events would, because the ids do not.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha512
from typing import NamedTuple
from uuid import UUID, uuid5

from libs.events.codec import encode
from libs.events.contracts import Event, dispatch, intake, mediation
from libs.events.contracts.values import Sealed, instant_text
from libs.events.envelope import Actor, Cause, Envelope, event_id_text

NAMESPACE = UUID("0d1f6c0a-9f6e-5a53-8d2b-7c1f0e6b5a42")
START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
EVENTS_A_CASE = 10
BLOCK = 500
"""Cases that happen side by side: an event of each, then the next event of each."""
VARIANTS = 12
_THEN = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
_MATTER, _COMMAND = UUID(int=1), UUID(int=2)
_TRACE, _TEXT = "00-" + "a1" * 16 + "-" + "b2" * 8 + "-01", "SEALEDTEXT"
_CATEGORIES = ("2.EVENT.LITTER", "2.EVENT.NOISE", "1.PART.LAMP", "1.PART.COVER")
_UNITS = ("unit-housing", "unit-water", "unit-parks")


class Record(NamedTuple):
    """One published record."""

    stage: str
    key: bytes
    value: bytes


@dataclass(frozen=True)
class Template:
    """One event of a story, cut where something differs from case to case."""

    stage: str
    prefix: str
    version: int
    form: str

    def record(self, matter: str, at: str) -> Record:
        """The event of this case."""
        stream = f"{self.prefix}-{matter}"
        name = event_id_text(stream, self.version)
        digest = sha512(name.encode())
        text, fresh = digest.hexdigest(), urlsafe_b64encode(digest.digest()).decode().rstrip("=")
        command = f"{text[:8]}-{text[8:12]}-7{text[13:16]}-8{text[17:20]}-{text[20:32]}"
        trace = f"00-{text[32:64]}-{text[64:80]}-01"
        values = {"matter": matter, "command": command, "id": name, "trace": trace, "text": fresh, "at": at}
        return Record(self.stage, matter.encode(), (self.form % values).encode())


def matter(case: int) -> UUID:
    """The id of a case by its number."""
    return uuid5(NAMESPACE, str(case))


def records(cases: Iterable[int]) -> Iterator[Record]:
    """Every record of these cases, many cases side by side, each stream in its order."""
    waiting = list(cases)
    for first in range(0, len(waiting), BLOCK):
        block = [(case, str(matter(case))) for case in waiting[first : first + BLOCK]]
        for step in range(EVENTS_A_CASE):
            for case, name in block:
                at = instant_text(START + timedelta(seconds=97 * case, minutes=31 * step))
                yield STORIES[case % VARIANTS][step].record(name, at)


def first_record(case: int) -> Record:
    """The report alone."""
    at = instant_text(START + timedelta(seconds=97 * case))
    return STORIES[0][0].record(str(matter(case)), at)


def _sealed() -> Sealed:
    return Sealed(sealed=_TEXT, key="k1")


def _report(variant: int) -> list[Event]:
    route = "MEDIATION" if variant % 4 == 3 else "DISPATCH"
    told = {
        "category": _CATEGORIES[variant % 4],
        "grid_code": f"64020200100{variant % 3}001",
        "urgency": "1",
        "confidential": False,
    }
    org = f"64020200{variant % 3}"
    submitted = intake.ReportSubmitted.model_validate(
        {
            **told, "channel": "03", "business_type": "02", "org_code": org, "subject": _sealed(),
            "description": _sealed(), "reporter": _sealed(), "anonymous": False, "wants_reply": True,
            "reported_at": _THEN, "by": "grid-worker-7",
        }
    )  # fmt: skip
    approved = intake.ReportApproved.model_validate({**told, "by": "reviewer-1"})
    filed = intake.CaseFiled.model_validate(
        {
            **told, "case_no": "64020220260302000001", "route": route, "channel": "03", "org_code": org,
            "filed_at": _THEN, "policy_version": "none", "by": "reviewer-1",
        }
    )  # fmt: skip
    return [submitted, approved, filed]


def _case(variant: int) -> list[Event]:
    unit = _UNITS[variant % 3]
    return [
        dispatch.CaseReceived.model_validate(
            {
                "origin": "INTAKE", "case_no": "64020220260302000001", "channel": "03", "urgency": "1",
                "category": _CATEGORIES[variant % 4], "org_code": f"64020200{variant % 3}",
                "grid_code": f"64020200100{variant % 3}001", "confidential": False, "filed_at": _THEN,
            }
        ),
        dispatch.CaseDispatched.model_validate(
            {"assignment_no": 1, "lead": unit, "policy_version": "none", "by": "dispatcher-1"}
        ),
        dispatch.AssignmentSigned(assignment_no=1, org=unit, person_in_charge="worker-1", by="liaison-1"),
        dispatch.FeedbackSubmitted.model_validate(
            {
                "assignment_no": 1, "org": unit, "result": "O1", "truth": True, "contacted": True,
                "contacted_at": _THEN, "measures": _sealed(), "by": "liaison-1",
            }
        ),
        dispatch.FeedbackRejected(assignment_no=1, explanation=_sealed(), by="closer-1"),
        dispatch.FeedbackSubmitted.model_validate(
            {
                "assignment_no": 1, "org": unit, "result": "O1", "truth": True, "contacted": True,
                "contacted_at": _THEN, "measures": _sealed(), "by": "liaison-1",
            }
        ),
        dispatch.CaseClosed(
            assignment_no=1, org=unit, outcome="O1", check="PASSED", explanation=_sealed(), cycle=1,
            closed_at=_THEN, by="closer-1",
        ),
    ]  # fmt: skip


def _dispute(variant: int) -> list[Event]:
    committee = f"64020200100{variant % 3}"
    return [
        mediation.DisputeRegistered.model_validate(
            {
                "origin": "INTAKE", "dispute_no": "M64020220260302000001", "channel": "03", "category": "5",
                "scale": "01", "people_count": 2, "party_count": 2, "level": "COMMUNITY", "risk": "BLUE",
                "org_code": committee, "registered_at": _THEN, "by": "reviewer-1",
            }
        ),
        mediation.MediationProposed(initiated_by="PARTY", by="head-1"),
        mediation.MediationAccepted(mediation_type="1", committee=committee, consents=2, by="head-1"),
        mediation.MediatorsAppointed(mediators=("med-1",), chief="med-1", chosen_by="PARTIES", by="head-1"),
        mediation.SessionHeld(
            session_no=1, mode="ONSITE", attendees=3, record=_sealed(), held_at=_THEN, by="med-1"
        ),
        mediation.AgreementReached(
            form="WRITTEN", extent="FULL", performed_at_once=False, content=_sealed(), effective_at=_THEN,
            by="med-1",
        ),
        mediation.DisputeClosed(
            origin="INTAKE", outcome="RESOLVED", resolved=True, explanation=_sealed(), cycle=1,
            closed_at=_THEN, by="head-1",
        ),
    ]  # fmt: skip


_PREFIXES = {"intake": "report", "dispatch": "case", "mediation": "dispute"}


def _templates(facts: Sequence[Event]) -> list[Template]:
    """Number the facts per stream, and cut each record at its markers."""
    found, versions = [], dict.fromkeys(_PREFIXES, 0)
    for fact in facts:
        stage = fact.kind.partition(".")[0]
        versions[stage] += 1
        found.append(_template(stage, versions[stage], fact))
    return found


def _template(stage: str, version: int, fact: Event) -> Template:
    actor = Actor(getattr(fact, "by", None) or "bihuan", "640202001", "STR")
    cause = Cause(actor, _THEN, _COMMAND, _COMMAND, _TRACE, channel="03", jurisdiction="640202")
    stream = f"{_PREFIXES[stage]}-{_MATTER}"
    whole = encode(Envelope(f"/bihuan/local/{stage}", stream, version, fact, cause, _THEN)).decode()
    form = whole.replace("%", "%%")
    places = {
        event_id_text(stream, version): "id", str(_MATTER): "matter", str(_COMMAND): "command",
        _TRACE: "trace", _TEXT: "text", instant_text(_THEN): "at",
    }  # fmt: skip
    for marker, name in places.items():
        form = form.replace(marker, f"%({name})s")
    return Template(stage, _PREFIXES[stage], version, form)


def _story(variant: int) -> list[Template]:
    rest = _dispute(variant) if variant % 4 == 3 else _case(variant)
    return _templates([*_report(variant), *rest])


STORIES = [_story(variant) for variant in range(VARIANTS)]
