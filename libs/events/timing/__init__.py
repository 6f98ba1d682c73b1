"""The clocks of a matter: which fact moves which clock, and what a clock reads afterwards. Pure.

A fact carries the whole new reading of every clock that it moves, so a fold replaces by name and nothing else
has to compute a deadline again. `deciding` fills the readings in where a command is decided.
"""

from libs.events.timing.clockwork import terms_of
from libs.events.timing.terms import (
    Clocks,
    Moment,
    Move,
    Recalculate,
    Subject,
    Tick,
    Timing,
    heard,
)

__all__ = [
    "Clocks",
    "Moment",
    "Move",
    "Recalculate",
    "Subject",
    "Tick",
    "Timing",
    "heard",
    "terms_of",
]
