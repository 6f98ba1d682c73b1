"""`python -m tests.simulation --seeds 10000`: run seeds on every core; exit 1 when one breaks a rule."""

import argparse
import multiprocessing
import os
import sys
from time import monotonic

from tests.simulation.rules import judged


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--seeds", type=int, default=10_000)
    asked.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    wish = asked.parse_args()
    began, bad = monotonic(), 0
    with multiprocessing.get_context("spawn").Pool(wish.processes) as pool:
        seeds = range(wish.first, wish.first + wish.seeds)
        for done, (seed, findings) in enumerate(pool.imap_unordered(judged, seeds, chunksize=8), start=1):
            bad += bool(findings)
            for finding in findings:
                sys.stdout.write(f"seed {seed}: {finding}\n")
            if done % 500 == 0:
                sys.stdout.write(f"{done} seeds, {bad} broke a rule, {monotonic() - began:.0f} s\n")
                sys.stdout.flush()
    sys.stdout.write(
        f"{wish.seeds} seeds from {wish.first}: {bad} broke a rule, {monotonic() - began:.0f} s\n"
    )
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
