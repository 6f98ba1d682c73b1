"""Which safeguards are in place: all of them, except in a test that shows what happens without one.

`remove` works inside a test run and nowhere else. A process that finds CHAOS_BREAK in its environment does
not start: somebody believes that this is a test build, and he must hear that it is none.
"""

import sys
from collections.abc import Mapping
from typing import Literal, get_args

from libs.events.errors import BihuanError

Safeguard = Literal[
    "to-do-list",
    "stored-offsets",
    "stream-versions",
    "fencing",
    "idempotency-row",
    "park-behind",
    "seek-on-assignment",
    "drain",
]
SAFEGUARDS: tuple[Safeguard, ...] = get_args(Safeguard)
VARIABLE = "CHAOS_BREAK"

_removed: set[str] = set()


class NotATest(BihuanError):
    """Somebody tried to run without a safeguard outside the test suites."""


def removed(safeguard: Safeguard) -> bool:
    """Whether the running test does without it; never so in a service."""
    return safeguard in _removed


def remove(safeguard: str) -> None:
    """Do without a safeguard until this process ends. Raises NotATest outside a test run."""
    if "pytest" not in sys.modules:
        raise NotATest("safeguards can be removed by the test suites only")
    if safeguard not in SAFEGUARDS:
        raise ValueError(f"{safeguard} is none of {', '.join(SAFEGUARDS)}")
    _removed.add(safeguard)


def refuse(environ: Mapping[str, str]) -> None:
    """Called by every service before it starts. Raises NotATest when it was asked to be unsafe."""
    if VARIABLE in environ:
        raise NotATest(f"{VARIABLE} is set: it is for the test suites, and a service does not start with it")
