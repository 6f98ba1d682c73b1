"""What metrics remembers of one matter: three independent parts, one per stream (design section 1).

Each part is folded from its own stream only. So any interleaving of the stage topics that keeps the
order inside each stream gives the same matter, and a rebuild gives the same row as the live projector.
The classes are plain, slotted and changed in place: a rebuild folds hundreds of thousands of events a second.
"""

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

    def __init__(self) -> None:
        self.version = 0
        self.status = ""
        self.holder: str | None = None
        self.since = ""
        self.closed_at: str | None = None
        self.first_at = ""
        self.last_at = ""
        self.source_system: str | None = None
        self.external_no: str | None = None
        self.log: list[bytes] = []
        """JSON arrays, one per event in stream order (`fold.line`); a restored log is one joined piece."""

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """Everything but the log, in a fixed order."""
        return (*cls.common, *cls.own)

    def load(self, values: list[Any]) -> None:
        """Set the fields, in the order of `fields`."""
        for name, value in zip(self.fields(), values, strict=True):
            setattr(self, name, value)

    def move(self, status: str, holder: str | None, at: str) -> None:
        """The matter stands at `status`, in the hands of `holder`, since `at`."""
        self.status, self.holder, self.since = status, holder, at


class ReportPart(Part):
    """Stream `report-<matter>`, written by intake."""

    __slots__ = ("area", "case_no", "category", "channel", "filed_at", "filed_version", "outcome", "route")
    own = ("area", "case_no", "category", "channel", "filed_at", "filed_version", "outcome", "route")

    def __init__(self) -> None:
        super().__init__()
        self.area: str | None = None
        self.case_no: str | None = None
        self.category: str | None = None
        self.channel: str | None = None
        self.filed_at: str | None = None
        self.filed_version = 0
        self.outcome: str | None = None
        self.route: str | None = None


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

    def __init__(self) -> None:
        super().__init__()
        self.area: str | None = None
        self.case_no: str | None = None
        self.category: str | None = None
        self.channel: str | None = None
        self.closed_version = 0
        self.deadlines: Deadlines | None = None
        """None while no fact has carried a clock, as in every register that was brought in."""
        self.filed_at: str | None = None
        self.filed_version = 0
        self.hand_over_no = 0
        self.handed_at: str | None = None
        self.handed_version = 0
        self.lead: str | None = None
        self.outcome: str | None = None
        self.platform: str | None = None
        """The dispatching centre: it holds the case whenever no unit does."""
        self.reopen_no = 0
        self.return_no = 0
        self.return_open = False


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

    def __init__(self) -> None:
        super().__init__()
        self.accepted_at: str | None = None
        self.accepted_now = False
        self.accepted_version = 0
        self.agreed = False
        self.area: str | None = None
        self.category: str | None = None
        self.channel: str | None = None
        self.closed_version = 0
        self.committee: str | None = None
        self.dispute_no: str | None = None
        self.end_cause: str | None = None
        self.ended_at: str | None = None
        self.ended_version = 0
        self.hand_over_no = 0
        self.level: str | None = None
        self.org: str | None = None
        self.outcome: str | None = None
        self.registered_at: str | None = None
        self.registered_version = 0
        self.resolved = False
        self.risk: str | None = None


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
