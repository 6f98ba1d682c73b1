"""`python -m bench <name>…|all [--reps 7] [--json FILE] [--min B1=0.7]…`."""

import argparse
import importlib
import sys
from pathlib import Path

from bench.measure import Result
from bench.report import save, table

NAMES = {"deadlines": "bench.deadlines"}


def main(arguments: list[str] | None = None) -> int:
    """Run, print, and answer 1 when a `--min` was missed."""
    asked = _parser().parse_args(arguments)
    names = list(NAMES) if "all" in asked.names else asked.names
    results: list[Result] = []
    for name in names:
        results.append(importlib.import_module(NAMES[name]).run(asked.reps))
        print(table(results[-1:]), end="\n\n", flush=True)
    if asked.json:
        save(results, asked.json)
    return int(_missed(results, asked.min))


def _missed(results: list[Result], bounds: list[str]) -> bool:
    wanted = {name: float(value) for name, _, value in (bound.partition("=") for bound in bounds)}
    ratios = {ratio.comparison.name: ratio for result in results for ratio in result.ratios}
    missed = [
        name
        for name, bound in wanted.items()
        if name not in ratios or not ratios[name].comparison.goal.reached(ratios[name].median, bound)
    ]
    for name in missed:
        print(f"missed: {name}", file=sys.stderr)
    return bool(missed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="+", choices=[*NAMES, "all"])
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--min", action="append", default=[], metavar="ID=VALUE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
