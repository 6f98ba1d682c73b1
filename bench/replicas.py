"""Replicas of the timers, by one clock, started and killed."""

import sys
from datetime import datetime, timedelta

from bench.opened import START
from bench.place import Place
from deploy.local.process import kill
from deploy.local.wait import until
from libs.events.clock import DrillClock, system_clock

PATIENCE = 3600.0


class Replicas:
    """Processes on one database; their clock shows START when this is made."""

    def __init__(self, place: Place, dsn: str) -> None:
        self._place, self._dsn = place, dsn
        self._clock = DrillClock(START, system_clock())

    def start(self, number: int) -> None:
        """One more."""
        command = [sys.executable, "-m", "bench.replica", self._dsn, str(self._clock)]
        self._place.spawn(f"timers-{number}", command, {})

    def kill(self, number: int) -> None:
        """As the kernel would: no transaction at hand is finished."""
        kill(self._place.children.pop(f"timers-{number}"))

    def end(self, number: int) -> None:
        """With the transaction at hand."""
        self._place.end(f"timers-{number}")

    def wait(self, seconds: float) -> None:
        """Until the clock is so far from START."""
        until(lambda: self._clock() >= after(seconds), PATIENCE, pause=0.05)


def after(seconds: float) -> datetime:
    """An instant of the benchmark."""
    return START + timedelta(seconds=seconds)
