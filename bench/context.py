"""What every benchmark is given: how often, how much, and the servers of this run."""

from dataclasses import dataclass, field
from pathlib import Path

from bench import plain, written
from bench.place import Place
from bench.written import Written


@dataclass(frozen=True)
class Sizes:
    """How much work one repetition does.

    Cases of ten events each: `cases` fill the log; `some` and `few` are for modes that are ten and a hundred
    times slower. `rows` go through store and relay; `requests` are sent per HTTP mode; `stored` are the two
    numbers of cases of C5; `seconds` is the length of an open-loop load at `rate` requests a second. `curve`,
    `stored_curve` and `backlog` (cases) belong to `scale`.
    """

    cases: int
    some: int
    few: int
    rows: int
    requests: int
    stored: tuple[int, int]
    seconds: float
    curve: tuple[int, ...]
    stored_curve: tuple[int, ...]
    backlog: int
    rate: int = 300


SIZES = {
    "tiny": Sizes(400, 200, 100, 2_000, 400, (1_000, 4_000), 1.0, (100, 400), (1_000, 4_000), 200),
    "short": Sizes(
        50_000,
        3_000,
        500,
        20_000,
        4_000,
        (10_000, 200_000),
        4.0,
        (1_000, 3_000, 10_000, 30_000),
        (10_000, 100_000),
        5_000,
    ),
    "full": Sizes(
        100_000,
        10_000,
        1_000,
        100_000,
        12_000,
        (10_000, 1_000_000),
        20.0,
        (1_000, 3_000, 10_000, 30_000, 100_000),
        (10_000, 100_000, 1_000_000),
        50_000,
    ),
    "huge": Sizes(
        1_000_000,
        10_000,
        1_000,
        100_000,
        12_000,
        (10_000, 1_000_000),
        20.0,
        (1_000, 10_000, 100_000, 1_000_000),
        (10_000, 100_000, 1_000_000),
        50_000,
    ),
}


@dataclass(frozen=True)
class Bench:
    """One run of the kit. Logs are written once and shared by all benchmarks of the run."""

    repetitions: int
    sizes: Sizes
    place: Place
    plots: Path | None = None
    _logs: dict[int, Written] = field(default_factory=dict)
    _digests: dict[int, str] = field(default_factory=dict)

    def log(self, cases: int) -> Written:
        """A log of so many cases, in twelve partitions a topic."""
        if cases not in self._logs:
            self._logs[cases] = written.write(self.place, cases)
        return self._logs[cases]

    def digest(self, log: Written) -> str:
        """The digest of the rows that the plain path makes of a log."""
        if log.cases not in self._digests:
            dsn, self._digests[log.cases] = plain.read_model(self.place, log)
            self.place.drop(dsn)
        return self._digests[log.cases]

    def told(self) -> tuple[str, ...]:
        """What the logs were."""
        return tuple(
            f"log: {log.events:,} events of {log.cases:,} cases in 3 x {log.partitions} partitions"
            for log in self._logs.values()
        )
