"""The `ProjectionRunner` of `eventsourcing`, keeping our read model: a row per matter, in our own table."""

from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner

from bench.measure import Sample
from bench.peers.sourced import Cases, environment
from bench.rival import Matters, upsert
from bench.stopwatch import Stopwatch
from bench.story import EVENTS_A_CASE
from services.metrics.rows import COLUMNS, Row, row

UPSERT = upsert(["%s"] * len(COLUMNS))
CLEAR = "TRUNCATE matters; DROP TABLE IF EXISTS shown_tracking"


class View(PostgresTrackingRecorder):
    """Whole rows; each with the tracking position of its event in one transaction."""

    def put(self, found: Row, tracking: Tracking) -> None:
        """Upsert the row of the event's matter."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(UPSERT, found, prepare=True)


class Shown(Projection[View]):
    """Every event of every case, folded before its row is written."""

    name = "shown"

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._matters = Matters[UUID]()

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.put(row(self._matters.take(domain_event.originator_id, domain_event)), tracking)


def project(dsn: str, cases: int) -> Sample:
    """The runner until it has processed everything, into the emptied read model beside the events.

    Who called looks at the rows: their digest is PostgreSQL's to compute.
    """
    told = environment(dsn)
    app = Cases(told)
    last = app.recorder.max_notification_id()
    app.close()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(CLEAR)
    watch = Stopwatch()
    with ProjectionRunner(
        application_class=Cases, projection_class=Shown, view_class=View, env=told
    ) as runner:
        runner.wait(last, timeout=600)
        return watch.sample(cases * EVENTS_A_CASE)
