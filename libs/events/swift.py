"""The ordinary batch by one question and one statement (design 11.4), where its effects are able to.

A transaction of six statements keeps two processes waking each other: at three hundred events a second that
was half the way from a fact to the row that readers see. So where nothing waits, nothing comes twice and
nobody else is at work, fence, effects and offsets are one statement, which is a transaction by itself.
Where anything is unusual it does nothing, and the inbox goes its ordinary way.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from libs.events.lanes import E, Numbered
from libs.events.reading import Read
from libs.events.safeguards import removed
from libs.events.store import Consumed

E_contra = TypeVar("E_contra", bound=Numbered, contravariant=True)


class Look(Protocol):
    """What the question found."""

    @property
    def versions(self) -> Mapping[str, int]:
        """The newest applied version per stream; absent means 0."""
        ...

    @property
    def troubled(self) -> bool:
        """Whether a record of one of these streams waits or was given up."""
        ...


@runtime_checkable
class SwiftEffects(Protocol[E_contra]):
    """Effects that can be told in one statement."""

    async def look(self, connection: Any, streams: Sequence[str]) -> Any:
        """One question about these streams; answers a `Look`."""
        ...

    async def at_once(
        self, connection: Any, look: Any, events: Sequence[E_contra], moves: Sequence[Consumed]
    ) -> bool:
        """Apply the events and move the offsets, durably; False: nothing was done.

        Nothing is done unless every offset stands where its move expects it, is nobody else's and free
        at this moment, and what was looked at is still in its place.
        """
        ...


@runtime_checkable
class SwiftStore(Protocol):
    """A store that lends a connection outside a transaction."""

    def lend(self) -> AbstractAsyncContextManager[Any]: ...


@dataclass(frozen=True, slots=True)
class Swift(Generic[E]):
    """The short way of an inbox."""

    store: SwiftStore
    effects: SwiftEffects[E]

    async def done(self, reads: Sequence[Read[E]], moves: Sequence[Consumed]) -> bool:
        """Whether the batch was applied whole; False: nothing was done."""
        events = [read.event for read in reads if read.event is not None]
        if len(events) < len(reads):
            return False
        async with self.store.lend() as connection:
            look = await self.effects.look(connection, sorted({event.stream for event in events}))
            return following(events, look) and await self.effects.at_once(connection, look, events, moves)


def following(events: Sequence[E], look: Look) -> bool:
    """Whether each event is the next of its stream, and nothing of these streams waits or was given up."""
    versions = dict(look.versions)
    for event in events:
        if event.version != versions.get(event.stream, 0) + 1:
            return False
        versions[event.stream] = event.version
    return not look.troubled


def swift_way(store: object, effects: object) -> Swift[Any] | None:
    """The short way of these effects on this store; None where one of them has none."""
    if isinstance(store, SwiftStore) and isinstance(effects, SwiftEffects):
        return Swift(store, effects)
    return None


def barred() -> bool:
    """Only where a test does without one of the safeguards that are built into the statement."""
    return removed("fencing") or removed("stored-offsets")
