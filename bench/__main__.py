"""`python -m bench <name>… [--reps 7] [--size short|full|huge|tiny] [--json FILE] [--min B1=0.7]…`."""

import argparse
import importlib
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

from bench.context import SIZES, Bench
from bench.measure import Result
from bench.place import open_place
from bench.report import save, summary, table

NAMES = {
    "calibrate": "bench.calibrate",
    "decode": "bench.decode",
    "fold": "bench.fold",
    "deadlines": "bench.deadlines",
    "store": "bench.store",
    "http": "bench.http",
    "relay": "bench.relay",
    "drain": "bench.drain",
    "rebuild": "bench.rebuild",
    "e2e": "bench.e2e",
    "timers": "bench.timers",
    "recalculate": "bench.recalculate",
    "peers": "bench.peer",
    "scale": "bench.scale",
}

APART = {"scale", "timers", "recalculate"}
"""What `all` leaves out: curves, and what a case of time costs in bulk."""


def main(arguments: list[str] | None = None) -> int:
    """Run, print, and answer 1 when a `--min` was missed. Everything that was started is ended."""
    asked = _parser().parse_args(arguments)
    before = signal.signal(signal.SIGTERM, _interrupted)
    names = [name for name in NAMES if name not in APART] if "all" in asked.names else asked.names
    place = open_place()
    results: list[Result] = []
    failed: list[str] = []
    try:
        bench = Bench(asked.reps, SIZES[asked.size], place, asked.plots)
        for name in names:
            results += _one(name, bench, failed)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    finally:
        place.close()
        signal.signal(signal.SIGTERM, before)
        if asked.json:
            save(results, asked.json)
    print(summary(results))
    return int(_missed(results, asked.min) or bool(failed))


def _one(name: str, bench: Bench, failed: list[str]) -> list[Result]:
    """One benchmark; when it fails, the others are measured all the same."""
    try:
        result: Result = importlib.import_module(NAMES[name]).run(bench)
    except (RuntimeError, AssertionError, OSError):
        traceback.print_exc()
        failed.append(name)
        return []
    print(table([result]), end="\n\n", flush=True)
    return [result]


def _interrupted(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


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
    parser.add_argument("--size", choices=list(SIZES), default="short")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw the curves of `scale` there")
    parser.add_argument("--min", action="append", default=[], metavar="ID=VALUE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
