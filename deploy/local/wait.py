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


def hold(seconds: float) -> None:
    """Let so many seconds pass that are meant themselves: between two attempts, or while one measures.

    Who waits for something to have happened asks for it with `until`.
    """
    time.sleep(seconds)
