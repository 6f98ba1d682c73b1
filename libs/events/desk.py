"""The writing half of a stage. metrics has none: its absence says "read only"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.events.errors import Unavailable, UnknownStream
from libs.events.execute import load
from libs.events.sealing import Sealer
from libs.events.stage import Stage
from libs.events.store import EventStore


@dataclass(slots=True)
class Desk:
    """The stage with its store and keys. `opened` is None until the database first answered."""

    stage: Stage
    sealer: Sealer
    operations: Mapping[str, str]
    opened: EventStore | None = None

    @property
    def store(self) -> EventStore:
        """The store; Unavailable until the database first answered."""
        if self.opened is None:
            raise Unavailable("database")
        return self.opened

    def stream(self, matter: UUID) -> str:
        """The stage's stream of a matter."""
        return f"{self.stage.prefix}-{matter}"

    async def state(self, stream: str) -> tuple[int, Any]:
        """The newest version and its state; UnknownStream when nobody has heard of it."""
        version, state = await load(self.store, self.stage.decider, stream)
        if version == 0:
            raise UnknownStream
        return version, state

    async def newest(self, stream: str) -> int:
        """Own streams are read from the truth; foreign ones as far as their effects are committed."""
        if stream.startswith(f"{self.stage.prefix}-"):
            return (await self.store.versions([stream])).get(stream, 0)
        return await self.store.applied(stream)

    def possible(self, state: Any) -> Sequence[str]:
        """The kebab-case commands of this state that have a route."""
        return [name for name in self.stage.allowed(state) if name in self.operations]
