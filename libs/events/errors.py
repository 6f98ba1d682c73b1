"""The error tree.

BihuanError
├── Rejected            a rule refuses; `rule` is the stable code            409
│   └── IllegalTransition   the command does not exist in this state         409
├── UnknownStream       nobody has heard of this matter                      404
├── ConcurrencyConflict somebody else was faster                             retried, then 503
├── StaleVersion        If-Match named an older version                      412
├── KeyTaken            the idempotency key is stored already                replayed
├── KeyRaced            the matter got its sealing key from somebody else    sealed again, then 503
├── KeyMisused          the same key came with another request               422
├── Undecodable         bytes that are not one of our events                 parked
│   └── UnknownKind     a well-formed event of a kind or version not known   parked, or stops metrics
├── NotReached          `after=` was not applied in time                     503
├── EditionUnknown      an edition was waited for in vain                    parked
└── Unavailable         a dependency is away                                 503
    └── EditionAwaited      an edition of the reference data is on its way   waited for, 503
"""

from typing import ClassVar


class BihuanError(Exception):
    """Everything this system raises on purpose."""


class Rejected(BihuanError):
    """A rule refuses the command. Subclass per rule: `class X(Rejected, rule="stage.rule")`."""

    rule: ClassVar[str] = "rejected"

    def __init_subclass__(cls, *, rule: str = "", **options: object) -> None:
        super().__init_subclass__(**options)
        cls.rule = rule or cls.rule


class IllegalTransition(Rejected, rule="illegal_transition"):
    """The command has no meaning in the present state."""


class UnknownStream(BihuanError):
    """No event of this stream exists."""


class ConcurrencyConflict(BihuanError):
    """The stream moved on between reading and appending."""


class StaleVersion(BihuanError):
    """The caller insisted on a version that is no longer the newest."""

    def __init__(self, current: int) -> None:
        super().__init__(f"the stream is at version {current}")
        self.current = current


class KeyTaken(BihuanError):
    """The idempotency key was stored by an earlier or parallel request."""


class KeyRaced(BihuanError):
    """The matter holds another sealing key than the one offered: seal again with the key that holds."""


class KeyMisused(BihuanError):
    """The idempotency key belongs to a request with another route or body."""


class Undecodable(BihuanError):
    """The record is not an event; `reason` is a stable code, never the content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownKind(Undecodable):
    """A well-formed event of a kind or schema version this build does not know."""


class NotReached(BihuanError):
    """A read asked for a position that was not applied within the time allowed."""


class Unavailable(BihuanError):
    """A dependency is away; try again after `retry_after` seconds."""

    def __init__(self, dependency: str, retry_after: int = 1) -> None:
        super().__init__(f"{dependency} is unavailable")
        self.dependency = dependency
        self.retry_after = retry_after


class EditionAwaited(Unavailable):
    """An edition of the reference data is named that has not arrived here yet; it may at any moment."""

    def __init__(self, edition: str) -> None:
        super().__init__("reference")
        self.edition = edition


class EditionUnknown(BihuanError):
    """An edition was waited for in vain: whoever needs it is set aside, for this `reason`."""

    reason: ClassVar[str] = "reference"


class Fenced(BihuanError):
    """Another consumer owns the partition now; this batch must roll back."""
