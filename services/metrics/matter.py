"""What metrics remembers of one matter: three independent parts, one per stream (design section 1).

Each part is folded from its own stream only. So any interleaving of the stage topics that keeps the
order inside each stream gives the same matter, and a rebuild gives the same row as the live projector.
The classes are plain, slotted and changed in place: a rebuild folds hundreds of thousands of events a second.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from services.metrics.deadlines import Deadlines


class Part:
    """What every stage's part keeps: where the matter stands in that stage, who holds it, since when."""

    __slots__ = (
        "closed_at",
        "external_no",
        "first_at",
        "holder",
        "last_at",
        "log",
        "since",
        "source_system",
        "status",
        "version",
    )
    common: ClassVar[tuple[str, ...]] = (
        "version",
        "status",
        "holder",
        "since",
        "closed_at",
        "first_at",
        "last_at",
        "source_system",
        "external_no",
    )
    own: ClassVar[tuple[str, ...]] = ()

    version: int
    status: str
    holder: str | None
    since: str
    closed_at: str | None
    first_at: str
    last_at: str
    source_system: str | None
    external_no: str | None
    log: bytes
    """JSON arrays, each behind a comma, one per event in stream order (`fold.step`)."""

    def __init__(self) -> None:
        # One chain for each value: millions of parts are made in a rebuild.
        self.version = 0
        self.status = self.since = self.first_at = self.last_at = ""
        self.holder = self.closed_at = self.source_system = self.external_no = None
        self.log = b""

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """Everything but the log, in a fixed order."""
        return (*cls.common, *cls.own)

    def load(self, values: Iterable[Any]) -> None:
        """Set the fields, in the order of `fields`.

        The way back, `values`, is written out in each part: look-ups by name take five times as long.
        """
        for name, value in zip(self.fields(), values, strict=True):
            setattr(self, name, value)


class ReportPart(Part):
    """Stream `report-<matter>`, written by intake."""

    __slots__ = ("area", "case_no", "category", "channel", "filed_at", "filed_version", "outcome", "route")
    own = __slots__

    area: str | None
    case_no: str | None
    category: str | None
    channel: str | None
    filed_at: str | None
    filed_version: int
    outcome: str | None
    route: str | None

    def __init__(self) -> None:
        super().__init__()
        self.area = self.case_no = self.category = self.channel = self.filed_at = None
        self.outcome = self.route = None
        self.filed_version = 0

    def values(self) -> tuple[Any, ...]:
        return (
            self.version, self.status, self.holder, self.since, self.closed_at, self.first_at, self.last_at,
            self.source_system, self.external_no, self.area, self.case_no, self.category, self.channel,
            self.filed_at, self.filed_version, self.outcome, self.route,
        )  # fmt: skip


class CasePart(Part):
    """Stream `case-<matter>`, written by dispatch."""

    __slots__ = (
        "area",
        "case_no",
        "category",
        "channel",
        "closed_version",
        "deadlines",
        "filed_at",
        "filed_version",
        "hand_over_no",
        "handed_at",
        "handed_version",
        "lead",
        "outcome",
        "platform",
        "reopen_no",
        "return_no",
        "return_open",
    )
    own = tuple(name for name in __slots__ if name != "deadlines")

    area: str | None
    case_no: str | None
    category: str | None
    channel: str | None
    closed_version: int
    deadlines: Deadlines | None
    """None while no fact has carried a clock, as in every register that was brought in."""
    filed_at: str | None
    filed_version: int
    hand_over_no: int
    handed_at: str | None
    handed_version: int
    lead: str | None
    outcome: str | None
    platform: str | None
    """The dispatching centre: it holds the case whenever no unit does."""
    reopen_no: int
    return_no: int
    return_open: bool

    def __init__(self) -> None:
        super().__init__()
        self.area = self.case_no = self.category = self.channel = self.deadlines = None
        self.filed_at = self.handed_at = self.lead = self.outcome = self.platform = None
        self.closed_version = self.filed_version = self.hand_over_no = self.handed_version = 0
        self.reopen_no = self.return_no = 0
        self.return_open = False

    def values(self) -> tuple[Any, ...]:
        return (
            self.version, self.status, self.holder, self.since, self.closed_at, self.first_at, self.last_at,
            self.source_system, self.external_no, self.area, self.case_no, self.category, self.channel,
            self.closed_version, self.filed_at, self.filed_version, self.hand_over_no, self.handed_at,
            self.handed_version, self.lead, self.outcome, self.platform, self.reopen_no, self.return_no,
            self.return_open,
        )  # fmt: skip


class DisputePart(Part):
    """Stream `dispute-<matter>`, written by mediation."""

    __slots__ = (
        "accepted_at",
        "accepted_now",
        "accepted_version",
        "agreed",
        "area",
        "category",
        "channel",
        "closed_version",
        "committee",
        "dispute_no",
        "end_cause",
        "ended_at",
        "ended_version",
        "hand_over_no",
        "level",
        "org",
        "outcome",
        "registered_at",
        "registered_version",
        "resolved",
        "risk",
    )
    own = __slots__

    accepted_at: str | None
    accepted_now: bool
    accepted_version: int
    agreed: bool
    area: str | None
    category: str | None
    channel: str | None
    closed_version: int
    committee: str | None
    dispute_no: str | None
    end_cause: str | None
    ended_at: str | None
    ended_version: int
    hand_over_no: int
    level: str | None
    org: str | None
    outcome: str | None
    registered_at: str | None
    registered_version: int
    resolved: bool
    risk: str | None

    def __init__(self) -> None:
        super().__init__()
        self.accepted_at = self.area = self.category = self.channel = self.committee = None
        self.dispute_no = self.end_cause = self.ended_at = self.level = self.org = None
        self.outcome = self.registered_at = self.risk = None
        self.accepted_now = self.agreed = self.resolved = False
        self.accepted_version = self.closed_version = self.ended_version = self.hand_over_no = 0
        self.registered_version = 0

    def values(self) -> tuple[Any, ...]:
        return (
            self.version, self.status, self.holder, self.since, self.closed_at, self.first_at, self.last_at,
            self.source_system, self.external_no, self.accepted_at, self.accepted_now,
            self.accepted_version, self.agreed, self.area, self.category, self.channel, self.closed_version,
            self.committee, self.dispute_no, self.end_cause, self.ended_at, self.ended_version,
            self.hand_over_no, self.level, self.org, self.outcome, self.registered_at,
            self.registered_version, self.resolved, self.risk,
        )  # fmt: skip


class Matter:
    """One matter across the three stages. A part is None until its first event arrives."""

    __slots__ = ("case", "dispute", "id", "report")

    def __init__(self, matter: str) -> None:
        self.id = matter
        self.report: ReportPart | None = None
        self.case: CasePart | None = None
        self.dispute: DisputePart | None = None

    def parts(self) -> tuple[ReportPart | None, CasePart | None, DisputePart | None]:
        """Report, case, dispute."""
        return self.report, self.case, self.dispute

    def version(self, stream: str) -> int:
        """The newest version folded from `<prefix>-<matter>`; 0 when none."""
        part: Part | None = getattr(self, stream.partition("-")[0])
        return part.version if part is not None else 0
