"""What applying consumed events means, and what it needs of a store."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from typing import Any, Literal, Protocol

from libs.events.errors import BihuanError, Fenced
from libs.events.lanes import E
from libs.events.reading import Partition
from libs.events.safeguards import removed
from libs.events.store import Consumed, Parked, ParkedState

__all__ = ["ATTEMPTS", "Batches", "Consumed", "Effects", "Halted", "fence"]

ATTEMPTS = 10
"""How often a batch or a replay is done afresh when somebody was faster on one of its streams."""


class Halted(BihuanError):
    """Going on would be wrong, so the consumer stands still until somebody looks.

    `partition` None: all of it stands, not one partition.
    """

    def __init__(self, reason: str, partition: Partition | None = None, offset: int | None = None) -> None:
        super().__init__(f"{reason} at {partition}:{offset}" if partition else reason)
        self.reason, self.partition, self.offset = reason, partition, offset


class Effects(Protocol[E]):
    """What applying events means: reactions in a stage, read models in metrics."""

    @property
    def unknown(self) -> Literal["park", "stop"]:
        """What to do with a kind this build does not know: set it aside, or stop the partition loudly."""
        ...

    def decode(self, record: bytes, /) -> E:
        """The event in a record. Raises Undecodable or UnknownKind."""
        ...

    async def applied(self, tx: Any, streams: Sequence[str]) -> dict[str, int]:
        """The newest applied version per stream; absent means 0."""
        ...

    async def apply(self, tx: Any, envelopes: Sequence[E]) -> None:
        """Apply events, each the next of its stream, and remember their versions."""
        ...


class Batches(Protocol):
    """What the inbox needs of a store."""

    def begin(self) -> AbstractAsyncContextManager[Any]: ...

    async def parked(self, state: ParkedState, limit: int = 200) -> list[Parked]: ...


async def fence(tx: Any, moves: Sequence[Consumed]) -> None:
    """Move the offsets of a batch before anything else is done. Raises Fenced: they are somebody else's.

    Only where a test does without one of the two safeguards this leaves offsets or strangers alone.
    """
    if removed("stored-offsets"):
        return
    with suppress(Fenced) if removed("fencing") else nullcontext():
        await tx.move(moves)
