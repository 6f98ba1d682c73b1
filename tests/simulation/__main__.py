"""`python -m tests.simulation --seeds 10000`: run seeds on every core; exit 1 when one breaks a rule.

`--keep FILE` writes down now and then how far it is; the next run of the same commit goes on there.
"""

import argparse
import multiprocessing
import os
import sys
from pathlib import Path
from time import monotonic

from tests.simulation.rules import judged
from tests.simulation.tally import Tally

STEP = 100


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--seeds", type=int, default=10_000)
    asked.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--keep", type=Path, help="where to write down how far it is")
    asked.add_argument("--fresh", action="store_true", help="begin again, whatever was written down")
    wish = asked.parse_args()
    tally = Tally.of(wish.keep, wish.first, fresh=wish.fresh)
    run(tally, wish.first + wish.seeds, wish.processes, wish.keep)
    sys.stdout.write(f"{tally.told()}\n")
    sys.exit(1 if tally.broke else 0)


def run(tally: Tally, end: int, processes: int, keep: Path | None) -> None:
    """Judge what is left of the seeds before `end`, in their order."""
    began, before = monotonic(), tally.seconds
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for seed, findings in pool.imap(judged, range(tally.next, end), chunksize=8):
            tally.count(seed, findings)
            for finding in findings:
                sys.stdout.write(f"seed {seed}: {finding}\n")
            if tally.seeds % STEP == 0 or seed + 1 == end:
                tally.seconds = before + monotonic() - began
                tally.save(keep)
            if tally.seeds % (5 * STEP) == 0:
                sys.stdout.write(f"{tally.told()}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
