"""`python -m tests.chaos`: run the fault experiments one after another and write the report.

Resumable: what has a result in this lane is not run again unless it is named or `--fresh` is given.
"""

import argparse
import asyncio
import signal
import sys
import traceback
from collections.abc import Awaitable
from typing import TypeVar

from tests.chaos import report
from tests.chaos.catalogue import EXPERIMENTS, LANES
from tests.chaos.experiment import Lane, Result

Done = TypeVar("Done")


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when every experiment that has a result passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("experiments", nargs="*", help="ids; none: all")
    parser.add_argument("--lane", choices=LANES, default="long")
    parser.add_argument("--fresh", action="store_true", help="run again what has a result")
    chosen = parser.parse_args(arguments)
    for name in chosen.experiments or EXPERIMENTS:
        lane = LANES[chosen.lane](name)
        if chosen.experiments or chosen.fresh or report.load(name, lane.name) is None:
            told(report.record(one(name, lane)))
    report.write()
    return 0 if all(result.passed for result in report.results(chosen.lane)) else 1


def one(name: str, lane: Lane) -> Result:
    """Run it; an experiment that breaks has failed, and the next one runs."""
    say(f"{name} ({lane.name}) …")
    try:
        return asyncio.run(until_told_to_end(EXPERIMENTS[name].run(lane)))
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs into the report
        traceback.print_exc()
        return Result(name, lane.name, findings=[f"the experiment broke: {type(error).__name__}: {error}"])


async def until_told_to_end(work: Awaitable[Done]) -> Done:
    """SIGTERM and SIGINT, also in the background, take servers and services down before the run ends."""
    here = asyncio.current_task()
    assert here is not None
    for how in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(how, here.cancel)
    return await work


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
    try:
        sys.exit(main())
    except asyncio.CancelledError:
        sys.exit(128 + signal.SIGTERM)
