"""Time and ids enter the system here and nowhere else."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

Clock = Callable[[], datetime]

FASTEST = 86400.0
"""A day in a second; what a drill can use and what stays inside the calendar."""
_DRILL = re.compile(r"(?P<start>[^x@]+)(?:x(?P<rate>[^@]+))?(?:@(?P<anchor>.+))?")
_RATE = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")


def system_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


class ClockError(ValueError):
    """The text names no drill clock: `rule` is the stable code of what it breaks."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(f"{detail} ({rule})")
        self.rule = rule
        self.detail = detail


@dataclass(frozen=True, slots=True)
class DrillClock:
    """A clock that showed `start` at the real instant `anchor` and runs `rate` times as fast since then.

    For the time of the business only: tokens, timeouts and pauses between attempts keep to real time.
    """

    start: datetime
    anchor: datetime
    rate: float = 1.0
    real: Clock = system_clock

    def __call__(self) -> datetime:
        return self.start + (self.real() - self.anchor) * self.rate

    def __str__(self) -> str:
        """The text that `drill_clock` reads; the same instant in every process that is given it."""
        return f"{self.start.isoformat()}x{self.rate:g}@{self.anchor.isoformat()}"


def drill_clock(text: str, real: Clock = system_clock) -> DrillClock:
    """Read `2026-02-10T09:00+08:00x60@2026-11-22T10:00:00Z`. Without an anchor the drill begins now.

    Raises ClockError: clock_malformed, zone_missing, rate_out_of_range.
    """
    parts = _DRILL.fullmatch(text.strip())
    if parts is None:
        raise ClockError("clock_malformed", f"{text!r} is no clock; write 2026-02-10T09:00+08:00x60")
    anchor = _instant(parts["anchor"]) if parts["anchor"] else real()
    return DrillClock(_instant(parts["start"]), anchor, _rate(parts["rate"] or "1"), real)


def business_clock(text: str) -> Clock:
    """The drill clock that the text names; without a text the system's. Raises ClockError."""
    return drill_clock(text) if text else system_clock


def real_clock(clock: Clock) -> Clock:
    """What a drill clock goes by; any other clock is real."""
    return clock.real if isinstance(clock, DrillClock) else clock


def rate_of(clock: Clock) -> float:
    """How many seconds of this clock pass in one real second."""
    return clock.rate if isinstance(clock, DrillClock) else 1.0


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ClockError("clock_malformed", f"{text!r} is no instant in ISO 8601") from None
    if moment.tzinfo is None:
        raise ClockError("zone_missing", f"{text!r} needs its zone, for example +08:00")
    return moment.astimezone(UTC)


def _rate(text: str) -> float:
    if not _RATE.fullmatch(text) or not 0 < float(text) <= FASTEST:
        raise ClockError("rate_out_of_range", f"x{text} is no speed; write x1 to x{FASTEST:.0f}")
    return float(text)


def new_id() -> UUID:
    """A time-ordered id (UUIDv7)."""
    return uuid7()


def jittered(seconds: float) -> float:
    """Between half and the whole of a pause, so that replicas do not all come back at one moment."""
    return seconds * (0.5 + os.urandom(1)[0] / 510)
