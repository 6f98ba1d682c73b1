"""What stands behind the routes of a service: its store, keys, clock and permissions."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.events.clock import Clock, new_id
from libs.events.decider import fold
from libs.events.errors import Unavailable, UnknownStream
from libs.events.sealing import Sealer
from libs.events.settings import Settings
from libs.events.stage import Permissions, Stage
from libs.events.store import EventStore
from libs.events.tokens import Tokens

Reached = Callable[[str], Awaitable[int]]


@dataclass(slots=True)
class Front:
    """One per process, in `app.state.front`. `store` is None until the database first answered."""

    settings: Settings
    permissions: Permissions
    tokens: Tokens
    clock: Clock
    prefixes: frozenset[str] = frozenset()
    reached: Reached | None = None
    desk: "Desk | None" = None

    def roles_of(self, operation: str) -> frozenset[str]:
        """The roles that may use an operation; empty for one that nobody may."""
        return self.permissions.get(operation, frozenset())

    async def newest(self, stream: str) -> int:
        """The newest version of a stream that reads of this process reflect."""
        if self.reached is None:
            raise Unavailable("database")
        return await self.reached(stream)


@dataclass(slots=True)
class Desk:
    """The writing half of a stage: absent from metrics, whose absence of a decider says "read only"."""

    stage: Stage
    sealer: Sealer
    operations: dict[str, str]
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
        history = await self.store.read(stream)
        if not history:
            raise UnknownStream
        return len(history), fold(self.stage.decider, (envelope.data for envelope in history))

    async def newest(self, stream: str) -> int:
        """Own streams are read from the truth; foreign ones as far as their effects are committed."""
        if stream.startswith(f"{self.stage.prefix}-"):
            return (await self.store.versions([stream])).get(stream, 0)
        return await self.store.applied(stream)

    def possible(self, state: Any) -> Sequence[str]:
        """The kebab-case commands of this state that have a route."""
        return [name for name in self.stage.allowed(state) if name in self.operations]


fresh_id = new_id
"""Ids of matters and commands are made at the edge, from here."""
