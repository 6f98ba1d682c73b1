"""The Python library `eventsourcing` with its PostgreSQL recorder: save, replay, projection."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL

PAGE = 5000
TABLE = "CREATE TABLE IF NOT EXISTS cases_seen (id uuid PRIMARY KEY, version int, status text, last text)"
UPSERT = """
INSERT INTO cases_seen VALUES (%s, %s, %s, %s) ON CONFLICT (id) DO UPDATE
SET version = excluded.version, status = excluded.status, last = excluded.last
"""
SEALED = "jcq6FGJyPuBbzSg_92oPvuH_anTVkJ9exCvjow_f8AbMFRCLPdyntIWv0HbnsNdHbddcygI0syLSWMJ5V-3VLA"


class Case(Aggregate):
    """A case with the same ten steps as ours."""

    def __init__(
        self, channel: str, category: str, org_code: str, subject: str, description: str, by: str
    ) -> None:
        self.channel, self.category, self.org_code, self.status = channel, category, org_code, "SUBMITTED"
        self.subject, self.description, self.by = subject, description, by

    @event("Approved")
    def approve(self, category: str, grid_code: str, urgency: str, by: str) -> None:
        self.category, self.grid_code, self.urgency, self.status = category, grid_code, urgency, "APPROVED"

    @event("Filed")
    def file(self, case_no: str, route: str, by: str) -> None:
        self.case_no, self.route, self.status = case_no, route, "FILED"

    @event("Received")
    def receive(self, case_no: str, category: str, org_code: str) -> None:
        self.status = "RECEIVED"

    @event("Dispatched")
    def dispatch(self, assignment_no: int, lead: str, by: str) -> None:
        self.lead, self.status = lead, "DISPATCHED"

    @event("Signed")
    def sign(self, assignment_no: int, org: str, person_in_charge: str, by: str) -> None:
        self.person_in_charge, self.status = person_in_charge, "HANDLING"

    @event("Answered")
    def answer(self, assignment_no: int, org: str, result: str, measures: str, by: str) -> None:
        self.result, self.status = result, "ANSWERED"

    @event("SentBack")
    def send_back(self, assignment_no: int, explanation: str, by: str) -> None:
        self.status = "HANDLING"

    @event("Closed")
    def close(self, assignment_no: int, org: str, outcome: str, explanation: str, by: str) -> None:
        self.outcome, self.status = outcome, "CLOSED"


def _new() -> Case:
    return Case("03", "2.EVENT.LITTER", "640202001", SEALED, SEALED, "grid-worker-7")


def _whole() -> Case:
    case = _new()
    case.approve("2.EVENT.LITTER", "640202001001001", "1", "reviewer-1")
    case.file("64020220260302000001", "DISPATCH", "reviewer-1")
    case.receive("64020220260302000001", "2.EVENT.LITTER", "640202001")
    case.dispatch(1, "unit-housing", "dispatcher-1")
    case.sign(1, "unit-housing", "worker-1", "liaison-1")
    case.answer(1, "unit-housing", "O1", SEALED, "liaison-1")
    case.send_back(1, SEALED, "closer-1")
    case.answer(1, "unit-housing", "O1", SEALED, "liaison-1")
    case.close(1, "unit-housing", "O1", SEALED, "closer-1")
    return case


class Cases(Application[UUID]):
    """The application as the library's tutorial writes one."""


def _environment(dsn: str) -> dict[str, str]:
    found = urlsplit(dsn)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": found.path[1:],
        "POSTGRES_HOST": found.hostname or "",
        "POSTGRES_PORT": str(found.port),
        "POSTGRES_USER": found.username or "",
        "POSTGRES_PASSWORD": unquote(found.password or ""),
        "POSTGRES_POOL_SIZE": "10",
    }


def fill(dsn: str, cases: int) -> dict[str, Any]:
    """So many cases of ten events."""
    app = Cases(_environment(dsn))
    began = time.perf_counter()
    for _ in range(cases):
        app.save(_whole())
    app.close()
    return {"work": cases * 10, "seconds": time.perf_counter() - began, "side": {}}


def save(dsn: str, count: int, callers: int) -> dict[str, Any]:
    """`app.save` of new aggregates with one event each, no HTTP."""
    app = Cases(_environment(dsn))
    app.save(_new())
    before = app.recorder.max_notification_id() or 0
    began = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(lambda _: app.save(_new()), range(count)))
    seconds = time.perf_counter() - began
    stored = (app.recorder.max_notification_id() or 0) - before
    app.close()
    assert stored >= count, stored
    return {"work": count, "seconds": seconds, "side": {}}


def replay(dsn: str, cases: int) -> dict[str, Any]:
    """Pages of notifications through the mapper into a dictionary: a read model in memory."""
    app = Cases(_environment(dsn))
    state: dict[UUID, dict[str, Any]] = {}
    seen, began = 0, time.perf_counter()
    for domain_event in _all(app):
        one = state.setdefault(domain_event.originator_id, {"version": 0})
        one["version"], one["status"] = domain_event.originator_version, type(domain_event).__name__
        one["last"] = domain_event.timestamp
        seen += 1
    seconds = time.perf_counter() - began
    app.close()
    assert (seen, len(state)) == (cases * 10, cases), (seen, len(state))
    return {"work": seen, "seconds": seconds, "side": {}}


def _all(app: Cases) -> Iterator[Any]:
    start: int | None = None
    while page := app.recorder.select_notifications(start, PAGE, inclusive_of_start=False):
        for notification in page:
            yield app.mapper.to_domain_event(notification)
        start = page[-1].id


class View(PostgresTrackingRecorder):
    """One row per case; each event and its tracking position in one transaction."""

    def __init__(self, datastore: PostgresDatastore, **options: Any) -> None:
        super().__init__(datastore, **options)
        self.sql_create_statements.append(SQL(TABLE))

    def put(self, domain_event: Any, tracking: Tracking) -> None:
        """Upsert the row of the event's case."""
        row = (
            domain_event.originator_id,
            domain_event.originator_version,
            type(domain_event).__name__,
            str(domain_event.timestamp),
        )
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(UPSERT, row, prepare=True)


class Shown(Projection[View]):
    """Every event of every case."""

    name = "shown"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.put(domain_event, tracking)


def project(dsn: str, cases: int) -> dict[str, Any]:
    """The library's ProjectionRunner until it has processed everything, into an empty view."""
    environment = _environment(dsn)
    app = Cases(environment)
    last = app.recorder.max_notification_id()
    app.close()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS cases_seen, shown_tracking")
    began = time.perf_counter()
    with ProjectionRunner(
        application_class=Cases, projection_class=Shown, view_class=View, env=environment
    ) as runner:
        runner.wait(last, timeout=600)
        seconds = time.perf_counter() - began
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT count(*), sum(version) FROM cases_seen").fetchone()
    assert found == (cases, cases * 10), found
    return {"work": cases * 10, "seconds": seconds, "side": {}}
