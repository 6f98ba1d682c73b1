"""Waiting for a fact instead of sleeping for a guess."""

import time
from collections.abc import Callable


def until(fact: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Ask until the fact holds or `seconds` are over; return the last answer."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
    return True
