"""One matter as one row: every column that a query needs is derived here, from the folded state alone.

The live upsert writes the values as JSON and the rebuild's COPY as the driver packs them; both are the same
row to PostgreSQL (`tests/integration/metrics/test_at_once.py`). None is NULL.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from libs.events.jsontext import from_json, to_json
from services.metrics.deadlines import IN_TIME, Deadlines
from services.metrics.deadlines import restored as restored_deadlines
from services.metrics.matter import CasePart, DisputePart, Matter, Part, ReportPart

COLUMNS: dict[str, str] = {
    "matter": "uuid",
    "stage": "text",
    "status": "text",
    "holder": "text",
    "since": "timestamptz",
    "opened_at": "timestamptz",
    "last_at": "timestamptz",
    "closed_at": "timestamptz",
    "channel": "text",
    "category": "text",
    "area": "text",
    "case_no": "text",
    "dispute_no": "text",
    "source_system": "text",
    "external_no": "text",
    "filed_at": "timestamptz",
    "case_org": "text",
    "case_counted": "boolean",
    "case_closed": "boolean",
    "registered_at": "timestamptz",
    "dispute_org": "text",
    "dispute_counted": "boolean",
    "dispute_accepted": "boolean",
    "dispute_ended": "boolean",
    "dispute_agreed": "boolean",
    "dispute_resolved": "boolean",
    "case_due_at": "timestamptz",
    "case_due": "boolean",
    "case_closed_in_time": "boolean",
    "case_deferred": "boolean",
    "case_policy": "text",
    "case_calendar": "text",
    "sign_no": "integer[]",
    "sign_org": "text[]",
    "sign_due_at": "timestamptz[]",
    "sign_counted": "boolean[]",
    "sign_in_time": "boolean[]",
    "sign_policy": "text[]",
    "sign_calendar": "text[]",
    "return_open": "boolean",
    "return_no": "integer",
    "reopen_no": "integer",
    "report_version": "integer",
    "case_version": "integer",
    "dispute_version": "integer",
    "report_log": "text",
    "case_log": "text",
    "dispute_log": "text",
    "parts": "text",
}
"""Column name to PostgreSQL type. The arrays hold one element for each assignment that had a sign limit."""

Row = tuple[Any, ...]
"""Texts, numbers, flags and instants (UTC), and lists of them."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MILLISECOND = 253_402_300_800_000
"""The year 10000, beyond which no calendar of ours goes."""


class Place(NamedTuple):
    """Which stage holds the matter, in which state, in whose hands, since when."""

    stage: str
    status: str
    holder: str | None
    since: str
    closed_at: str | None


def place(matter: Matter) -> Place:
    """Where the matter is now. A handed matter belongs to the next stage before that stage has seen it."""
    case, dispute = matter.case, matter.dispute
    if case is not None and case.status != "HANDED_TO_MEDIATION":
        return _at("dispatch", case)
    if dispute is not None and (case is None or dispute.hand_over_no >= case.hand_over_no):
        return _at("mediation", dispute)
    if case is not None:
        return _at("mediation", case)
    return _before_the_stages(matter)


def _before_the_stages(matter: Matter) -> Place:
    report = matter.report
    if report is None:
        return Place("intake", "", None, "", None)
    if report.status != "FILED":
        return _at("intake", report)
    if report.route == "DISPATCH":
        return _at("dispatch", report)
    return _at("mediation", report)._replace(status="HANDED_TO_MEDIATION")


def _at(stage: str, part: Part) -> Place:
    return Place(stage, part.status, part.holder, part.since, part.closed_at)


NO_REPORT, NO_CASE, NO_DISPUTE = ReportPart(), CasePart(), DisputePart()
NO_DEADLINES: Row = (None, False, False, False, *[None] * 9)


def row(matter: Matter) -> Row:
    """The matter's row, in the order of `COLUMNS`."""
    report = matter.report or NO_REPORT
    case = matter.case or NO_CASE
    dispute = matter.dispute or NO_DISPUTE
    now = place(matter)
    return (
        matter.id,
        now.stage,
        now.status,
        now.holder,
        instant(now.since),
        opened_at(matter),
        instant(max(report.last_at, case.last_at, dispute.last_at)),
        instant(now.closed_at),
        report.channel or case.channel or dispute.channel,
        report.category or case.category or dispute.category,
        report.area or case.area or dispute.area,
        case.case_no or report.case_no,
        dispute.dispute_no,
        report.source_system or case.source_system or dispute.source_system,
        report.external_no or case.external_no or dispute.external_no,
        *case_columns(report, case),
        *dispute_columns(report, case, dispute),
        *(NO_DEADLINES if case.deadlines is None else deadline_columns(case, case.deadlines)),
        case.return_open,
        case.return_no,
        case.reopen_no,
        report.version,
        case.version,
        dispute.version,
        _log(report),
        _log(case),
        _log(dispute),
        dump(matter),
    )


def dump(matter: Matter) -> str:
    """The folded state without the logs, as JSON; `restore` reads it."""
    report, case, dispute = matter.parts()
    deadlines = (case.deadlines.values(),) if case and case.deadlines else ()
    return to_json(
        (
            report.values() if report else None,
            case.values() if case else None,
            dispute.values() if dispute else None,
            *deadlines,
        )
    ).decode()


def case_columns(report: ReportPart, case: CasePart) -> Row:
    """filed_at, case_org, case_counted, case_closed.

    A case counts from the moment intake filed it, so that a stopped dispatch stage cannot make the rate
    look better. Handed to mediation it leaves the dispatch indicators (indicators E1 rule 10).
    """
    filed_at = case.filed_at or (report.filed_at if report.route == "DISPATCH" else None)
    counted = filed_at is not None and case.status != "HANDED_TO_MEDIATION"
    closed = counted and case.status == "CLOSED"
    return instant(filed_at), case.lead, counted, closed


def deadline_columns(case: CasePart, deadlines: Deadlines) -> Row:
    """case_due_at, case_due, case_closed_in_time, case_deferred and its versions, then the assignments.

    A case is due once it is closed or its deadline has passed. Standing still in time it is not; suspended,
    it is put off (indicators E1 rule 13). Handed over, none of it counts (rule 10).
    """
    here = case.status != "HANDED_TO_MEDIATION"
    return (*_handling_columns(case, deadlines, here=here), *_signing_columns(deadlines, here=here))


def _handling_columns(case: CasePart, deadlines: Deadlines, *, here: bool) -> Row:
    handling = deadlines.handling
    if handling is None or handling.due_at is None:
        return NO_DEADLINES[:6]
    closed = case.status == "CLOSED"
    due = here and (closed or handling.late)
    in_time = due and not handling.late
    deferred = here and not due and deadlines.suspended
    return instant(handling.due_at), due, in_time, deferred, handling.policy, handling.calendar


def _signing_columns(deadlines: Deadlines, *, here: bool) -> Row:
    signings = [signing for signing in deadlines.signings if signing.due_at is not None]
    if not signings:
        return NO_DEADLINES[6:]
    return (
        [signing.no for signing in signings],
        [signing.org or None for signing in signings],
        [instant(signing.due_at) for signing in signings],
        [here and signing.counted for signing in signings],
        [here and signing.result == IN_TIME for signing in signings],
        [signing.policy for signing in signings],
        [signing.calendar for signing in signings],
    )


def dispute_columns(report: ReportPart, case: CasePart, dispute: DisputePart) -> Row:
    """registered_at, dispute_org, then counted, accepted, ended, agreed, resolved.

    A matter on its way to mediation counts as registered before mediation has seen it, for the same reason.
    """
    on_its_way = report.filed_at if report.route == "MEDIATION" else case.handed_at
    registered_at = dispute.registered_at or on_its_way
    accepted = dispute.accepted_at is not None
    ended = accepted and dispute.ended_at is not None
    return (
        instant(registered_at),
        dispute.committee or dispute.org,
        registered_at is not None,
        accepted,
        ended,
        dispute.agreed,
        dispute.resolved,
    )


def opened_at(matter: Matter) -> datetime:
    """When the matter began: the instant inside a UUIDv7, else the first event's business time.

    It never changes once the row exists, so a list in this order neither skips nor repeats.
    """
    if matter.id[14] == "7":
        milliseconds = int(matter.id[:8] + matter.id[9:13], 16)
        if milliseconds < LAST_MILLISECOND:
            return EPOCH + timedelta(milliseconds=milliseconds)
    return datetime.fromisoformat(min([part.first_at for part in matter.parts() if part is not None]))


def instant(text: str | None) -> datetime | None:
    """The instant that an event tells as text, which was checked when the event was decoded."""
    return datetime.fromisoformat(text) if text else None


def _log(part: Part) -> str:
    return f"[{part.log[1:].decode()}]" if part.log else "[]"


def restore(matter: str, parts: str, logs: tuple[str, str, str]) -> Matter:
    """The inverse of `row`: the folded state of a stored row, ready for the next event."""
    restored = Matter(matter)
    types = (ReportPart, CasePart, DisputePart)
    names = ("report", "case", "dispute")
    stored = from_json(parts)
    for name, kind, values, log in zip(names, types, stored[:3], logs, strict=True):
        if values is not None:
            part = kind()
            part.load(values)
            part.log = b"," + log[1:-1].encode()
            setattr(restored, name, part)
    if len(stored) > len(names) and restored.case is not None:
        restored.case.deadlines = restored_deadlines(stored[3])
    return restored
