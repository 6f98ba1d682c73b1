"""The arithmetic of docs/sizing.md: from what one case costs to what a city needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.requests import COMMANDS, EVENTS

SECONDS, PEAK, HEADROOM = 250 * 8 * 3600, 5, 2
COPIES = 3
CITIES = (1_000_000, 10_000_000)
STAGES = ("intake", "dispatch", "mediation", "metrics")
PROCESSES = (*STAGES, "postgres", "kafka")
GB = 1e9


@dataclass(frozen=True)
class Measured:
    """`case` is the side of the cost sample; the rates are events and commands a second of this machine."""

    case: Mapping[str, float]
    commands: float
    steady: float
    rebuild: float
    memory: float


def block(it: Measured) -> list[str]:
    """The measured part of the page."""
    return [*_case(it), "", *_cities(it)]


def _case(it: Measured) -> list[str]:
    kept = ", ".join(f"{name} {it.case[f'kept {name}']:,.0f}" for name in (*STAGES, "Kafka"))
    wal = f"Write-ahead log: {it.case['WAL']:,.0f}, transient unless it is archived."
    return [
        "## What one case costs",
        "",
        "| process | processor ms a case | idle, ms a second | memory, MB |",
        "|---|---|---|---|",
        *(_process(it, name, (name,)) for name in PROCESSES),
        _process(it, "together", PROCESSES),
        "",
        f"Bytes that stay, per case: {kept}. Answers kept for seven days: {_week(it):,.0f} bytes. {wal}",
    ]


def _process(it: Measured, name: str, parts: tuple[str, ...]) -> str:
    ms, idle, rss = (_sum(it, kind, parts) for kind in ("ms", "idle", "rss"))
    return f"| {name} | {ms:.2f} | {idle:.0f} | {rss:,.0f} |"


def _cities(it: Measured) -> list[str]:
    columns = [_city(it, cases) for cases in CITIES]
    rows = [f"| {' | '.join(cells)} |" for cells in zip(*_lines(columns), strict=True)]
    head = " | ".join(f"{cases:,} cases a year" for cases in CITIES)
    return ["## What a city needs", "", f"| | how | {head} |", "|---|---|---|---|", *rows]


Line = tuple[str, str, str]


def _lines(columns: list[list[Line]]) -> list[list[str]]:
    names, hows = [line[0] for line in columns[0]], [line[1] for line in columns[0]]
    return [names, hows, *([line[2] for line in column] for column in columns)]


def _city(it: Measured, cases: int) -> list[Line]:
    """What is needed, how it is computed, how much."""
    peak = PEAK * cases / SECONDS
    busy = peak * _ms(it) / 1000 + _sum(it, "idle", PROCESSES) / 1000
    disk = cases * _sum(it, "kept", STAGES) / GB
    log = cases * it.case["kept Kafka"] / GB
    week = cases / SECONDS * 5 * 8 * 3600 * _week(it) / GB
    years = cases * EVENTS / it.rebuild / 60
    lag = peak * EVENTS / it.steady
    return [
        ("cases at peak", f"cases / {SECONDS:,} s x {PEAK}", f"{peak:.2f} a second"),
        ("commands at peak", f"x {COMMANDS}", f"{peak * COMMANDS:.1f} a second"),
        (
            "share of one process",
            f"/ {it.commands:,.0f} commands a second",
            f"{peak * COMMANDS / it.commands:.1%}",
        ),
        ("cores", f"peak x {_ms(it):.1f} ms + idle, x {HEADROOM}", f"{busy * HEADROOM:.2f}"),
        ("databases", f"cases x {_sum(it, 'kept', STAGES):,.0f} bytes", f"{disk:,.0f} GB a year"),
        ("answers of a week", f"cases of 5 days x {_week(it):,.0f} bytes", f"{week:.1f} GB"),
        ("log", f"cases x {it.case['kept Kafka']:,.0f} bytes x {COPIES}", f"{log * COPIES:,.0f} GB a year"),
        (
            "archived WAL",
            f"cases x {it.case['WAL']:,.0f} bytes",
            f"{cases * it.case['WAL'] / GB:,.0f} GB a year",
        ),
        ("one consumer's share", f"peak x {EVENTS} / {it.steady:,.0f} events a second", f"{lag:.1%}"),
        ("partitions", "members at peak, never below 12", f"{max(12, int(lag * HEADROOM) + 1)}"),
        (
            "rebuild of one year",
            f"cases x {EVENTS} / {it.rebuild:,.0f} events a second",
            f"{years:.1f} minutes",
        ),
        ("its memory", f"{it.memory:,.0f} MB a million cases", f"{it.memory * cases / 1e6:,.0f} MB"),
    ]


def _ms(it: Measured) -> float:
    return _sum(it, "ms", PROCESSES)


def _week(it: Measured) -> float:
    return _sum(it, "week", STAGES)


def _sum(it: Measured, kind: str, names: tuple[str, ...]) -> float:
    return sum(max(0.0, it.case[f"{kind} {name}"]) for name in names)
