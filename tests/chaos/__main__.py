"""`python -m tests.chaos`: run the fault experiments one after another and write the report.

Resumable: what has a result in this lane is not run again unless it is named or `--fresh` is given.
"""

import argparse
import asyncio
import signal
import sys
import traceback

from tests.chaos import report
from tests.chaos.catalogue import EXPERIMENTS, LANES
from tests.chaos.experiment import Lane, Result


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when every experiment that has a result passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("experiments", nargs="*", help="ids; none: all")
    parser.add_argument("--lane", choices=LANES, default="long")
    parser.add_argument("--fresh", action="store_true", help="run again what has a result")
    chosen = parser.parse_args(arguments)
    _end_in_order()
    for name in chosen.experiments or EXPERIMENTS:
        lane = LANES[chosen.lane](name)
        if chosen.experiments or chosen.fresh or report.load(name, lane.name) is None:
            told(report.record(one(name, lane)))
    report.write()
    return 0 if all(result.passed for result in report.results(chosen.lane)) else 1


def _end_in_order() -> None:
    """Interrupted or told to end, also in the background: servers and services are taken down first."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def one(name: str, lane: Lane) -> Result:
    """Run it; an experiment that breaks has failed, and the next one runs."""
    say(f"{name} ({lane.name}) …")
    try:
        return asyncio.run(EXPERIMENTS[name].run(lane))
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs into the report
        traceback.print_exc()
        return Result(name, lane.name, findings=[f"the experiment broke: {type(error).__name__}: {error}"])


def told(result: Result) -> None:
    """One line, and one per finding."""
    say(f"{result.id} {'passed' if result.passed else 'FAILED'} in {result.seconds:.0f} s")
    for name, value in result.figures.items():
        say(f"  {name}: {value}")
    for finding in result.findings:
        say(f"  ! {finding}")


def say(line: str) -> None:
    """To the terminal, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
