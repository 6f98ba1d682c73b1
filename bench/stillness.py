"""Whether the machine itself stood still: a host may take a processor away for a tenth of a second.

`python -m bench.stillness` looks from a process of its own, on every processor, until its input ends. A
sleeper that is woken late waited for a processor that did not run; no program on it could answer then.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

LOOK = 0.002
STILL = 0.04
"""Seconds late that no queue of a machine that runs can explain."""
AFTER = 1.0
"""Seconds in which what gathered meanwhile is worked off."""

Pause = tuple[float, float]
"""When it began, by the machine's monotonic clock, and how many seconds it lasted."""


@dataclass
class Stillness:
    """The pauses of a stretch of time, known at its end."""

    pauses: Sequence[Pause] = ()

    @property
    def seconds(self) -> float:
        """How long some processor stood still, all pauses together."""
        return sum(lasted for _, lasted in self.pauses)

    def calm(self, began: float, took: float) -> bool:
        """Whether something that began then and took so long met no pause and no aftermath of one."""
        return all(began + took < pause or began > pause + lasted + AFTER for pause, lasted in self.pauses)


@contextlib.contextmanager
def looking() -> Iterator[Stillness]:
    """Looks on while the body runs."""
    found = Stillness()
    command = [sys.executable, "-m", "bench.stillness"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield found
        finally:
            said, _ = process.communicate()
            found.pauses = [(began, lasted) for began, lasted in json.loads(said or "[]")]


def _look(processor: int, over: threading.Event, pauses: list[Pause]) -> None:
    os.sched_setaffinity(0, {processor})  # of this thread alone
    before = monotonic()
    while not over.wait(LOOK):
        now = monotonic()
        if now - before > STILL:
            pauses.append((before, now - before))
        before = now


def main() -> None:
    """Look until the input ends, then say what was seen."""
    with contextlib.suppress(OSError):
        os.nice(-20)  # where that is allowed: it is not the benchmark's own queue that is looked for
    over, pauses = threading.Event(), list[Pause]()
    threads = [
        threading.Thread(target=_look, args=(processor, over, pauses))
        for processor in os.sched_getaffinity(0)
    ]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    print(json.dumps(sorted(pauses)))


if __name__ == "__main__":
    main()
