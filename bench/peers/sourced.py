"""The Python library `eventsourcing` with its PostgreSQL recorder: our facts saved and replayed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate

from bench.answers import expect
from bench.measure import Sample
from bench.peers.facts import Telling, told
from bench.rival import Matters
from bench.stopwatch import Stopwatch
from bench.story import EVENTS_A_CASE, matter

PAGE = 5000


class Case(Aggregate):
    """A matter with every fact about it, whichever stage recorded it."""

    class Told(Telling, Aggregate.Event):
        """One fact with all that our envelope says of it; instants are texts, so nothing converts them."""

        kind: str
        version: int
        source: str
        occurred_at: str
        recorded_at: str
        command_id: str
        correlation_id: str
        actor_id: str
        actor_org: str
        actor_role: str
        traceparent: str | None
        channel: str | None
        jurisdiction: str | None
        fact: dict[str, Any]
        seldom: dict[str, str]

        def apply(self, aggregate: Any) -> None:
            aggregate.status = self.kind

    class Begun(Told, Aggregate.Created):
        """The first fact."""

    @classmethod
    def begin(cls, name: UUID | None, first: dict[str, Any]) -> Any:
        """A case of one fact; without a name the library gives it one."""
        return cls._create(cls.Begun, id=name, **first)

    def tell(self, fact: dict[str, Any]) -> None:
        """The next fact."""
        self.trigger_event(self.Told, **fact)


class Cases(Application[UUID]):
    """The application as the library's tutorial writes one."""


def environment(dsn: str) -> dict[str, str]:
    """What the library is told of the database."""
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


def fill(dsn: str, cases: int) -> Sample:
    """The first so many cases of the story, each saved with its ten facts."""
    app, watch = Cases(environment(dsn)), Stopwatch()
    for case in range(cases):
        app.save(_whole(case))
    app.close()
    return watch.sample(cases * EVENTS_A_CASE)


def _whole(case: int) -> Any:
    first, *others = told(case)
    found = Case.begin(matter(case), first)
    for fact in others:
        found.tell(fact)
    return found


def save(dsn: str, count: int, callers: int) -> Sample:
    """`app.save` of new aggregates with a report each, no HTTP."""
    app, report = Cases(environment(dsn)), next(told(0))

    def one(_: int) -> None:
        app.save(Case.begin(None, report))

    one(0)
    before = app.recorder.max_notification_id() or 0
    watch = Stopwatch()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(one, range(count)))
    sample = watch.sample(count)
    stored = (app.recorder.max_notification_id() or 0) - before
    app.close()
    assert stored >= count, stored
    return sample


def replay(dsn: str, cases: int, digest: str) -> Sample:
    """Pages of notifications through the mapper and the fold into a dictionary: a read model in memory."""
    app, matters, seen = Cases(environment(dsn)), Matters[UUID](), 0
    app.recorder.max_notification_id()  # connected before it is timed
    watch = Stopwatch()
    for domain_event in _all(app):
        matters.take(domain_event.originator_id, domain_event)
        seen += 1
    sample = watch.sample(seen)
    app.close()
    expect(seen, cases * EVENTS_A_CASE, "events replayed")
    matters.check(digest)
    return sample


def _all(app: Cases) -> Iterator[Any]:
    start: int | None = None
    while page := app.recorder.select_notifications(start, PAGE, inclusive_of_start=False):
        for notification in page:
            yield app.mapper.to_domain_event(notification)
        start = page[-1].id
