"""What the facts of dispatch tell of a case's deadlines: its handling, and the signing of every assignment.

A fact carries the new reading of each clock it moves, so nothing is computed here: late is what a clock says
that was breached, or that stopped at its deadline or after it (lifecycles C5). Without a clock there is no
deadline, and the case is in no on-time figure.
"""

from collections.abc import Iterable
from operator import attrgetter
from sys import intern
from typing import Any

HANDLE, SIGN = "HANDLE", "SIGN"
OPEN, IN_TIME, MISSED, LEFT = "", "IN_TIME", "MISSED", "LEFT"
"""How a signing stands. LEFT: returned, or handed over before the limit (E1 rules 10, 11)."""


class Handling:
    """The newest reading of the handling clock. `late_version` is of the event that showed it was late."""

    __slots__ = ("calendar", "due_at", "late", "late_version", "policy")

    def __init__(self, values: Iterable[Any]) -> None:
        self.due_at, self.late, self.late_version, self.policy, self.calendar = values


class Signing:
    """One assignment, judged by itself. `version` is of the event that made it count."""

    __slots__ = ("calendar", "due_at", "no", "org", "policy", "result", "version")

    def __init__(self, values: Iterable[Any]) -> None:
        self.no, self.org, self.due_at, self.result, self.version, self.policy, self.calendar = values

    @property
    def counted(self) -> bool:
        """Signed, or its limit has passed (indicators E2 SIGN_ONTIME)."""
        return self.result in {IN_TIME, MISSED}


_HANDLING = attrgetter("due_at", "late", "late_version", "policy", "calendar")
_SIGNING = attrgetter("no", "org", "due_at", "result", "version", "policy", "calendar")


class Deadlines:
    """The deadlines of one case, folded from `clocks` of its facts."""

    __slots__ = ("handling", "signings", "suspended")

    def __init__(self) -> None:
        self.handling: Handling | None = None
        self.signings: list[Signing] = []
        self.suspended = False
        """Put off by a decision, until it is resumed (lifecycles C2 #14, #15)."""

    def begin(self, clock: Any, no: int, org: str | None) -> None:
        """An assignment was made, and its sign limit runs."""
        self.signings.append(Signing((no, org, clock.due_at, OPEN, 0, *_versions(clock))))

    def sign(self, clock: Any, version: int) -> None:
        """A reading of the sign clock of the newest assignment."""
        newest = self.signings[-1] if self.signings else None
        if newest is None or newest.result != OPEN:
            return
        newest.due_at = clock.due_at
        newest.policy, newest.calendar = _versions(clock)
        if _late(clock):
            newest.result, newest.version = MISSED, version

    def handle(self, clock: Any, version: int) -> None:
        """A reading of the handling clock; a new assignment forgets the one before (E1 rule 14)."""
        if self.handling is None:
            self.handling = Handling((None, False, 0, "", ""))
        now = self.handling
        now.due_at = clock.due_at
        now.policy, now.calendar = _versions(clock)
        if not now.late and _late(clock):
            now.late, now.late_version = True, version

    def signed(self, no: int, version: int) -> None:
        """The unit signed: in time, unless the clock has said otherwise."""
        for signing in self.signings:
            if signing.no == no and signing.result == OPEN:
                signing.result, signing.version = IN_TIME, version

    def returned(self, no: int) -> None:
        """The assignment leaves the figures of its unit, and the case has no deadline (E1 rule 11)."""
        self._released()
        for signing in self.signings:
            if signing.no == no:
                signing.result, signing.version = LEFT, 0

    def handed_over(self) -> None:
        """Dispatch is done with the case (E1 rule 10); a limit that had passed has passed."""
        self._released()
        for signing in self.signings:
            if signing.result == OPEN:
                signing.result = LEFT

    def _released(self) -> None:
        self.handling, self.suspended = None, False

    def values(self) -> list[Any]:
        """As JSON keeps it; `restored` reads it."""
        handling = _HANDLING(self.handling) if self.handling else None
        return [handling, [_SIGNING(signing) for signing in self.signings], self.suspended]


def restored(values: list[Any]) -> Deadlines:
    """The inverse of `Deadlines.values`."""
    found = Deadlines()
    handling, signings, found.suspended = values
    found.handling = Handling(handling) if handling else None
    found.signings = [Signing(signing) for signing in signings]
    return found


def heard(
    known: Deadlines | None, clocks: Iterable[Any], version: int, began: tuple[int, str | None] | None
) -> Deadlines:
    """The deadlines after the readings of one fact. `began`: number and unit of the assignment it makes."""
    found = known or Deadlines()
    if began is not None:
        found.handling, found.suspended = None, False
    for clock in clocks:
        if clock.clock == HANDLE:
            found.handle(clock, version)
        elif clock.clock == SIGN and began is not None:
            found.begin(clock, *began)
        elif clock.clock == SIGN:
            found.sign(clock, version)
    return found


def _versions(clock: Any) -> tuple[str, str]:
    """Of policy and calendar: few, and named by every case."""
    return intern(clock.policy_version), intern(clock.calendar_version)


def _late(clock: Any) -> bool:
    """Breached, or stopped or standing still since its deadline or later: due is exclusive (E5 V01)."""
    if clock.breached:
        return True
    ended = clock.stopped_at
    if clock.state == "PAUSED" and clock.pauses:
        ended = clock.pauses[-1].start
    return ended is not None and clock.due_at is not None and bool(ended >= clock.due_at)
