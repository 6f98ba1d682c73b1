"""What every benchmark is given: how often, how much, and the servers of this run."""

from dataclasses import dataclass

from bench.place import Place


@dataclass(frozen=True)
class Sizes:
    """How much work one repetition does.

    `events` fill the log, `few` the part of it for modes that are a hundred times slower; `rows` go through
    store and relay; `requests` are sent per HTTP mode; `stored` are the small and the large number of cases
    of C5; `seconds` is the length of an open-loop load at `rate` requests a second.
    """

    events: int
    few: int
    rows: int
    requests: int
    stored: tuple[int, int]
    seconds: float
    rate: int = 300


SIZES = {
    "tiny": Sizes(4_000, 1_000, 2_000, 400, (1_000, 4_000), 1.0),
    "short": Sizes(200_000, 10_000, 20_000, 4_000, (10_000, 200_000), 5.0),
    "full": Sizes(1_000_000, 20_000, 100_000, 12_000, (10_000, 1_000_000), 20.0),
}


@dataclass(frozen=True)
class Bench:
    """One run of the kit."""

    repetitions: int
    sizes: Sizes
    place: Place
