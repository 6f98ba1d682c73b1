"""A result as a table for people and as JSON for the next run."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from bench.measure import Ratio, Result
from libs.events.clock import system_clock

HEADER = ("id", "ratio", "median", "min", "max", "floor", "goal", "stretch", "reached")


def table(results: Iterable[Result]) -> str:
    """The ratios of all results, one line each, then every mode's median rate."""
    results = list(results)
    rows = [HEADER, *(_row(ratio) for result in results for ratio in result.ratios)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    for result in (each for each in results if each.samples):
        lines += ["", f"{result.name}:"]
        lines += [f"  {_rate(name, result)}" for name in result.samples]
        lines += [f"  {note}" for note in result.notes]
    return "\n".join(lines)


def summary(results: Iterable[Result]) -> str:
    """All ratios of a run in one table, for the end of the output."""
    return table(Result("", {}, result.ratios) for result in results)


def _row(ratio: Ratio) -> tuple[str, ...]:
    goal = ratio.comparison.goal
    bounds = [f"{bound:g}" if bound is not None else "" for bound in (goal.floor, goal.goal, goal.stretch)]
    figures = (f"{value:.2f}" for value in (ratio.median, min(ratio.values), max(ratio.values)))
    verdict = goal.verdict(ratio.median) + (" UNSTABLE" if ratio.unstable else "")
    return (ratio.comparison.name, ratio.comparison.text, *figures, *bounds, verdict)


def _rate(name: str, result: Result) -> str:
    samples = result.samples[name]
    side = " ".join(
        f"{key}={statistics.median(sample.side.get(key, 0.0) for sample in samples):.4g}"
        for key in dict.fromkeys(key for sample in samples for key in sample.side)
    )
    return f"{name:<36}{statistics.median(s.rate for s in samples):>14,.0f}/s  {side}"


def save(results: Iterable[Result], path: Path) -> None:
    """Everything that was measured, with the machine it was measured on."""
    body = {
        "date": system_clock().date().isoformat(),
        "command": " ".join(sys.argv[1:]),
        "machine": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "cores": os.cpu_count(),
        },
        "results": [
            {
                "name": result.name,
                "samples": {k: [asdict(s) for s in v] for k, v in result.samples.items()},
                "ratios": [_told(ratio) for ratio in result.ratios],
                "notes": list(result.notes),
            }
            for result in results
        ],
    }
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _told(ratio: Ratio) -> dict[str, object]:
    goal = ratio.comparison.goal
    return {
        "id": ratio.comparison.name,
        "text": ratio.comparison.text,
        "values": list(ratio.values),
        "verdict": goal.verdict(ratio.median) + (" UNSTABLE" if ratio.unstable else ""),
        "bounds": [goal.floor, goal.goal, goal.stretch],
        "at_most": goal.at_most,
    }
