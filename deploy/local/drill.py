"""The clock that a stack runs by: one text, with one anchor, for all of its services."""

from deploy.local.paths import Paths
from deploy.local.problem import Problem
from deploy.local.state import State
from libs.events.clock import Clock, ClockError, business_clock, drill_clock
from libs.worktime.schedule import CHINA

REAL = "real"
"""What to ask for to have real time again."""


def anchored(text: str) -> str:
    """The clock asked for, as every service is told it; empty for real time. Raises `Problem`."""
    if text == REAL:
        return ""
    try:
        return str(drill_clock(text))
    except ClockError as wrong:
        raise Problem(
            f"--clock {text}: {wrong.detail} (rule {wrong.rule}).",
            f"For example: --clock 2026-02-10T09:00+08:00x60, or --clock {REAL}.",
        ) from wrong


def clock(paths: Paths) -> Clock:
    """What the services of this stack take for the time."""
    return business_clock(State(paths.state).clock)


def sentence(paths: Paths) -> str:
    """What the drill clock shows, in a line for people; empty when the stack runs by real time."""
    text = State(paths.state).clock
    if not text:
        return ""
    drill = drill_clock(text)
    shown = drill().astimezone(CHINA)
    return f"Drill: the clock of this stack shows {shown:%Y-%m-%d %H:%M %z}, {drill.rate:g} times as fast."
