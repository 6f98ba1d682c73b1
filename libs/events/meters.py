"""What Prometheus is told: requests, commands, backlog, lag. Names and labels live here and nowhere else."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.samples import Sample

_LATENESS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3600.0)
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0, 10.0)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far one partition is behind: records, and seconds the oldest of them has waited."""

    records: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Vitals:
    """A look at the moving parts of a process. None: this process does not know (it is not the relay)."""

    outbox_depth: int | None = None
    outbox_age: float | None = None
    lag: Mapping[tuple[str, int], Lag] = field(default_factory=dict)
    parked: int | None = None
    loop_lag: float = 0.0
    due: int | None = None
    postponed: int | None = None
    editions_awaited: int = 0
    editions_known: int = 0


class Durations(Histogram):
    """A histogram that is counted by one thread alone, the loop's, and so without a lock for each value.

    What was observed is told to the library when somebody looks; every request observes, a look is rare.
    """

    def _metric_init(self) -> None:
        super()._metric_init()
        self._seen, self._seconds = [0] * len(self._upper_bounds), 0.0

    def observe(self, amount: float, exemplar: dict[str, str] | None = None) -> None:
        """One value."""
        if exemplar:
            raise TypeError("nobody asks for examples here")
        self._seen[bisect_left(self._upper_bounds, amount)] += 1
        self._seconds += amount

    def _child_samples(self) -> Iterable[Sample]:
        for bucket, seen in zip(self._buckets, self._seen, strict=True):
            bucket.set(seen)
        self._sum.set(self._seconds)
        return super()._child_samples()


class Meters:
    """The meters of one service in a registry of their own."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        names: Sequence[str] = ("service",)
        self._service = service
        self._done: dict[tuple[str, str], int] = {}
        self._answered: dict[tuple[str, int], Durations] = {}
        self._requests = Durations(
            "bihuan_http_request_seconds",
            "Time from the first to the last byte of handling, by operation and status",
            (*names, "operation", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._commands = Counter(
            "bihuan_commands", "Commands by outcome", (*names, "operation", "outcome"), registry=self.registry
        )
        self._refusals = Counter(
            "bihuan_reactions_rejected",
            "Reactions that a rule refused",
            (*names, "rule"),
            registry=self.registry,
        )
        self._measure_time(names)
        self._depth = self._gauge("bihuan_outbox_rows", "Events not yet published")
        self._age = self._gauge(
            "bihuan_outbox_oldest_age_seconds", "Age of the oldest event not yet published"
        )
        self._parked = self._gauge("bihuan_parked_records", "Records set aside that nobody decided on")
        self._loop = self._gauge("bihuan_event_loop_lag_seconds", "Longest recent delay of the event loop")
        self._lag = self._gauge("bihuan_consumer_lag_records", "Records not applied", "topic", "partition")
        self._behind = self._gauge(
            "bihuan_consumer_lag_seconds", "Age of the oldest record not applied", "topic", "partition"
        )

    def _measure_time(self, names: Sequence[str]) -> None:
        self._lateness = Histogram(
            "bihuan_timer_lateness_seconds",
            "Real seconds between the instant a clock asked for attention and its fact",
            names,
            buckets=_LATENESS,
            registry=self.registry,
        )
        self._again = Counter(
            "bihuan_recalculated", "Open matters computed again", (*names, "outcome"), registry=self.registry
        )
        self._due = self._gauge("bihuan_timers_due", "Clocks whose time has come and that were not looked at")
        self._postponed = self._gauge("bihuan_timers_postponed", "Clocks that could not be decided")
        self._awaited = self._gauge("bihuan_editions_awaited", "Editions of reference data waited for")
        self._known = self._gauge("bihuan_editions_known", "Editions of reference data that are known whole")

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, ("service", *labels), registry=self.registry)

    def request(self, operation: str, status: int, seconds: float) -> None:
        """One answered request."""
        child = self._answered.get((operation, status))
        if child is None:
            child = self._requests.labels(self._service, operation, str(status))
            self._answered[operation, status] = child
        child.observe(seconds)

    def command(self, operation: str, outcome: str) -> None:
        """One command: `accepted`, `replayed` or `refused`."""
        what = operation, outcome
        self._done[what] = self._done.get(what, 0) + 1

    def _tell_commands(self) -> None:
        """Tell the library what was done since the last look."""
        done, self._done = self._done, {}
        for (operation, outcome), times in done.items():
            self._commands.labels(self._service, operation, outcome).inc(times)

    def rejected(self, rule: str) -> None:
        """A reaction came too late for its rule: the world moved on, which is no error (design 11.4)."""
        self._refusals.labels(self._service, rule).inc()

    def ticked(self, seconds: float) -> None:
        """A clock was looked at, so late."""
        self._lateness.labels(self._service).observe(seconds)

    def recalculated(self, done: int, failed: int) -> None:
        """Open matters computed again after a notice, and those that could not be."""
        self._again.labels(self._service, "done").inc(done)
        self._again.labels(self._service, "failed").inc(failed)

    def page(self, vitals: Vitals) -> bytes:
        """The exposition format, with the vitals of this moment."""
        self._tell_commands()
        known = (
            (self._depth, vitals.outbox_depth),
            (self._age, vitals.outbox_age),
            (self._parked, vitals.parked),
            (self._due, vitals.due),
            (self._postponed, vitals.postponed),
            (self._awaited, vitals.editions_awaited),
            (self._known, vitals.editions_known),
        )
        for gauge, value in (*known, (self._loop, vitals.loop_lag)):
            if value is not None:
                gauge.labels(self._service).set(value)
        self._lag.clear()  # partitions that went to another member are no longer ours to report
        self._behind.clear()
        for (topic, partition), lag in vitals.lag.items():
            self._lag.labels(self._service, topic, str(partition)).set(lag.records)
            self._behind.labels(self._service, topic, str(partition)).set(lag.seconds)
        return generate_latest(self.registry)
