"""The launcher in the foreground: it restarts what dies, and Ctrl-C stops everything."""

import signal
from collections.abc import Callable
from types import FrameType

from deploy.local import stack
from deploy.local.jars import Say
from deploy.local.paths import Paths
from deploy.local.problem import Problem
from deploy.local.stack import Wish
from deploy.local.state import State
from deploy.local.wait import hold

_LOOK_EVERY = 1.0
_LONGEST_PAUSE = 30.0
"""Seconds between two attempts at something that keeps dying; the pause doubles up to here."""


def run(paths: Paths, wish: Wish, say: Say, started: Callable[[], None]) -> None:
    """Bring the stack up and keep it up until Ctrl-C or SIGTERM, or until another command took it down."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    up_or_clean(paths, wish, say)
    started()
    say("Ctrl-C stops everything.")
    try:
        _keep_up(paths, wish, say)
    except KeyboardInterrupt:
        say("Stopping")
        stack.down(paths, say)


def up_or_clean(paths: Paths, wish: Wish, say: Say) -> None:
    """Bring the stack up; when the user interrupts the start, stop what was started."""
    try:
        stack.up(paths, wish, say)
    except KeyboardInterrupt:
        say("Interrupted; stopping what was started")
        stack.down(paths, say)
        raise SystemExit(130) from None


def _keep_up(paths: Paths, wish: Wish, say: Say) -> None:
    pause = _LOOK_EVERY
    hold(pause)
    while running := State(paths.state).running.values():
        dead = [one.name for one in running if not one.alive]
        pause = min(2 * pause, _LONGEST_PAUSE) if dead else _LOOK_EVERY
        if dead:
            _restart(paths, wish, say, dead)
        hold(pause)
    say("The stack was taken down by another command.")


def _restart(paths: Paths, wish: Wish, say: Say, dead: list[str]) -> None:
    """Start again what ended by itself. A refusal is told, not raised: the next look tries again."""
    say(f"{', '.join(dead)} ended; starting it again. Its log: {paths.logs / f'{dead[0]}.log'}")
    try:
        stack.up(paths, Wish(wish.stages), say)
    except Problem as problem:
        say(str(problem))


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
